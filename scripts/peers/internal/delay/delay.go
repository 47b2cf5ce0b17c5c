// Package delay is a line between a client and a server on this machine: a TCP
// proxy that holds back the bytes of each connection, in each direction, by a
// time that the connection keeps.
//
// Bytes are read at once and written when their time has come, so that what is
// under way does not hold up what follows: each byte is late by the delay once,
// and in order. Bandwidth, loss and the exchange that opens a connection are not
// delayed: the kernel accepts before the line knows.
package delay

import (
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// A Line accepts connections for a server until Close.
type Line struct {
	to            string
	delay, jitter time.Duration
	listener      net.Listener
	work          sync.WaitGroup

	mu     sync.Mutex
	closed bool
	random *rand.Rand
	conns  map[net.Conn]bool // whose bytes are still being read or are under way
}

// Listen begins a line to the address of a server. A connection's delay is drawn
// once, evenly from delay-jitter to delay+jitter, and holds in each direction: a
// round trip takes twice as long. The same seed gives the same delays in the order
// of the connections.
func Listen(to string, delay, jitter time.Duration, seed uint64) (*Line, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Line{to: to, delay: delay, jitter: jitter, listener: listener, random: rand.New(rand.NewPCG(seed, 0)), conns: map[net.Conn]bool{}}
	l.work.Go(l.accept)
	return l, nil
}

// Addr is where clients connect.
func (l *Line) Addr() string { return l.listener.Addr().String() }

// Close ends the line with all its connections, and what is under way is lost.
func (l *Line) Close() error {
	l.mu.Lock()
	l.closed = true
	err := l.listener.Close()
	for c := range l.conns {
		c.Close() // may be closed already: both ends of a pair are
	}
	l.mu.Unlock()
	l.work.Wait()
	return err
}

func (l *Line) accept() {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return // closed
		}
		l.work.Go(func() {
			server, err := net.Dial("tcp", l.to)
			if err != nil {
				client.Close() // which tells the client
				return
			}
			if hold, ok := l.admit(client, server); ok {
				l.work.Go(func() { l.carry(client, server, hold) })
				l.carry(server, client, hold)
			}
		})
	}
}

// admit draws a connection's delay.
func (l *Line) admit(client, server net.Conn) (hold time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		client.Close()
		server.Close()
		return 0, false
	}
	l.conns[client], l.conns[server] = true, true
	hold = l.delay
	if l.jitter > 0 {
		hold += time.Duration(l.random.Int64N(int64(2*l.jitter)+1)) - l.jitter
	}
	return max(hold, 0), true
}

// piece is what one read brought, and when.
type piece struct {
	bytes []byte
	at    time.Time
}

// carry takes bytes one way until that way ends, and ends the other side's reading.
func (l *Line) carry(from, to net.Conn, hold time.Duration) {
	under := make(chan piece, 1024) // pieces under way; more wait in the kernel
	l.work.Go(func() {
		defer close(under)
		buffer := make([]byte, 64<<10)
		for {
			n, err := from.Read(buffer)
			if n > 0 {
				under <- piece{append([]byte(nil), buffer[:n]...), time.Now()}
			}
			if err != nil {
				return
			}
		}
	})
	var failed error
	for p := range under {
		if failed != nil {
			continue // read on, so that the reader ends
		}
		time.Sleep(time.Until(p.at.Add(hold)))
		_, failed = to.Write(p.bytes)
	}
	if failed == nil {
		// The end of the bytes travels like them. A pair is closed when both ways
		// have ended.
		time.Sleep(hold)
		if half, ok := to.(interface{ CloseWrite() error }); ok {
			failed = half.CloseWrite()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, from)
	if failed != nil || !l.conns[to] { // the other way has ended as well, or is to
		from.Close()
		to.Close()
	}
}
