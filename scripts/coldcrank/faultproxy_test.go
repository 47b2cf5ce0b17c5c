package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// faultProxy stands between the command and an AWS API on this machine. It
// counts the calls, and its hooks may put a fault before or after each. Set the
// hooks before the first call; calls may come at once.
type faultProxy struct {
	URL string

	// before is called when a call has come and the service has not seen it. It
	// may answer itself, with any fault; then it returns true.
	before func(c faultCall, w http.ResponseWriter) (answered bool)
	// served is called when the service has answered and the command does not
	// know it. The answer may be changed.
	served func(c faultCall, answer *faultAnswer)
	// passed is called when the answer is on its way to the command.
	passed func(c faultCall)

	t        *testing.T
	endpoint string
	mu       sync.Mutex
	calls    []string
}

// faultCall is one call, also a repetition by the SDK.
type faultCall struct {
	N         int    // from 1
	Operation string // "PUT /2015-03-31/functions/orders/configuration", or the name that X-Amz-Target has
}

type faultAnswer struct {
	Status int
	Header http.Header
	Body   []byte
}

// startFaultProxy passes on what it gets to the endpoint, which must be on this
// machine, until the test ends.
func startFaultProxy(t *testing.T, endpoint string) *faultProxy {
	t.Helper()
	mustBeLoopback(t, endpoint)
	p := &faultProxy{t: t, endpoint: strings.TrimSuffix(endpoint, "/")}
	s := httptest.NewServer(p)
	t.Cleanup(func() {
		s.CloseClientConnections() // a killed command has not closed its own
		s.Close()
	})
	p.URL = s.URL
	return p
}

// Calls are the operations that were called so far, in order.
func (p *faultProxy) Calls() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.calls...)
}

func (p *faultProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the command went away
	}
	c := faultCall{Operation: r.Method + " " + r.URL.Path}
	if _, name, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		c.Operation = name
	}
	p.mu.Lock()
	p.calls = append(p.calls, c.Operation)
	c.N = len(p.calls)
	p.mu.Unlock()

	if p.before != nil && p.before(c, w) {
		return
	}
	answer, err := p.pass(r, body)
	if err != nil {
		p.t.Errorf("call %d, %s: %v", c.N, c.Operation, err)
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	if p.served != nil {
		p.served(c, answer)
	}
	for k, v := range answer.Header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(answer.Body))) // as AWS answers, never in chunks
	w.WriteHeader(answer.Status)
	w.Write(answer.Body) // fails where the command was killed, as it may be
	if err := http.NewResponseController(w).Flush(); err == nil && p.passed != nil {
		p.passed(c)
	}
}

// pass asks the service. It does so also when the command has gone meanwhile:
// AWS does not take back what it has begun.
func (p *faultProxy) pass(r *http.Request, body []byte) (*faultAnswer, error) {
	out, err := http.NewRequest(r.Method, p.endpoint+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	out.Header = r.Header.Clone()
	out.Header.Del("Accept-Encoding") // the transport's business
	resp, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	h := resp.Header.Clone()
	h.Del("Content-Length") // a hook may change the body
	return &faultAnswer{resp.StatusCode, h, data}, nil
}
