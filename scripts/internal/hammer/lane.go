package hammer

import "sync"

// lane is a connection in a pool.
type lane struct {
	*conn
	held   int       // requests in its gate
	alone  bool      // it has a large request, not written yet
	idling bool      // HTTP/1.1: is in idle
	fired  *exchange // the last that was sent
}

func (l *lane) hold(alone bool) *lane {
	l.held++
	l.alone = alone
	l.gate.hold()
	return l
}

// news is what connections tell. They may do so from within a call that is made
// with the pool's lock held, so it has one of its own.
type news struct {
	mu    sync.Mutex
	of    []*lane
	heard chan struct{} // closed and made anew by each
}

func (n *news) tell(l *lane) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.of = append(n.of, l)
	close(n.heard)
	n.heard = make(chan struct{})
}

// take returns what was told, and what is closed when there is more.
func (n *news) take() (of []*lane, more <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	of, n.of = n.of, nil
	return of, n.heard
}
