package clients

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// behaves asks what every function of this package serves: GET /hello says
// hello, POST /echo gives body and type back, GET /fail ends in an error whose
// object has the message given.
func behaves(t *testing.T, s *stack, message string) {
	t.Helper()
	s.coldThenWarm(t)
	s.echoes(t)
	s.fails(t)
	s.invokes(t, message)
	s.servesAtOnce(t)
}

// coldThenWarm sends the first two requests.
func (s *stack) coldThenWarm(t *testing.T) {
	t.Helper()
	for range 2 {
		a := s.do(t, "GET", "/hello", "", "")
		if a.status != 200 || string(a.body) != "hello" || !strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") {
			t.Fatalf("GET /hello: %d %v %s", a.status, a.header, a.body)
		}
	}
	r := s.reports(t, 2)
	if r[0].Record.Metrics.InitDurationMs <= 0 {
		t.Errorf("the first request is not cold: %+v", r[0])
	}
	if r[1].Record.Metrics.InitDurationMs != 0 || r[1].stream != r[0].stream {
		t.Errorf("the second request is not warm: %+v after %+v", r[1], r[0])
	}
}

// large is 1 MB of text with what JSON escapes, binary 1 MB of what is no text.
var large, binary = func() (string, string) {
	const size = 1 << 20
	random := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return strings.Repeat("a line of \"text\" with ü, \\ and 🙂\n", size/36), string(b)
}()

func (s *stack) echoes(t *testing.T) {
	t.Helper()
	for _, c := range []struct{ name, contentType, body string }{
		{"text", "text/plain; charset=utf-8", "say: \"hello\"\r\n\tü\\u0041 \u2028"},
		{"JSON", "application/json", `{"body":"x","isBase64Encoded":true}`},
		{"form", "application/x-www-form-urlencoded", "a=1&b=%26"},
		{"zeros", "application/octet-stream", "\x00\xff\x00"},
		{"1 MB of text", "text/plain", large},
		{"1 MB of bytes", "image/png", binary},
		{"4 MB of bytes", "image/png", strings.Repeat(binary, 4)}, // in base64 close to Lambda's 6 MB
	} {
		a := s.do(t, "POST", "/echo", c.contentType, c.body)
		if a.status != 200 || string(a.body) != c.body || a.header.Get("Content-Type") != c.contentType {
			t.Errorf("%s: %d, type %q, %d bytes, want 200, %q, %d bytes (%.80q)",
				c.name, a.status, a.header.Get("Content-Type"), len(a.body), c.contentType, len(c.body), a.body)
		}
	}
}

// fails: the gateway answers for a function that fails, and the environment or
// the one after it serves on.
func (s *stack) fails(t *testing.T) {
	t.Helper()
	for range 2 {
		if a := s.do(t, "GET", "/fail", "", ""); a.status != 500 || string(a.body) != `{"message":"Internal Server Error"}` {
			t.Errorf("GET /fail: %d %s", a.status, a.body)
		}
		if a := s.do(t, "GET", "/hello", "", ""); a.status != 200 {
			t.Errorf("after an error: %d %s", a.status, a.body)
		}
	}
}

// event is AWS's example of payload format 2.0, cut to what a request without
// authorizer and cookies has ("Create AWS Lambda proxy integrations for HTTP
// APIs" in the API Gateway Developer Guide).
func event(method, path, body string) []byte {
	http := map[string]any{"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "agent"}
	data, err := json.Marshal(map[string]any{
		"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
		"headers": map[string]string{"content-type": "text/plain", "host": "id.execute-api.us-east-1.amazonaws.com"},
		"requestContext": map[string]any{
			"accountId": "123456789012", "apiId": "api-id", "domainName": "id.execute-api.us-east-1.amazonaws.com", "domainPrefix": "id",
			"http": http, "requestId": "id", "routeKey": "$default", "stage": "$default", "time": "12/Mar/2020:19:03:58 +0000", "timeEpoch": 1583348638390,
		},
		"body": body, "isBase64Encoded": false,
	})
	if err != nil {
		panic(err) // strings and numbers
	}
	return data
}

// invokes calls the function by AWS's API, beside the gateway.
func (s *stack) invokes(t *testing.T, message string) {
	t.Helper()
	out := s.invoke(t, event("POST", "/echo", large))
	if r := decode(t, out.Payload); out.FunctionError != nil || r.StatusCode != 200 || string(r.body(t)) != large {
		t.Errorf("Invoke of /echo: %v, status %d, %d bytes, want %d", out.FunctionError, r.StatusCode, len(r.Body), len(large))
	}
	if kind, said := s.failure(t, event("GET", "/fail", "")); kind == "" || !strings.Contains(said, message) {
		t.Errorf("Invoke of /fail: %s: %s, want an error that says %q", kind, said, message)
	}
	if out := s.invoke(t, event("GET", "/hello", "")); out.FunctionError != nil {
		t.Errorf("Invoke after an error: %s", out.Payload)
	}
}

func (s *stack) invoke(t *testing.T, payload []byte) *lambda.InvokeOutput {
	t.Helper()
	out, err := s.lambda.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("client"), Qualifier: new("bench"), Payload: payload})
	check(t, err)
	return out
}

// failure invokes the function, which fails, and returns what its error object
// says.
func (s *stack) failure(t *testing.T, payload []byte) (kind, message string) {
	t.Helper()
	out := s.invoke(t, payload)
	var failed struct{ ErrorType, ErrorMessage string }
	check(t, json.Unmarshal(out.Payload, &failed))
	if out.FunctionError == nil {
		t.Errorf("no function error: %s", out.Payload)
	}
	return failed.ErrorType, failed.ErrorMessage
}

// response is a function's answer of format 2.0.
type response struct {
	StatusCode      int
	Body            string
	IsBase64Encoded bool
}

func decode(t *testing.T, payload []byte) response {
	t.Helper()
	var r response
	check(t, json.Unmarshal(payload, &r))
	return r
}

func (r response) body(t *testing.T) []byte {
	t.Helper()
	if !r.IsBase64Encoded {
		return []byte(r.Body)
	}
	data, err := base64.StdEncoding.DecodeString(r.Body)
	check(t, err)
	return data
}

// servesAtOnce sends requests side by side: each gets its own answer.
func (s *stack) servesAtOnce(t *testing.T) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range 16 {
		body := bytes.Repeat(fmt.Appendf(nil, "%d ", i), 10_000)
		wg.Go(func() {
			resp, err := http.Post(s.base+"/echo", "text/plain", bytes.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			var got bytes.Buffer
			if _, err := got.ReadFrom(resp.Body); err != nil || resp.StatusCode != 200 || !bytes.Equal(got.Bytes(), body) {
				t.Errorf("request %d: %v %s, %d bytes, want %d", i, err, resp.Status, got.Len(), len(body))
			}
		})
	}
	wg.Wait()
}
