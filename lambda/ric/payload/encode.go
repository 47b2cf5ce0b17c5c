package payload

import (
	"strconv"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/lambda/ric/internal/base64"
)

// Encode writes the answer. What is not there is left out, and a body that JSON
// cannot hold goes in base64.
func (r Response) Encode() []byte {
	b := make([]byte, 0, 128+len(r.Body))
	b = append(b, `{"statusCode":`...)
	if r.Status == 0 {
		r.Status = 200
	}
	b = strconv.AppendInt(b, int64(r.Status), 10)
	b = appendHeaders(b, r.Headers)
	for i, c := range r.Cookies {
		if i == 0 {
			b = append(b, `,"cookies":[`...)
		} else {
			b = append(b, ',')
		}
		b = appendQuoted(b, c)
	}
	if len(r.Cookies) > 0 {
		b = append(b, ']')
	}
	if len(r.Body) > 0 {
		b = append(b, `,"body":`...)
		if utf8.Valid(r.Body) {
			b = appendQuoted(b, r.Body)
		} else {
			b = append(b, '"')
			b = base64.Append(b, r.Body)
			b = append(b, `","isBase64Encoded":true`...)
		}
	}
	return append(b, '}')
}

// appendHeaders appends the member with headers, each name once.
func appendHeaders(b []byte, f Fields) []byte {
	if len(f) == 0 {
		return b
	}
	lower := make(Fields, len(f))
	for i := range f {
		lower[i] = Field{lowerCase(f[i].Name), f[i].Value}
	}
	b = append(b, `,"headers":{`...)
	for i, field := range lower {
		if !isFirst(lower, i) {
			continue
		}
		value := field.Value
		for _, later := range lower[i+1:] {
			if later.Name == field.Name {
				value += ", " + later.Value
			}
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, field.Name)
		b = append(b, ':')
		b = appendQuoted(b, value)
	}
	return append(b, '}')
}

// isFirst says whether no field before i has its name. An answer has a handful of
// headers.
func isFirst(f Fields, i int) bool {
	for _, before := range f[:i] {
		if before.Name == f[i].Name {
			return false
		}
	}
	return true
}

func lowerCase(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// appendQuoted appends a JSON string. What is not UTF-8 becomes U+FFFD.
func appendQuoted[T string | []byte](b []byte, s T) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	begin := 0 // of what is copied as it is
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(string(s[i:min(len(s), i+utf8.UTFMax)]))
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
