package boot

import (
	"bufio"
	"encoding/json"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

const hostArch = runtime.GOARCH

// What programs read is what a strict reader takes.
func TestNext(t *testing.T) {
	resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(string(next(time.Now()))+taken)), nil)
	if err != nil {
		t.Fatal(err)
	}
	var e struct{ Version, RawPath string }
	if err := json.NewDecoder(resp.Body).Decode(&e); err != nil || e.Version != "2.0" || e.RawPath != "/health" {
		t.Errorf("got %+v, %v", e, err)
	}
	if id := resp.Header.Get("Lambda-Runtime-Aws-Request-Id"); id != requestID {
		t.Errorf("got id %q", id)
	}
}

func TestHealthy(t *testing.T) {
	for answer, want := range map[string]string{
		`{"statusCode":200,"body":"Healthy"}`:                         "",
		`{"statusCode":200,"body":"Healthy","isBase64Encoded":false}`: "",
		`{"statusCode":200,"body":"Healthy","isBase64Encoded":true}`:  "not 200 Healthy",
		`{"statusCode":404,"body":"Healthy"}`:                         "not 200 Healthy",
		`{"statusCode":200}`:                                          "not 200 Healthy",
		`Healthy`:                                                     "no JSON",
	} {
		if err := healthy([]byte(answer)); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", answer, err, want)
		}
	}
}

func TestRequest(t *testing.T) {
	ask := func(text string) error {
		_, err := request(bufio.NewReader(strings.NewReader(text)), "POST", "/a")
		return err
	}
	for text, want := range map[string]string{
		"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi":                            "",
		"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n": "",
		"POST /b HTTP/1.1\r\nContent-Length: 2\r\n\r\nno":                            "POST /b instead of POST /a: no",
		"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nh":                             "read the body",
		"": "wait for POST /a: EOF",
	} {
		if err := ask(text); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}
