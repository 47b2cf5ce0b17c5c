package hammer

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// A conn is one connection, ready for requests.
type conn struct {
	*http.ClientConn
	gate *gate
	h2   bool
	id   int           // in the order of dialling, from 0
	took time.Duration // making it, whole
	tls  time.Duration // the handshake; 0 where there is no TLS
}

// perConn is how many streams of a burst a connection carries where its server would
// allow more: a server reads connections side by side, and streams of one in order. On
// 2 processors 500 requests arrived over 5.0 to 6.1 ms on one connection, 3.4 to 4.9 on
// two, 2.0 to 3.7 on four, 5.8 on eight and 4.2 on sixteen (BenchmarkBurst, medians
// of 7). 128 is also what many servers allow.
const perConn = 128

// room is how many requests c can carry at once; 0 where it is dead or about
// to be. A request whose answer has just been read counts as room: net/http
// frees its place a moment later.
func (c *conn) room() int {
	if c.dead() {
		return 0
	}
	if !c.h2 {
		return 1
	}
	return min(perConn, c.Available()+c.InFlight())
}

// dead reports whether c takes no further request.
func (c *conn) dead() bool { return c.Err() != nil || c.gate.broken() != nil }

func (c *conn) close() error { return c.ClientConn.Close() }

// A DialError says that a connection could not be made. Its text names the
// host.
type DialError struct {
	Host  string // host:port
	Class Class  // ClassDial, ClassTLS, ClassTimeout, ClassCanceled or ClassProtocol
	Err   error
}

func (e *DialError) Error() string {
	err := e.Err
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" && op.Addr != nil && op.Addr.String() == e.Host {
		err = op.Err // without the address once more
	}
	return fmt.Sprintf("dial %s: %v", e.Host, err)
}

func (e *DialError) Unwrap() error { return e.Err }

// dial makes one connection and adds it to s.
func (s *Sender) dial(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.o.DialTimeout, fmt.Errorf("not connected after %v", s.o.DialTimeout))
	defer cancel()
	fail := func(class Class, err error) (*conn, error) {
		if ctx.Err() != nil {
			class = ClassTimeout
			if errors.Is(ctx.Err(), context.Canceled) {
				class = ClassCanceled
			}
			err = context.Cause(ctx)
		}
		return nil, &DialError{s.host, class, err}
	}

	s.mu.Lock()
	addr := s.addr
	s.mu.Unlock()
	start := time.Now()
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return fail(ClassDial, err)
	}
	c := &conn{gate: &gate{Conn: raw}, h2: s.o.Protocol == HTTP2}
	var plain net.Conn = c.gate
	if s.useTLS {
		connected := time.Now()
		t := tls.Client(c.gate, s.o.TLS)
		if err := t.HandshakeContext(ctx); err != nil {
			raw.Close()
			return fail(ClassTLS, err)
		}
		c.tls = time.Since(connected)
		c.h2 = t.ConnectionState().NegotiatedProtocol == "h2"
		if s.o.Protocol == HTTP2 && !c.h2 {
			t.Close()
			return fail(ClassProtocol, errors.New("the server does not offer HTTP/2"))
		}
		plain = t
	}
	if err := c.start(ctx, plain, s.host); err != nil {
		plain.Close()
		return fail(ClassProtocol, err)
	}
	c.took = time.Since(start)

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life.Err() != nil {
		c.close()
		return fail(ClassCanceled, errClosed)
	}
	s.addr = raw.RemoteAddr().String()
	c.id = s.dialed
	s.dialed++
	s.conns = append(s.conns, c)
	return c, nil
}

// start hands the connection to net/http. TLS is done, therefore net/http is
// told that there is none: so it leaves alone what lies beneath, and HTTP/2
// frames pass through where the server's SETTINGS can be waited for.
func (c *conn) start(ctx context.Context, plain net.Conn, host string) error {
	t := &http.Transport{
		Protocols:          new(http.Protocols),
		DisableCompression: true, // what is counted is what came over the wire
	}
	t.Protocols.SetHTTP1(!c.h2)
	t.Protocols.SetUnencryptedHTTP2(c.h2)
	acked := make(chan struct{})
	t.DialContext = func(context.Context, string, string) (net.Conn, error) {
		return &clearConn{Conn: plain, gate: c.gate, acked: acked}, nil
	}
	cc, err := t.NewClientConn(ctx, "http", host)
	if err != nil {
		return err
	}
	c.ClientConn = cc
	if !c.h2 {
		return nil
	}
	dead := make(chan struct{})
	ended := sync.OnceFunc(func() { close(dead) })
	cc.SetStateHook(func(cc *http.ClientConn) {
		if cc.Err() != nil {
			ended()
		}
	})
	defer cc.SetStateHook(nil)
	select {
	case <-acked:
	case <-dead:
		return errors.Join(errors.New("connection ended before the server's SETTINGS"), c.gate.broken())
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if c.room() == 0 {
		return errors.New("the server allows no stream")
	}
	return nil
}

// clearConn is the connection above TLS, as net/http sees it.
type clearConn struct {
	net.Conn
	gate  *gate
	acked chan struct{}
	seen  bool // acked is closed; net/http writes under a lock of its own
}

var settingsAck = []byte{0, 0, 0, 4, 1, 0, 0, 0, 0}

// Write closes acked when net/http acknowledges the server's SETTINGS (RFC
// 9113, section 6.5.3): before that it believes in a limit of its own. It does
// so with a write of its own, for nothing else is to be sent.
func (c *clearConn) Write(b []byte) (int, error) {
	if !c.seen && bytes.Equal(b, settingsAck) {
		c.seen = true
		close(c.acked)
	}
	return c.Conn.Write(b)
}

// Read notes how the connection ends: TLS's own end shows only here.
func (c *clearConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.gate.note(err)
	return n, err
}
