package payload

import "unicode/utf8"

// quoted reads a string, whose opening quote is next. What is not UTF-8, and half
// of a surrogate pair, become U+FFFD, as with encoding/json.
func (d *decoder) quoted() (string, bool) {
	begin := d.at + 1
	escaped, ok := d.scan()
	if !ok {
		return "", false
	}
	raw := d.text[begin : d.at-1]
	if !escaped && utf8.ValidString(raw) {
		return raw, true
	}
	return unescape(raw), true
}

// scan goes to the end of a string and looks at its escapes.
func (d *decoder) scan() (escaped, ok bool) {
	for d.at++; d.at < len(d.text); d.at++ {
		switch c := d.text[d.at]; {
		case c == '"':
			d.at++
			return escaped, true
		case c < ' ':
			return false, d.fail("a control character in a string")
		case c == '\\':
			escaped = true
			if d.at++; !d.escape() {
				return false, false
			}
		}
	}
	return false, d.fail("a string without end")
}

// escape looks at what follows a backslash, and goes to its last byte.
func (d *decoder) escape() bool {
	switch d.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		if len(d.text)-d.at >= 5 && hex4(d.text[d.at+1:]) >= 0 {
			d.at += 4
			return true
		}
	}
	return d.fail("an escape that is none")
}

// unescape makes text of what is between the quotes; scan has found its escapes
// good.
func unescape(raw string) string {
	b := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '\\':
			var r rune
			r, i = escaped(raw, i+1)
			b = utf8.AppendRune(b, r)
		case c < utf8.RuneSelf:
			b = append(b, c)
			i++
		default:
			r, n := utf8.DecodeRuneInString(raw[i:])
			b = utf8.AppendRune(b, r)
			i += n
		}
	}
	return string(b)
}

// escaped is the character of the escape whose backslash is before i, and where it
// ends.
func escaped(raw string, i int) (rune, int) {
	switch raw[i] {
	case 'b':
		return '\b', i + 1
	case 'f':
		return '\f', i + 1
	case 'n':
		return '\n', i + 1
	case 'r':
		return '\r', i + 1
	case 't':
		return '\t', i + 1
	case 'u':
		return unicode(raw, i+1)
	}
	return rune(raw[i]), i + 1
}

// unicode is the character of four digits, or of a surrogate pair of twice four.
func unicode(raw string, i int) (rune, int) {
	const high, low, end = 0xd800, 0xdc00, 0xe000
	r := hex4(raw[i:])
	i += 4
	if r < high || r >= end {
		return r, i
	}
	if r < low && len(raw)-i >= 6 && raw[i] == '\\' && raw[i+1] == 'u' {
		if second := hex4(raw[i+2:]); second >= low && second < end {
			return 0x10000 + (r-high)<<10 + (second - low), i + 6
		}
	}
	return utf8.RuneError, i
}

// hex4 is the number of the four hexadecimal digits at the begin of s, -1 where
// one is none.
func hex4(s string) rune {
	var n rune
	for i := range 4 {
		switch c := s[i]; {
		case isDigit(c):
			n = n<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			n = n<<4 | rune(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return n
}
