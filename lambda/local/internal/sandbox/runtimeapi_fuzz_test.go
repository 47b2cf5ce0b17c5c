package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// session is a runtime that asks in any order, beside a model of what it must
// be answered.
type session struct {
	t      *testing.T
	api    *runtimeAPI
	client *http.Client

	offered []*invocation
	ended   []bool   // by a reply that was taken from done
	state   string   // the model's
	id      string   // of the event that the runtime has, or has answered last
	known   bool     // the model knows the state: no bytes that it cannot read were sent
	waiting []waiter // requests for an event that are not answered
	names   []string // of registered extensions, which never ask for an event
}

type waiter struct {
	answer chan string
	cancel context.CancelFunc
}

const patience = 20 * time.Second // longer than any step takes on a busy machine

func newSession(t *testing.T) *session {
	a, err := listen(func() int { return 0 }, told)
	if err != nil {
		t.Fatal(err)
	}
	return &session{t: t, api: a, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}, state: stateStarted, known: true}
}

// close ends the session. No handler may be left.
func (s *session) close() {
	for _, w := range s.waiting {
		w.cancel()
		<-w.answer
	}
	s.wantReady()
	s.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.api.server.Shutdown(ctx); err != nil {
		s.t.Fatalf("a request hangs: %v", err)
	}
	s.collect()
}

// collect takes what has ended. An invocation ends once: done has room for one
// reply, and a second one would hang.
func (s *session) collect() {
	for i, in := range s.offered {
		select {
		case <-in.done:
			if s.ended[i] {
				s.t.Fatalf("%s has ended twice", in.ID)
			}
			s.ended[i] = true
		default:
		}
	}
}

func (s *session) pending() *invocation {
	s.collect()
	if n := len(s.offered); n > 0 && !s.ended[n-1] {
		return s.offered[n-1]
	}
	return nil
}

// ask sends a request and returns status and the id of the event, if one came.
func (s *session) ask(ctx context.Context, method, path string, header http.Header, body []byte) string {
	if !strings.HasPrefix(path, "/2020") {
		path = "/2018-06-01/runtime" + path
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+s.api.addr+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header = header
	resp, err := s.client.Do(req)
	if err != nil {
		if ctx.Err() == nil {
			s.t.Errorf("%s %s: %v", method, path, err)
		}
		return ""
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil && ctx.Err() == nil {
		s.t.Errorf("%s %s: %v", method, path, err)
	}
	if id := resp.Header.Get("Lambda-Runtime-Aws-Request-Id"); id != "" {
		if string(got) != `"`+id+`"` {
			s.t.Errorf("event %s came with %q", id, got)
		}
		return fmt.Sprint(resp.StatusCode, " ", id)
	}
	return fmt.Sprint(resp.StatusCode)
}

// want compares with the model, as long as it knows.
func (s *session) want(what, got, want string) {
	if s.known && got != want {
		s.t.Fatalf("%s in state %s: got %s, want %s", what, s.state, got, want)
	}
	if status, _, _ := strings.Cut(got, " "); !slices.Contains([]string{"200", "202", "400", "403", "404", "405", "413"}, status) {
		s.t.Fatalf("%s: got %s", what, got)
	}
}

// settle waits until the server has come to a state.
func (s *session) settle(state string) {
	for deadline := time.Now().Add(patience); s.known; time.Sleep(20 * time.Microsecond) {
		s.api.mu.Lock()
		got := s.api.state
		s.api.mu.Unlock()
		if got == state {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("state %s, want %s", got, state)
		}
	}
}

func (s *session) offer() {
	if s.pending() != nil {
		return // an environment has one at a time
	}
	id := fmt.Sprint("id-", len(s.offered))
	in := &invocation{Request: Request{ID: id, Payload: []byte(`"` + id + `"`)}, timeout: time.Second, delivered: make(chan struct{}), done: make(chan reply, 1)}
	s.offered = append(s.offered, in)
	s.ended = append(s.ended, false)
	s.api.offer(in)
	for _, w := range s.waiting {
		s.want("a waiting next", <-w.answer, "200 "+id)
		w.cancel()
		s.state, s.id = stateRunning, id
	}
	s.waiting = nil
}

func (s *session) next() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	if s.known && s.state == stateInitError {
		s.want("next", s.ask(ctx, "GET", "/invocation/next", nil, nil), "403")
		cancel()
		return
	}
	if in := s.pending(); s.known && in != nil {
		s.want("next", s.ask(ctx, "GET", "/invocation/next", nil, nil), "200 "+in.ID)
		s.state, s.id = stateRunning, in.ID
		cancel()
		return
	}
	w := waiter{make(chan string, 1), cancel}
	go func() { w.answer <- s.ask(ctx, "GET", "/invocation/next", nil, nil) }()
	if !s.known {
		cancel() // it may wait for ever
		<-w.answer
		return
	}
	s.waiting = append(s.waiting, w)
	s.state, s.id = stateReady, ""
	s.settle(stateReady)
}

// answer posts a response or an error to the event with a number.
func (s *session) answer(kind string, number int, header http.Header, body []byte) {
	id := fmt.Sprint("id-", number)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	got := s.ask(ctx, "POST", "/invocation/"+id+"/"+kind, header, body)
	expect := "202"
	switch {
	case s.id != id:
		expect = "400"
	case s.state != stateRunning:
		expect = "403"
	default:
		s.state = stateResponseSent
		if mode := header.Get("Lambda-Runtime-Function-Response-Mode"); kind == "response" && mode != "" && mode != "streaming" {
			expect = "400"
		}
		if s.pending() != nil && s.known {
			s.t.Fatalf("%s was answered and has not ended", id)
		}
	}
	s.want(kind, got, expect)
}

func (s *session) initError() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	got := s.ask(ctx, "POST", "/init/error", nil, []byte("{}"))
	expect := "403"
	if s.state == stateStarted {
		expect, s.state = "202", stateInitError
	}
	s.want("init/error", got, expect)
}

