package local

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
)

// server is an http.Server that can be waited for: http.Server.Close does not
// wait for handlers, and Shutdown waits seconds for connections that never
// sent a request, which is what a burst's prewarmed connections are.
//
// With TLS it serves both kinds of URL on its one port, as the first byte of a
// connection says.
type server struct {
	http    http.Server
	address string        // host:port
	tls     *tls.Config   // nil: no TLS
	done    chan struct{} // closed when Serve has returned

	mu       sync.Mutex
	closed   bool
	answers  *answers
	handlers sync.WaitGroup
	conns    map[*conn]bool
}

// maxStreams is how many requests at once a connection of HTTP/2 may carry
// (SETTINGS_MAX_CONCURRENT_STREAMS). AWS documents no number for HTTP APIs; this
// is the one of its Application Load Balancer ("Listeners for your Application
// Load Balancers").
const maxStreams = 128

// protocols are HTTP/1.1 and HTTP/2. net/http sees no TLS (see conn), and so knows
// HTTP/2 by what a connection begins with; without TLS a client that begins so
// gets it, too.
func protocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetUnencryptedHTTP2(true)
	return p
}

type connKey struct{}

// connContext is the server's ConnContext hook.
func connContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// answers is what a server answers with, and the requests that it has.
type answers struct {
	http.Handler
	requests sync.WaitGroup
}

// nothing answers where no API is, or none any more, as an API without routes does.
func nothing(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusNotFound)
	io.WriteString(w, `{"message":"Not Found"}`) // the client is gone where this fails
}

// answer has all requests that come from now on answered by a.
func (s *server) answer(a *answers) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = a
}

// track is the server's ConnState hook.
func (s *server) track(nc net.Conn, state http.ConnState) {
	c := nc.(*conn)
	if state == http.StateActive && !c.frames.http2.Load() {
		c.knows(1) // a request of HTTP/1.1 was read; those of HTTP/2 conn counts
	}
	c.idle.Store(state == http.StateNew || state == http.StateIdle)
	switch state {
	case http.StateNew:
		s.mu.Lock()
		s.conns[c] = true
		s.mu.Unlock()
	case http.StateIdle:
		c.handled.Store(false) // its answer has been written
		c.unseen.Store(0)      // what is left was no request: it was refused before a handler
	case http.StateClosed, http.StateHijacked:
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}
}

// unread reports whether a request has come that no function has yet.
func (s *server) unread() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if c.unread() {
			return true
		}
	}
	return false
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		panic(http.ErrAbortHandler) // cuts the connection, as the listener's end does
	}
	s.handlers.Add(1)
	a := s.answers
	a.requests.Add(1)
	s.mu.Unlock()
	defer s.handlers.Done()
	defer a.requests.Done()
	on := &arrival{conn: r.Context().Value(connKey{}).(*conn)}
	on.conn.handled.Store(true)
	defer on.end()
	r.TLS = on.conn.state.Load()
	a.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), arrivalKey{}, on)))
}

// close closes the listener and all connections, and returns when the last
// handler has.
func (s *server) close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	err := s.http.Close()
	s.handlers.Wait()
	<-s.done
	return err
}
