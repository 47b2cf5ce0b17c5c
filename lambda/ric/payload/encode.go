package payload

import (
	"strconv"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/lambda/ric/internal/base64"
	"github.com/coldcrank/coldcrank/lambda/ric/internal/jsonstring"
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
		b = jsonstring.Append(b, []byte(c))
	}
	if len(r.Cookies) > 0 {
		b = append(b, ']')
	}
	if len(r.Body) > 0 {
		b = append(b, `,"body":`...)
		if utf8.Valid(r.Body) {
			b = jsonstring.Append(b, r.Body)
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
		b = jsonstring.Append(b, []byte(field.Name))
		b = append(b, ':')
		b = jsonstring.Append(b, []byte(value))
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
