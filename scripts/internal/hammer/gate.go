package hammer

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// flight is how much of a held connection is written at the release before the
// next connection's turn. An idle socket takes so much without waiting for the
// peer, and small requests are far below it.
const flight = 16 << 10

// A gate is the connection beneath TLS. Held, it keeps what is written; opened,
// it writes that in order and then passes everything on.
type gate struct {
	net.Conn

	mu      sync.Mutex
	held    bool
	flying  bool          // opened, and not all of buf has left
	buf     []byte        // what was held
	base    int           // bytes of this hold that left before buf, by release
	first   chan struct{} // closed by the first write that was held
	flights []flightTime
	landed  chan struct{} // closed when open's goroutine ended; nil: there was none

	fault atomic.Pointer[error] // first thing that the peer or the network did to the connection
}

// flightTime is the moment just before a write(2), and how much of the held
// bytes had left after it.
type flightTime struct {
	end int
	at  time.Duration
}

// hold starts to keep what is written. A gate that is held stays as it is.
func (g *gate) hold() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.held {
		g.held, g.buf, g.base, g.first, g.flights, g.landed = true, nil, 0, make(chan struct{}), nil, nil
	}
}

// mark is how many bytes were held since the hold began, those included that left.
func (g *gate) mark() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.base + len(g.buf)
}

// busy reports whether bytes that were held are still leaving: hold must wait.
func (g *gate) busy() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.flying
}

// kept is how many flights a hold that lasts remembers.
const kept = 256

// release writes what was held before mark and goes on holding. It must be less
// than a flight, which an idle socket takes at once. What left before is not
// written again.
func (g *gate) release(mark int, now func() time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := mark - g.base
	if !g.held || n <= 0 {
		return
	}
	at := now()
	n, err := g.Conn.Write(g.buf[:n])
	g.buf = append(g.buf[:0], g.buf[n:]...)
	g.base += n
	if len(g.flights) == kept {
		g.flights = append(g.flights[:0], g.flights[kept/2:]...)
	}
	g.land(g.base, at, err)
}

// open writes what was held. Its first flight has been given to the kernel
// when open returns; where there is more, a goroutine goes on with it.
func (g *gate) open(now func() time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = false
	if len(g.buf) == 0 {
		return
	}
	b := g.buf[:min(flight, len(g.buf))]
	at := now()
	n, err := g.Conn.Write(b)
	if !g.land(g.base+n, at, err) || n == len(g.buf) {
		return
	}
	g.flying, g.landed = true, make(chan struct{})
	go g.fly(n, now)
}

// fly writes buf from an offset on, with whatever is appended meanwhile: a
// write to the gate never waits for the peer, so that net/http can always close.
func (g *gate) fly(from int, now func() time.Duration) {
	defer close(g.landed)
	for {
		g.mu.Lock()
		b := g.buf[from:min(from+flight, len(g.buf))]
		g.flying = len(b) > 0
		g.mu.Unlock()
		if len(b) == 0 {
			return
		}
		at := now()
		n, err := g.Conn.Write(b)
		from += n
		g.mu.Lock()
		ok := g.land(g.base+from, at, err)
		g.flying = ok
		g.mu.Unlock()
		if !ok {
			return
		}
	}
}

// land records one write. The caller holds mu.
func (g *gate) land(end int, at time.Duration, err error) bool {
	if end > 0 && (len(g.flights) == 0 || end > g.flights[len(g.flights)-1].end) {
		g.flights = append(g.flights, flightTime{end, at})
	}
	g.note(err)
	return err == nil
}

// sent returns when the held byte before mark was given to the kernel.
func (g *gate) sent(mark int) (time.Duration, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, f := range g.flights {
		if mark <= f.end {
			return f.at, true
		}
	}
	return 0, false
}

// settle ends what open began: a connection whose requests are over, and that
// still has bytes to send, is of no more use.
func (g *gate) settle() error {
	if g.landed == nil {
		return nil
	}
	select {
	case <-g.landed:
		return nil
	default:
	}
	err := g.Conn.Close()
	<-g.landed
	return err
}

func (g *gate) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held && g.base+len(g.buf) == 0 && len(b) > 0 {
		close(g.first)
	}
	if g.held || g.flying {
		g.buf = append(g.buf, b...)
		return len(b), nil
	}
	n, err := g.Conn.Write(b)
	g.note(err)
	return n, err
}

// note keeps the first error that this side did not cause by closing.
func (g *gate) note(err error) {
	if err != nil && !errors.Is(err, net.ErrClosed) {
		g.fault.CompareAndSwap(nil, &err)
	}
}

// broken returns what the peer or the network did to the connection.
func (g *gate) broken() error {
	if err := g.fault.Load(); err != nil {
		return *err
	}
	return nil
}