// bytes sends what may be no HTTP at all, and reads what comes until the end.
func (s *session) bytes(data []byte) {
	for _, w := range s.waiting { // they could be answered by what the bytes do
		w.cancel()
		<-w.answer
	}
	s.waiting, s.known = nil, false
	c, err := net.Dial("tcp", s.api.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	c.Write(data) // fails where the server has seen enough
	c.(*net.TCPConn).CloseWrite()
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		s.t.Fatal(err)
	}
}

// A runtime that asks in any order, and one that sends anything: no request
// hangs, each invocation ends at most once, and what the model knows is what
// the server answers.
func FuzzRuntimeAPI(f *testing.F) {
	for _, seed := range []string{
		"on0", "no0o n0", "noe0", "nnno000", "i", "ini", "on1", "on00", "onn0o n1", "om0", "obn0", "nono0e0r",
		"gon0", "gg1gn", "nga", "ggi", "agnobo0",
		"onxPOST /2018-06-01/runtime/invocation/id-0/response HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type\r\n\r\n1\r\nx\r\n0\r\nLambda-Runtime-Function-Error-Type: Function.Mid\r\n\r\n",
		"oxGET /2018-06-01/runtime/invocation/next HTTP/1.0\r\n\r\n",
		"xPOST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 400 {
			return
		}
		s := newSession(t)
		defer s.close()
		for i := 0; i < len(script); i++ {
			number := 0
			if i+1 < len(script) {
				number = int(script[i+1]) % 4
			}
			switch c := script[i]; c {
			case 'o':
				s.offer()
			case 'n':
				if len(s.waiting) < 3 {
					s.next()
				}
			case '0', '1', '2', '3':
				s.answer("response", int(c-'0'), nil, script[:i])
			case 'e':
				s.answer("error", number, http.Header{"Lambda-Runtime-Function-Error-Type": {"Function.Mine"}}, script[:i])
			case 'm':
				s.answer("response", number, http.Header{"Lambda-Runtime-Function-Response-Mode": {string([]byte{'a' + script[i]%26})}}, nil)
			case 'i':
				s.initError()
			case 'g':
				s.register(script[:i])
			case 'a', 'b':
				s.stranger(c == 'a')
			case 'x':
				s.bytes(script[i+1:])
				i = len(script)
				s.offer() // whatever the bytes did, the server serves on
				s.next()
			}
		}
	})
}
