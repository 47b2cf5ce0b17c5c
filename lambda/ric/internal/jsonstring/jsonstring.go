// Package jsonstring writes JSON strings, without encoding/json, which is larger
// than a small function.
package jsonstring

import "unicode/utf8"

// Append appends s as a JSON string. What is not UTF-8 becomes U+FFFD.
func Append(b, s []byte) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	begin := 0 // of what is copied as it is
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[begin:i]...), "\uFFFD"...)
				begin = i + 1
			}
			i += n
			continue
		}
		if c < ' ' || c == '"' || c == '\\' {
			b = append(b, s[begin:i]...)
			begin = i + 1
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, `\n`...)
			case '\r':
				b = append(b, `\r`...)
			case '\t':
				b = append(b, `\t`...)
			default:
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
		}
		i++
	}
	return append(append(b, s[begin:]...), '"')
}
