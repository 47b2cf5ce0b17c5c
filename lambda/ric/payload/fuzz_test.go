package payload

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"testing"
)

// oracle is decode by encoding/json: each value of a name that is wanted is decoded
// alone, into a value of its own.
func oracle(data []byte) (*event, bool) {
	if !json.Valid(data) {
		return nil, false
	}
	var e event
	ok := members(data, func(name string, value json.RawMessage) bool {
		var to any
		switch name {
		case "rawPath":
			to = &e.rawPath
		case "rawQueryString":
			to = &e.rawQuery
		case "body":
			to = &e.body
		case "isBase64Encoded":
			to = &e.base64
		case "cookies":
			to = &e.cookies
		case "headers":
			return pairs(value, &e.headers)
		case "queryStringParameters":
			return pairs(value, &e.query)
		case "pathParameters":
			return pairs(value, &e.params)
		case "requestContext":
			e.method, e.stage, e.source = "", "", ""
			return members(value, func(name string, value json.RawMessage) bool {
				switch name {
				case "stage":
					return fresh(value, &e.stage)
				case "http":
					e.method, e.source = "", ""
					return members(value, func(name string, value json.RawMessage) bool {
						switch name {
						case "method":
							return fresh(value, &e.method)
						case "sourceIp":
							return fresh(value, &e.source)
						}
						return true
					})
				}
				return true
			})
		default:
			return true
		}
		return fresh(value, to)
	})
	return &e, ok
}

// fresh decodes into what to points to, as if nothing had been there.
func fresh(value []byte, to any) bool {
	reflect.ValueOf(to).Elem().SetZero()
	return json.Unmarshal(value, to) == nil
}

// members calls f for each member of an object, in their order.
func members(data []byte, f func(string, json.RawMessage) bool) bool {
	if string(bytes.TrimSpace(data)) == "null" {
		return true
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return false
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil || !f(name.(string), value) {
			return false
		}
	}
	return true
}

// pairs is fields by encoding/json.
func pairs(data []byte, to *Fields) bool {
	*to = nil
	return members(data, func(name string, value json.RawMessage) bool {
		var s string
		ok := fresh(value, &s)
		*to = append(*to, Field{name, s})
		return ok
	})
}

// equal compares events; an array that is empty and none are the same to a request.
func equal(a, b *event) bool {
	x, y := *a, *b
	if len(x.cookies) == 0 && len(y.cookies) == 0 {
		x.cookies, y.cookies = nil, nil
	}
	return reflect.DeepEqual(x, y)
}

