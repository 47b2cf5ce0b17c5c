package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/function"
)

// echo answers with the query of its request.
var echo = invokerFunc(func(_ context.Context, payload []byte) (function.Result, error) {
	var e event
	if err := json.Unmarshal(payload, &e); err != nil {
		return function.Result{}, err
	}
	return function.Result{RequestID: e.RawQueryString, Payload: fmt.Appendf(nil, `{"statusCode":200,"body":"%s"}`, e.RawQueryString)}, nil
})

// TestConcurrent sends requests of both versions of HTTP at the same time.
func TestConcurrent(t *testing.T) {
	g, store := newGateway(t, echo, nil, "ANY /health")
	srv := httptest.NewUnstartedServer(g)
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	one := srv.Client().Transport.(*http.Transport).Clone()
	one.ForceAttemptHTTP2 = false
	one.TLSClientConfig.NextProtos = []string{"http/1.1"}
	clients := map[string]*http.Client{"HTTP/2.0": srv.Client(), "HTTP/1.1": {Transport: one}}
	defer one.CloseIdleConnections()
	const each = 50
	var wg sync.WaitGroup
	for proto, client := range clients {
		for i := range each {
			wg.Go(func() {
				want := fmt.Sprintf("n=%d&over=%s", i, proto)
				resp, err := client.Post(srv.URL+"/health?"+want, "text/plain", bytes.NewReader(make([]byte, 100*i)))
				if err != nil {
					t.Error(err)
					return
				}
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				if err != nil || string(body) != want || resp.Proto != proto {
					t.Errorf("got %q over %s, %v, want %q over %s", body, resp.Proto, err, want, proto)
				}
			})
		}
	}
	wg.Wait()
	if got := len(records(t, store)); got != each*len(clients) {
		t.Errorf("%d records of %d requests", got, each*len(clients))
	}
}

// script is a connection whose client sends some bytes and then ends its side.
type script struct {
	net.Conn // nil: what is not below is not called
	request  *bytes.Reader
	answer   bytes.Buffer
	once     sync.Once
	closed   chan struct{}
}

func (s *script) Read(p []byte) (int, error)       { return s.request.Read(p) }
func (s *script) Write(p []byte) (int, error)      { return s.answer.Write(p) }
func (s *script) Close() error                     { s.once.Do(func() { close(s.closed) }); return nil }
func (s *script) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (s *script) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)} }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// Accept gives the connection once.
func (s *script) Accept() (net.Conn, error) {
	if s.Conn == s {
		<-s.closed
		return nil, net.ErrClosed
	}
	s.Conn = s
	return s, nil
}

func (s *script) Addr() net.Addr { return s.LocalAddr() }

// FuzzFront is the front as a whole: any bytes of a client behind net/http, and
// any answer of a function. Nothing panics; the function gets an event that is
// JSON; what goes to the client is HTTP, with a final status and the id.
func FuzzFront(f *testing.F) {
	for _, seed := range [][2]string{
		{"GET /a/b%2Fc?x=1&x=2 HTTP/1.1\r\nHost: a.b\r\nCookie: a=1; b\r\n\r\n", `{"statusCode":200,"headers":{"a":"b"},"cookies":["c"],"body":"d"}`},
		{"POST /dev//x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n\xff\x00aGET / HTTP/1.0\r\n\r\n", `"text"`},
		{"POST /a/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n", `{"statusCode":304,"isBase64Encoded":true,"body":"/w=="}`},
		{"HEAD /iam HTTP/1.1\r\nHost: a\r\nX-Amz-Date: 20261122T023030Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=A/20261122/eu-central-1/execute-api/aws4_request, SignedHeaders=host, Signature=00\r\n\r\n", `{`},
		{"GET /iam?" + presigned + " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", `{"statusCode":100}`},
		{"0 * HTTP/1.0\n0000:\n\n", "{\"statusCode\":200,\"cookies\":[\"\x7f\"]}"},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ``},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, request, payload []byte) {
		function := invokerFunc(func(_ context.Context, event []byte) (function.Result, error) {
			var e struct{ Version string }
			if err := json.Unmarshal(event, &e); err != nil || e.Version != "2.0" {
				t.Errorf("event %q: %v", event, err)
			}
			return function.Result{RequestID: "1", Payload: payload}, nil
		})
		g, _ := newGateway(t, function, func(a *assembly.API) { a.Routes[1].Auth = "AWS_IAM" }, "GET /a/{id}", "ANY /iam", "ANY /dev/{proxy+}", "$default")
		s := &script{request: bytes.NewReader(request), closed: make(chan struct{})}
		var method string // of the first request
		srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				if p := recover(); p != nil {
					t.Errorf("panic: %v", p) // net/http would keep it to itself
				}
			}()
			if method == "" {
				method = r.Method
			}
			g.ServeHTTP(w, r)
		})}
		if err := srv.Serve(s); err != net.ErrClosed {
			t.Fatal(err)
		}
		g.Wait()
		if method == "" {
			return // net/http has answered
		}
		answer := bufio.NewReader(&s.answer)
		resp, err := http.ReadResponse(answer, &http.Request{Method: method})
		if err == nil && resp.StatusCode == http.StatusContinue {
			resp, err = http.ReadResponse(answer, &http.Request{Method: method})
		}
		if err != nil || resp.StatusCode < 200 || resp.StatusCode > 599 || resp.Header.Get("Apigw-Requestid") == "" {
			t.Fatalf("answer %+v, %v", resp, err)
		}
		if _, err := io.ReadAll(resp.Body); err != nil {
			t.Errorf("body: %v", err)
		}
	})
}
