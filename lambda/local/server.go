package local

import (
	"net/http"
	"sync"
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
