package local

import (
	"net"
	"net/http"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// server is an http.Server that can be waited for: http.Server.Close does not
// wait for handlers, and Shutdown waits seconds for connections that never
// sent a request, which is what a burst's prewarmed connections are.
type server struct {
	http    http.Server
	handler http.Handler
	done    chan struct{} // closed when Serve has returned

	mu       sync.Mutex
	closed   bool
	handlers sync.WaitGroup
	conns    map[net.Conn]bool // those that no handler has: new, or idle again
}

// track is the server's ConnState hook.
func (s *server) track(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateNew || state == http.StateIdle {
		s.conns[c] = true
	} else {
		delete(s.conns, c)
	}
}

// unread reports whether a connection without a handler has bytes that nobody
// has read: a request that has come and has not been seen.
func (s *server) unread() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if waiting(c) {
			return true
		}
	}
	return false
}

// waiting peeks whether bytes wait on a connection.
func waiting(c net.Conn) bool {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false // closed
	}
	var n int
	var peeked error
	err = raw.Control(func(fd uintptr) {
		n, _, peeked = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
	})
	return err == nil && peeked == nil && n > 0
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		panic(http.ErrAbortHandler) // cuts the connection, as the listener's end does
	}
	s.handlers.Add(1)
	s.mu.Unlock()
	defer s.handlers.Done()
	s.handler.ServeHTTP(w, r)
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
