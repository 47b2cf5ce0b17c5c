package gateway

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
)

// buildTest makes the event of a request to a route and reads it again.
func buildTest(t testing.TB, r *http.Request, key string, body []byte) map[string]any {
	t.Helper()
	var e map[string]any
	if err := json.Unmarshal(encodeTest(t, r, key, body), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func encodeTest(t testing.TB, r *http.Request, key string, body []byte) []byte {
	t.Helper()
	rec := &record{
		api: &assembly.API{ID: "a1b2c3d4e5", Stage: "$default"}, account: testAccount, request: r,
		id: "JKJaXmPLvHcESHA=", sourceIP: "127.0.0.1", received: time.UnixMilli(1583348638390),
	}
	m := match(parseRoutes(t, key), r.Method, r.URL.EscapedPath())
	if m == nil {
		t.Fatalf("%s %s does not match %s", r.Method, r.URL, key)
	}
	data, err := buildEvent(rec, m, body, "Root=1-5e5ff9de-xmpl")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The request of AWS's example in "Create AWS Lambda proxy integrations for
// HTTP APIs", as far as a plain HTTP request can express it.
func TestEventAsDocumented(t *testing.T) {
	r := httptest.NewRequest("POST", "/my/path?parameter1=value1&parameter1=value2&parameter2=value", nil)
	r.Host = "id.execute-api.us-east-1.amazonaws.com"
	r.Header["Header1"] = []string{"value1"}
	r.Header["Header2"] = []string{"value1", "value2"}
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set("User-Agent", "agent")
	r.Header.Add("Cookie", "cookie1; cookie2")
	got := buildTest(t, r, "$default", []byte("Hello from Lambda"))
	var want map[string]any
	if err := json.Unmarshal([]byte(`{
		"version": "2.0",
		"routeKey": "$default",
		"rawPath": "/my/path",
		"rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value",
		"cookies": ["cookie1", "cookie2"],
		"headers": {
			"content-length": "17", "content-type": "text/plain", "header1": "value1", "header2": "value1,value2",
			"host": "id.execute-api.us-east-1.amazonaws.com", "user-agent": "agent",
			"x-amzn-trace-id": "Root=1-5e5ff9de-xmpl", "x-forwarded-for": "127.0.0.1",
			"x-forwarded-port": "80", "x-forwarded-proto": "http"
		},
		"queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value"},
		"requestContext": {
			"accountId": "123456789012",
			"apiId": "a1b2c3d4e5",
			"domainName": "id.execute-api.us-east-1.amazonaws.com",
			"domainPrefix": "id",
			"http": {"method": "POST", "path": "/my/path", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "agent"},
			"requestId": "JKJaXmPLvHcESHA=",
			"routeKey": "$default",
			"stage": "$default",
			"time": "04/Mar/2020:19:03:58 +0000",
			"timeEpoch": 1583348638390
		},
		"body": "Hello from Lambda",
		"isBase64Encoded": false
	}`), &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		g, _ := json.MarshalIndent(got, "", "\t")
		t.Errorf("got %s", g)
	}
}

func TestEventLeavesOutWhatIsAbsent(t *testing.T) {
	got := buildTest(t, httptest.NewRequest("GET", "/health", nil), "GET /health", nil)
	keys := slices.Sorted(maps.Keys(got))
	want := []string{"headers", "isBase64Encoded", "rawPath", "rawQueryString", "requestContext", "routeKey", "version"}
	if !slices.Equal(keys, want) {
		t.Errorf("fields %v, want %v", keys, want)
	}
}

func TestEventDecodes(t *testing.T) {
	got := buildTest(t, httptest.NewRequest("GET", "/a/x%20y?q=C%23+4&bad=%zz&flag&&q=.NET", nil), "GET /a/{id}", nil)
	for _, tc := range []struct {
		field string
		want  any
	}{
		{"rawPath", "/a/x y"},
		{"rawQueryString", "q=C%23+4&bad=%zz&flag&&q=.NET"},
		{"pathParameters", map[string]any{"id": "x y"}},
		{"queryStringParameters", map[string]any{"q": "C# 4,.NET", "bad": "%zz", "flag": ""}},
	} {
		if !reflect.DeepEqual(got[tc.field], tc.want) {
			t.Errorf("%s = %v, want %v", tc.field, got[tc.field], tc.want)
		}
	}
}

// A body of text stands in the event as it came, so that it counts as many bytes as
// it has against the 6 MB that an event may have.
func TestEventBodyIsNotEscaped(t *testing.T) {
	r := httptest.NewRequest("POST", "/x", nil)
	r.Header.Set("Content-Type", "text/html")
	const page = "<p>a & b</p>"
	event := encodeTest(t, r, "POST /x", []byte(page))
	if !bytes.Contains(event, []byte(page)) || bytes.HasSuffix(event, []byte("\n")) {
		t.Errorf("%s, want it to hold %s", event, page)
	}
}

func TestEventBody(t *testing.T) {
	for _, tc := range []struct {
		contentType, encoding, body string
		encoded                     bool
	}{
		{"text/html; charset=utf-8", "", "<p>", false},
		{"application/json", "", `{"a":1}`, false},
		{"", "", "plain", true},
		{"", "", "\xff\xfe", true},
		{"text/plain", "", "\xff\xfe", true},
		{"text/plain", "gzip", "plain", true},
		{"application/octet-stream", "", "plain", true},
		{"application/x-www-form-urlencoded", "", "a=1", true},
		{"not a type/", "", "plain", true},
	} {
		r := httptest.NewRequest("POST", "/x", nil)
		r.Header.Set("Content-Type", tc.contentType)
		r.Header.Set("Content-Encoding", tc.encoding)
		got := buildTest(t, r, "POST /x", []byte(tc.body))
		want := tc.body
		if tc.encoded {
			want = base64.StdEncoding.EncodeToString([]byte(tc.body))
		}
		if got["body"] != want || got["isBase64Encoded"] != tc.encoded {
			t.Errorf("%q %q: body %q, encoded %v, want %q, %v", tc.contentType, tc.encoding, got["body"], got["isBase64Encoded"], want, tc.encoded)
		}
	}
}

func TestEventForwardedFor(t *testing.T) {
	r := httptest.NewRequest("GET", "/x", nil)
	r.Header.Set("X-Forwarded-For", "192.0.2.7")
	got := buildTest(t, r, "GET /x", nil)["headers"].(map[string]any)["x-forwarded-for"]
	if want := "192.0.2.7, 127.0.0.1"; got != want {
		t.Errorf("x-forwarded-for = %v, want %v", got, want)
	}
}

// FuzzEvent reads a request as net/http does and makes its event: it must be
// JSON, give the body back, and have no header with an upper-case letter.
func FuzzEvent(f *testing.F) {
	f.Add("GET /a/b%2Fc?x=1&x=2 HTTP/1.1\r\nHost: a.b\r\nCookie: a=1; b\r\nX-Y: 1\r\nx-y: 2\r\n\r\n", []byte("body"))
	f.Add("POST /?%zz&= HTTP/1.1\r\nHost: \r\nContent-Type: text/plain\r\n\r\n", []byte("\xff\x00"))
	f.Fuzz(func(t *testing.T, head string, body []byte) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head)))
		if err != nil {
			return
		}
		e := buildTest(t, r, "$default", body)
		got, _ := e["body"].(string)
		if e["isBase64Encoded"] == true {
			data, err := base64.StdEncoding.DecodeString(got)
			if err != nil {
				t.Fatal(err)
			}
			got = string(data)
		}
		if got != string(body) {
			t.Errorf("body %q came back as %q", body, got)
		}
		for name := range e["headers"].(map[string]any) {
			if name != strings.ToLower(name) {
				t.Errorf("header %q", name)
			}
		}
	})
}
