package wire

import "bytes"

// nextLine cuts the first line off, without its end. A lone LF ends a line as
// well (RFC 9112, section 2.2).
func nextLine(lines *[]byte) []byte {
	b := *lines
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		*lines = nil
		return b
	}
	*lines = b[end+1:]
	if end > 0 && b[end-1] == '\r' {
		end--
	}
	return b[:end]
}

// statusLine reads the line's status. An HTTP/1.0 server ends the connection
// after its answer.
func statusLine(line []byte) (status int, close bool, err error) {
	const form = "HTTP/1.x sss"
	bad := func() (int, bool, error) { return 0, true, malformed("status line", line) }
	if len(line) < len(form) || string(line[:7]) != form[:7] || line[7] != '0' && line[7] != '1' || line[8] != ' ' ||
		len(line) > len(form) && line[len(form)] != ' ' {
		return bad()
	}
	for _, c := range line[9:12] {
		if c < '0' || c > '9' {
			return bad()
		}
		status = status*10 + int(c-'0')
	}
	if status < 100 {
		return bad()
	}
	return status, line[7] == '0', nil
}

// field splits a header line. A name has no space in it: neither is a line
// that continues the one before taken (RFC 9112, section 5.2), nor a space
// before the colon (section 5.1). A value has no control characters but tabs
// (RFC 9110, section 5.5).
func field(line []byte) (name, value []byte, ok bool) {
	colon := bytes.IndexByte(line, ':')
	if colon < 1 {
		return nil, nil, false
	}
	name = line[:colon]
	for _, c := range name {
		if !inToken(c) {
			return nil, nil, false
		}
	}
	value = trim(line[colon+1:])
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			return nil, nil, false
		}
	}
	return name, value, true
}

// inToken says whether a name can have a byte (RFC 9110, section 5.6.2).
func inToken(c byte) bool {
	switch {
	case '0' <= c && c <= '9', 'a' <= lower(c) && lower(c) <= 'z':
		return true
	}
	return bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), c) >= 0
}

// trim removes spaces and tabs around a value.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	return trimEnd(b)
}

func trimEnd(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// equalFold compares with a name of lower or upper case ASCII.
func equalFold(b []byte, name string) bool {
	if len(b) != len(name) {
		return false
	}
	for i, c := range b {
		if lower(c) != lower(name[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// hasToken says whether a list of tokens has one.
func hasToken(list []byte, token string) bool {
	for len(list) > 0 {
		item := list
		if comma := bytes.IndexByte(list, ','); comma >= 0 {
			item, list = list[:comma], list[comma+1:]
		} else {
			list = nil
		}
		if equalFold(trim(item), token) {
			return true
		}
	}
	return false
}

// parseUint reads a number without sign and signs between its digits; ok is
// false for what is none, and for what is beyond an int. Package strconv has
// texts for each of its errors, and tables to quote them with.
func parseUint(b []byte, base uint64) (n int, ok bool) {
	const digits = "0123456789abcdef"
	var u uint64
	for _, c := range b {
		d := base
		for i := range base {
			if digits[i] == lower(c) {
				d = i
			}
		}
		if d == base || u > (1<<63-1-d)/base {
			return 0, false
		}
		u = u*base + d
	}
	return int(u), len(b) > 0
}
