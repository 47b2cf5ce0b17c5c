package gateway

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestParseResponse(t *testing.T) {
	const asJSON, asText = "application/json", "text/plain; charset=utf-8"
	for _, tc := range []struct {
		name, payload string
		status        int
		contentType   string
		body          string
	}{
		// The two examples of the documentation.
		{"string", `"Hello from Lambda!"`, 200, asJSON, "Hello from Lambda!"},
		{"object", `{ "message": "Hello from Lambda!" }`, 200, asJSON, `{ "message": "Hello from Lambda!" }`},

		{"number", `42`, 200, asJSON, "42"},
		{"array", `[1,2]`, 200, asJSON, "[1,2]"},
		{"null", `null`, 200, asJSON, "null"},
		{"nothing", ``, 200, asJSON, ""},
		{"no JSON", `{"name": "John Doe", "age":`, 200, asJSON, `{"name": "John Doe", "age":`},
		{"other case", `{"StatusCode":404}`, 200, asJSON, `{"StatusCode":404}`},

		{"status only", `{"statusCode":204}`, 204, asText, ""},
		{"body", `{"statusCode":404,"body":"none"}`, 404, asText, "none"},
		{"null fields", `{"statusCode":200,"headers":null,"cookies":null,"body":null,"isBase64Encoded":null}`, 200, asText, ""},
		{"type", `{"statusCode":200,"headers":{"CONTENT-type":"text/html"},"body":"<p>"}`, 200, "text/html", "<p>"},
		{"base64", `{"statusCode":200,"isBase64Encoded":true,"body":"/wA="}`, 200, asText, "\xff\x00"},
	} {
		got, err := parseResponse([]byte(tc.payload))
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if got.status != tc.status || got.header.Get("Content-Type") != tc.contentType || string(got.body) != tc.body {
			t.Errorf("%s: got %d %q %q, want %d %q %q", tc.name, got.status, got.header.Get("Content-Type"), got.body, tc.status, tc.contentType, tc.body)
		}
	}
}

func TestParseResponseMalformed(t *testing.T) {
	for _, payload := range []string{
		`{"statusCode":"200"}`,
		`{"statusCode":null}`,
		`{"statusCode":200.5}`,
		`{"statusCode":2e2}`,
		`{"statusCode":200.0}`,
		`{"statusCode":true}`,
		`{"statusCode":100}`,
		`{"statusCode":1000}`,
		`{"statusCode":200,"headers":[]}`,
		`{"statusCode":200,"headers":{"a":["b"]}}`,
		`{"statusCode":200,"headers":{"a":{}}}`,
		`{"statusCode":200,"headers":{"a":"b\r\nc: d"}}`,
		`{"statusCode":200,"headers":{"a b":"c"}}`,
		`{"statusCode":200,"headers":{"":"c"}}`,
		`{"statusCode":200,"cookies":["\u007f"]}`,
		`{"statusCode":200,"body":{"a":1}}`,
		`{"statusCode":200,"cookies":"a=b"}`,
		`{"statusCode":200,"isBase64Encoded":"true"}`,
		`{"statusCode":200,"isBase64Encoded":true,"body":"%"}`,
	} {
		if got, err := parseResponse([]byte(payload)); err == nil {
			t.Errorf("%s: got %+v, want an error", payload, got)
		}
	}
}

func TestParseResponseHeaders(t *testing.T) {
	got, err := parseResponse([]byte(`{"statusCode":200,
		"headers":{"x-count":3,"X-Flag":true,"connection":"close","content-length":"9","set-cookie":"z=0"},
		"cookies":["a=1","b=2; Secure"]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := http.Header{
		"X-Count": {"3"}, "X-Flag": {"true"}, "Set-Cookie": {"z=0", "a=1", "b=2; Secure"},
		"Content-Type": {"text/plain; charset=utf-8"},
	}
	if !maps.EqualFunc(got.header, want, slices.Equal) {
		t.Errorf("got %v, want %v", got.header, want)
	}
}

// TestParseResponseSpellings: many times, as the order of a map is another each
// time.
func TestParseResponseSpellings(t *testing.T) {
	for range 50 {
		got, err := parseResponse([]byte(`{"statusCode":200,"headers":{"x-b":"1","X-B":"2","content-type":"text/html","X-b":"3","x-b":"4"}}`))
		if err != nil {
			t.Fatal(err)
		}
		want := http.Header{"X-B": {"4", "2", "3"}, "Content-Type": {"text/html"}}
		if !maps.EqualFunc(got.header, want, slices.Equal) {
			t.Fatalf("got %v, want %v", got.header, want)
		}
	}
}

// FuzzResponse feeds any answer of a function through the gateway: whatever it
// is, a client gets a final status, and never a 500 without an error in it.
func FuzzResponse(f *testing.F) {
	for _, s := range []string{
		`"Hello"`, `{"a":1}`, `{"statusCode":200,"headers":{"a":"b\r\nc: d","":1},"cookies":["x"],"body":"b"}`,
		`{"statusCode":200,"isBase64Encoded":true,"body":"/w=="}`, `{"statusCode":99999999999}`, `{`, ``, `null`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		resp, err := parseResponse(payload)
		if err == nil && (resp.status < 200 || resp.status > 599) {
			t.Errorf("status %d", resp.status)
		}
		if err != nil && !strings.Contains(string(payload), "statusCode") && !strings.Contains(string(payload), `\u`) {
			t.Errorf("refused without a statusCode: %v", err)
		}
		g, _ := newGateway(t, says(string(payload)), nil, "GET /")
		w := get(g, "/")
		switch {
		case err != nil && w.Code != 500:
			t.Errorf("malformed response: got %d, want 500", w.Code)
		case err == nil && w.Code != resp.status:
			t.Errorf("got %d, want %d", w.Code, resp.status)
		}
	})
}
