// Package base64 is the standard encoding with padding. Package encoding/base64
// makes its tables in every start of a program that has it; this one has none.
package base64

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// Append appends the encoding of data to b.
func Append(b, data []byte) []byte {
	for ; len(data) > 0; data = data[min(3, len(data)):] {
		var group [3]byte
		n := copy(group[:], data)
		v := uint(group[0])<<16 | uint(group[1])<<8 | uint(group[2])
		quad := [4]byte{digits[v>>18], digits[v>>12&63], '=', '='}
		if n > 1 {
			quad[2] = digits[v>>6&63]
		}
		if n > 2 {
			quad[3] = digits[v&63]
		}
		b = append(b, quad[:]...)
	}
	return b
}

// Decode takes and refuses what encoding/base64's StdEncoding does: line ends are
// skipped, the padding has to be there, and nothing may follow it.
func Decode(s string) (data []byte, ok bool) {
	data = make([]byte, 0, len(s)/4*3)
	var group uint32
	n, padding := 0, 0 // digits and padding of the group
	for i := range len(s) {
		c := s[i]
		if c == '\r' || c == '\n' {
			continue
		}
		if c == '=' {
			if padding++; n < 2 || n+padding > 4 {
				return nil, false
			}
			continue
		}
		d, ok := value(c)
		if !ok || padding > 0 {
			return nil, false
		}
		group = group<<6 | d
		if n++; n == 4 {
			data = append(data, byte(group>>16), byte(group>>8), byte(group))
			group, n = 0, 0
		}
	}
	switch {
	case n+padding == 0:
	case n+padding != 4:
		return nil, false
	case n == 3:
		data = append(data, byte(group>>10), byte(group>>2))
	case n == 2:
		data = append(data, byte(group>>4))
	}
	return data, true
}

func value(c byte) (uint32, bool) {
	switch {
	case 'A' <= c && c <= 'Z':
		return uint32(c - 'A'), true
	case 'a' <= c && c <= 'z':
		return uint32(c-'a') + 26, true
	case '0' <= c && c <= '9':
		return uint32(c-'0') + 52, true
	case c == '+':
		return 62, true
	case c == '/':
		return 63, true
	}
	return 0, false
}