// seeds are texts that a decoder can be wrong about, in the places where it reads
// strings, wants something, and skips.
func seeds() []string {
	list := []string{
		``, ` `, `null`, `nul`, `nullx`, `{}`, ` {} `, `{}{}`, `{},`, `[]`, `5`, `"x"`, `{`, `{"`, `{"a`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{a:1}`, "\ufeff{}", "{}\x00",
		`{"rawPath":"/a","RAWPATH":"/b","rawPath":"/c"}`, `{"rawPath":"/a","rawPath":null}`, `{"rawPath":5,"rawPath":"/"}`, `{"raw\u0050ath":"/a"}`,
		`{"headers":{"a":"1","a":"2","b":null},"headers":{"c":"3"}}`, `{"headers":null}`, `{"headers":{}}`, `{"headers":[]}`, `{"headers":{"a":1}}`, `{"headers":{"a":["1"]}}`,
		`{"cookies":["a=1",null,"b=2"]}`, `{"cookies":[]}`, `{"cookies":[,]}`, `{"cookies":["a",]}`, `{"cookies":["a" "b"]}`, `{"cookies":[1]}`, `{"cookies":{}}`, `{"cookies":["a"`, `{"cookies":null}`,
		`{"requestContext":{"http":{"method":"GET"},"stage":"s"}}`, `{"requestContext":{"http":{"method":"GET"}},"requestContext":{}}`, `{"requestContext":{"http":{"method":"GET"},"http":null}}`, `{"requestContext":[]}`, `{"requestContext":{"http":"x"}}`, `{"requestContext":{"http":{"method":1}}}`, `{"requestContext":{"http":{"sourceIp":"192.0.2.1"}}}`, `{"requestContext":{"http":{"sourceIp":"192.0.2.1"},"http":{}}}`, `{"requestContext":null}`,
		`{"isBase64Encoded":true}`, `{"isBase64Encoded":truex}`, `{"isBase64Encoded":"true"}`, `{"isBase64Encoded":null}`, `{"isBase64Encoded":1}`, `{"isBase64Encoded":tru}`,
	}
	for _, value := range []string{
		`""`, `"\""`, `"\\"`, `"\/\b\f\n\r\t"`, `"\u0041\u00e9\u20AC"`, `"\ud83d\ude42"`, `"\ud83d"`, `"\ud83dx"`, `"\ud83d\n"`, `"\ud83d\u0041"`, `"\ud83d\ud83d\ude42"`, `"\ude42\ud83d"`, `"\udbff\udfff"`, `"\ud800\udc00"`,
		`"\u"`, `"\u12"`, `"\u12G4"`, `"\x"`, `"\`, `"\u004`, `"abc`, "\"\x1f\"", "\"\n\"", "\"\x7f\"", "\"ü€🙂\"", "\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\\n\xf0\x9f\x99\"", "\"\xf4\x90\x80\x80\"",
		`0`, `-0`, `-`, `01`, `1.`, `.1`, `1.5`, `1e`, `1e+`, `1e-5`, `1E5`, `+1`, `1_0`, `0x1`, `1e5.5`, `-1.25e+07`, `00`, `NaN`, `true`, `false`, `True`, `fals`, `null`, `nulll`,
		`[]`, `[1]`, `[1,]`, `[,1]`, `[1 2]`, `[[],[{}],{"a":[{"b":{}}]}]`, `[}`, `{]`, `[1}`, `{"a":1]`, `{"a":[1}`, `{"a"}`, `{"a":}`, `{1:2}`, `{"a":1,"b"}`, `{"a":1 "b":2}`, `[[1]`, `{"a":{"b":1}`, ` [ 1 , { "a" : [ ] } ] `, "[\t1\r\n]", "[\v1]", "[\u00a01]",
	} {
		list = append(list, `{"rawPath":`+value+`}`, `{"other":`+value+`}`, `{"headers":{"a":`+value+`}}`, `{"cookies":[`+value+`]}`, `{"requestContext":{"other":`+value+`,"stage":"s"}}`)
	}
	return append(list, documented)
}

// FuzzDecode holds decode to encoding/json: what is taken, what is refused, and what
// was read.
func FuzzDecode(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want, ok := oracle(data)
		got, err := decode(data)
		if ok != (err == nil) {
			t.Fatalf("%q: %v, encoding/json takes it: %v", data, err, ok)
		}
		if !ok {
			if e := err.(*EventError); e.What == "" || e.At < 0 || e.At > len(data) {
				t.Errorf("%q: error %+v", data, e)
			}
			return
		}
		if !equal(got, want) {
			t.Errorf("%q\ngot:           %+v\nencoding/json: %+v", data, got, want)
		}
		for _, fields := range []Fields{got.headers, got.query, got.params} {
			m := map[string]string{}
			for _, field := range fields {
				m[field.Name] = field.Value
			}
			for name, value := range m {
				if v, ok := fields.Get(name); !ok || v != value {
					t.Errorf("%q: %s is %q, %v", fields, name, v, ok)
				}
			}
		}
	})
}

// FuzzEncode: what an answer says is what encoding/json reads of it.
func FuzzEncode(f *testing.F) {
	f.Add(200, "content-type", "text/plain", "X-A", "1", "a=1; Path=/", []byte("Healthy"))
	f.Add(0, "Vary", "a", "vary", "b", "", []byte("\x00\xff"))
	f.Add(404, "", "\x01\x1f\u2028<&>", "q\"", "\\", "\t\n\r\b\f", []byte("\x01\"\\\u2028🙂\x7f\t"))
	f.Add(-5, "a", "\xff", "b\xc3", "\xed\xa0\x80", "\xf0\x9f", []byte{})
	f.Fuzz(func(t *testing.T, status int, name1, value1, name2, value2, cookie string, body []byte) {
		r := Response{Status: status, Headers: Fields{{name1, value1}, {name2, value2}}, Cookies: []string{cookie, "b"}, Body: body}
		data := r.Encode()
		got := readAnswer(t, data)
		if status == 0 {
			status = 200
		}
		one, two := text(lowerCase(name1)), text(lowerCase(name2))
		want := map[string]string{one: text(value1)}
		if lowerCase(name1) == lowerCase(name2) {
			want[one] = text(value1 + ", " + value2)
		} else if one != two {
			want[two] = text(value2)
		} else {
			return // other bytes, which JSON cannot tell apart
		}
		if got.StatusCode != status || !maps.Equal(got.Headers, want) || got.Cookies[0] != text(cookie) || got.Cookies[1] != "b" || got.Body != string(body) {
			t.Errorf("%+v\nas %s\nis read as %+v", r, data, got)
		}
	})
}

// text is s as JSON can hold it. A byte that is none of UTF-8 becomes a character of
// its own, which strings.ToValidUTF8 does not do with several in a row.
func text(s string) string { return strings.Clone(string([]rune(s))) }
