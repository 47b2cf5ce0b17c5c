package server

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// Arrivals notes when requests arrive. Once told to hold, it answers none of a
// burst before all of it is there: what is measured is how far apart requests
// leave, and no answer takes the machine's time from them.
type Arrivals struct {
	mu   sync.Mutex
	at   []time.Time
	hold int           // requests to wait for
	all  chan struct{} // closed when they are there
}

// Arm forgets what arrived, and holds the next n requests until all are there;
// n = 0 holds none. Requests that are still held are answered.
func (a *Arrivals) Arm(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all != nil && len(a.at) < a.hold {
		close(a.all)
	}
	a.at, a.hold, a.all = nil, n, make(chan struct{})
	if n == 0 {
		close(a.all)
	}
}

// At says when requests arrived since Arm, in their order.
func (a *Arrivals) At() []time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]time.Time(nil), a.at...)
}

func (a *Arrivals) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.at = append(a.at, time.Now()) // in the lock, so that they are in order
	all := a.all
	if len(a.at) == a.hold {
		close(all)
	}
	a.mu.Unlock()
	if all != nil {
		select {
		case <-all:
		case <-r.Context().Done():
			return
		}
	}
	io.WriteString(w, "arrived")
}
