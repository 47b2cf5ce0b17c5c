package server

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// Simulated answers as Lambda's execution environments would: a request takes an
// idle environment and is warm, or finds none, makes one, and is cold. A fresh
// Simulated has no environments.
type Simulated struct {
	Cold, Warm time.Duration // how long an answer takes

	mu             sync.Mutex
	resets         int
	idle           int
	cold, requests int
}

// Reset forgets all environments, also those that still answer, and counts.
func (s *Simulated) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resets++
	s.idle, s.cold, s.requests = 0, 0, 0
}

// Counts are of the requests since Reset.
func (s *Simulated) Counts() (cold, requests int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cold, s.requests
}

func (s *Simulated) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	takes, since := s.take()
	time.Sleep(takes)
	s.mu.Lock()
	if since == s.resets {
		s.idle++
	}
	s.mu.Unlock()
	io.WriteString(w, "Healthy")
}

// take gives a request its environment, and says how long its answer takes and after how
// many resets it was.
func (s *Simulated) take() (takes time.Duration, resets int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	if s.idle > 0 {
		s.idle--
		return s.Warm, s.resets
	}
	s.cold++
	return s.Cold, s.resets
}
