package gateway

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/ric/payload"
)

// TestPayload: the small adapter of lambda/ric reads in an event what was in the
// request, and the gateway sends what the adapter answers.
func TestPayload(t *testing.T) {
	for _, c := range []struct{ method, target, key, contentType, body string }{
		{"GET", "/health", "GET /health", "text/html", ""},
		{"POST", "/my/path?a=1&a=2&b=%26+c&ü=%E2%82%AC", "$default", "text/plain", "say \"hello\" \\ ü <&> \u2028 \x01"},
		{"PUT", "/orders/a%20b%22/x%C3%BC", "PUT /orders/{id}/{rest+}", "image/png", "\x89PNG\r\n\x1a\n\x00\xff"},
		{"DELETE", "/orders/1", "ANY /orders/{id}", "application/x-www-form-urlencoded", strings.Repeat("a=1&", 1<<16)},
	} {
		r := httptest.NewRequest(c.method, c.target, nil)
		r.Header.Set("Content-Type", c.contentType)
		r.Header["X-Twice"] = []string{"1", `"2"`}
		r.Header.Add("Cookie", "a=1; b=2")
		got, err := payload.Parse(encodeTest(t, r, c.key, []byte(c.body)))
		if err != nil {
			t.Fatal(err)
		}
		want := buildTest(t, r, c.key, []byte(c.body))
		if got.Method != c.method || got.Path != r.URL.Path || got.RawQuery != r.URL.RawQuery || string(got.Body) != c.body || strings.Join(got.Cookies, "|") != "a=1|b=2" {
			t.Errorf("%s %s: %+v", c.method, c.target, got)
		}
		for field, fields := range map[string]payload.Fields{"headers": got.Headers, "queryStringParameters": got.Query, "pathParameters": got.PathParameters} {
			have, expected := map[string]any{}, map[string]any{}
			for _, f := range fields {
				have[f.Name] = f.Value
			}
			if m, ok := want[field].(map[string]any); ok {
				expected = m
			}
			if !maps.Equal(have, expected) {
				t.Errorf("%s %s: %s %v, want %v", c.method, c.target, field, have, expected)
			}
		}

		answer := payload.Response{Status: 201, Headers: payload.Fields{{Name: "Content-Type", Value: c.contentType}, {Name: "vary", Value: "a"}, {Name: "Vary", Value: "b"}}, Cookies: got.Cookies, Body: got.Body}
		sent, err := parseResponse(answer.Encode())
		if err != nil {
			t.Fatal(err)
		}
		header := http.Header{"Content-Type": {c.contentType}, "Vary": {"a, b"}, "Set-Cookie": {"a=1", "b=2"}}
		if sent.status != 201 || string(sent.body) != c.body || !maps.EqualFunc(sent.header, header, func(a, b []string) bool { return strings.Join(a, "|") == strings.Join(b, "|") }) {
			t.Errorf("%s %s is answered by %d %v %.100q", c.method, c.target, sent.status, sent.header, sent.body)
		}
	}
}
