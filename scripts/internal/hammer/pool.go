package hammer

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"
)

var errStopped = errors.New("the load was stopped")

var errNoConnection = errors.New("no connection was free in time")

// pool is the connections of a load: which are free, and making more before they
// are needed.
type pool struct {
	s     *Sender
	ctx   context.Context
	spare int // requests that there is to be room for beyond those in flight
	most  int // connections that may be open

	cancel context.CancelFunc // of dials

	mu       sync.Mutex
	lanes    map[*conn]*lane
	idle     []*lane // HTTP/1.1: free ones, the last used last
	dialing  int
	failures int   // of dials
	failed   error // the last of them
	dials    sync.WaitGroup

	news news
}

// newPool makes the first connections.
func (s *Sender) newPool(ctx context.Context, rate float64, requests int) (*pool, error) {
	conns := s.living()
	if len(conns) == 0 {
		if err := s.connect(ctx, 1); err != nil {
			return nil, err
		}
		conns = s.living()
	}
	if len(conns) == 0 {
		return nil, &DialError{s.host, ClassReset, errors.New("the connection ended before the load")}
	}
	free, err := freeFiles()
	if err != nil {
		return nil, err
	}
	if s.most > 0 {
		free = max(0, s.most-len(conns))
	}
	p := &pool{s: s, most: len(conns) + free, lanes: map[*conn]*lane{}}
	p.news.heard = make(chan struct{})
	p.ctx, p.cancel = context.WithCancel(ctx)
	p.spare = min(requests, spareFor(rate, conns[0].took))
	room := 0
	for _, k := range conns {
		room += k.room()
	}
	if missing := p.spare - room; missing > 0 {
		if !conns[0].h2 {
			missing = min(missing, free)
		}
		if missing > 0 {
			if err := s.connect(ctx, missing); err != nil {
				return nil, err
			}
		}
	}
	for _, k := range s.living() {
		p.add(k)
	}
	return p, nil
}

func (p *pool) add(k *conn) {
	l := &lane{conn: k}
	p.mu.Lock()
	p.lanes[k] = l
	p.mu.Unlock()
	k.SetStateHook(func(*http.ClientConn) { p.news.tell(l) })
	p.news.tell(l)
}

// take reserves room for a request on a connection and holds its gate. Where there
// is none it waits: for as long as patience, for stop, or for a dial that fails.
func (p *pool) take(ctx context.Context, alone bool, patience time.Duration, stop <-chan struct{}) (*conn, error) {
	var timeout <-chan time.Time
	failures := -1
	for {
		told, more := p.news.take()
		p.mu.Lock()
		for _, l := range told {
			p.look(l)
		}
		l := p.find(alone)
		p.grow(l == nil)
		if failures < 0 {
			failures = p.failures
		}
		var err error
		if p.failures > failures {
			err = p.failed
		}
		p.mu.Unlock()
		if l != nil {
			return l.conn, nil
		}
		if err != nil {
			return nil, err
		}
		if timeout == nil {
			timer := time.NewTimer(patience)
			defer timer.Stop()
			timeout = timer.C
		}
		select {
		case <-more:
		case <-stop:
			return nil, errStopped
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-timeout:
			return nil, &DialError{p.s.host, ClassTimeout, errNoConnection}
		}
	}
}

// look keeps the free connections of HTTP/1.1, and none that has ended: it would count
// among those that may be open. The caller holds mu.
func (p *pool) look(l *lane) {
	if l == nil || l.h2 || l.held > 0 || p.lanes[l.conn] != l {
		return
	}
	switch {
	case l.dead():
		p.idle = slices.DeleteFunc(p.idle, func(o *lane) bool { return o == l })
		p.remove(l)
	case !l.idling && l.Available() > 0:
		l.idling = true
		p.idle = append(p.idle, l)
	}
}

// remove leaves a connection that has ended to itself. The caller holds mu.
func (p *pool) remove(l *lane) {
	delete(p.lanes, l.conn)
	p.s.forget(l.conn)
}

// find reserves room on a connection that has some. The caller holds mu.
func (p *pool) find(alone bool) *lane {
	for len(p.idle) > 0 {
		l := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		l.idling = false
		if p.usable(l, alone) && l.Reserve() == nil {
			return l.hold(alone)
		}
	}
	for {
		var best *lane
		for _, l := range p.lanes {
			if l.h2 && p.usable(l, alone) && (best == nil || l.Available() > best.Available()) {
				best = l
			}
		}
		if best == nil || best.Reserve() == nil {
			if best != nil {
				best.hold(alone)
			}
			return best
		}
	}
}

// usable reports whether a connection can take a request now; one that is dead is
// removed.
func (p *pool) usable(l *lane, alone bool) bool {
	if l.dead() {
		if !l.h2 || l.InFlight() == 0 { // a server that goes away answers what it has
			p.remove(l)
		}
		return false
	}
	return !l.alone && (!alone || l.held == 0) && l.Available() > 0 && !l.gate.busy()
}

// fire sends what the gate of e's connection holds before mark, and no more. It returns
// when the byte before header was sent, nil where it was not.
func (p *pool) fire(e *exchange, header, mark int) *time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock() // until it is sent: nobody may hold the gate meanwhile
	k := e.conn
	l := p.lanes[k]
	if l != nil {
		l.held--
		l.fired = e
	}
	if l == nil || l.held == 0 {
		k.gate.open(p.s.since)
	} else {
		k.gate.release(mark, p.s.since)
	}
	if at, ok := k.gate.sent(header); ok && header > 0 {
		return &at
	}
	return nil
}

// written takes note that the large request on a connection is written.
func (p *pool) written(k *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.lanes[k]; l != nil {
		l.alone = false
		p.news.tell(l)
	}
}

// ended takes note that e has come to its end.
func (p *pool) ended(e *exchange) {
	p.mu.Lock()
	l := p.lanes[e.conn]
	// Another request may have the connection by now: what still leaves is its.
	early := l != nil && !l.h2 && l.fired == e && l.gate.busy()
	p.mu.Unlock()
	if early { // answered before it was sent
		p.drop(e.conn)
		return
	}
	p.news.tell(l)
}

// drop closes a connection that is of no more use.
func (p *pool) drop(k *conn) {
	p.mu.Lock()
	delete(p.lanes, k)
	p.mu.Unlock()
	p.s.forget(k)
	_ = k.close() // nothing is waited for
}

// close ends dialling and leaves the connections to the Sender, those excepted
// whose gates hold what must not be sent any more.
func (p *pool) close() {
	p.cancel()
	p.dials.Wait()
	p.mu.Lock()
	lanes := p.lanes
	p.lanes = nil
	p.mu.Unlock()
	for k, l := range lanes {
		k.SetStateHook(nil)
		if l.held > 0 {
			_ = k.close()
		}
	}
}
