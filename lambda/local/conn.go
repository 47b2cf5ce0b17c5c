package local

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// listener makes the connections of a server.
type listener struct {
	*net.TCPListener
	server *server
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	w := &wire{TCPConn: c}
	return &conn{Conn: w, wire: w, server: l.server}, nil
}

// conn is a client's connection as net/http sees it: HTTP without TLS, because
// net/http hides what it has taken from a connection of its own. Whether there
// is TLS beneath, the first byte says. It knows whether a request that has come
// in has not been handed to a handler; see server.unread.
type conn struct {
	net.Conn // the wire, without what could send around TLS: net/http would use its ReadFrom
	wire     *wire
	server   *server

	begun   bool                     // a byte has come; only Read looks at it
	secure  atomic.Pointer[tls.Conn] // nil without TLS
	state   atomic.Pointer[tls.ConnectionState]
	idle    atomic.Bool  // of HTTP/1.1: no request is being served
	handled atomic.Bool  // of HTTP/1.1: a request has a handler, or has had one and its answer is not written yet
	known   atomic.Int64 // when unseen was last counted up, in ns of Unix time
	unseen  atomic.Int32 // requests that were read, and that no function has yet
	frames  frames       // only Read uses it
}

// handshake is the first byte of a TLS connection (RFC 8446, section 5.1), which
// no request begins with.
const handshake = 22

func (c *conn) Read(p []byte) (int, error) {
	if !c.begun && len(p) > 0 {
		n, err := c.wire.Read(p)
		if n == 0 {
			return n, err
		}
		c.begun = true
		if p[0] != handshake || c.server.tls == nil {
			c.count(p[:n])
			return n, err
		}
		t := tls.Server(&unreadWire{c.wire, bytes.Clone(p[:n])}, c.server.tls)
		c.secure.Store(t)
		if err := t.Handshake(); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
				c.server.http.ErrorLog.Printf("TLS with %s: %v", c.RemoteAddr(), err)
			}
			return 0, err
		}
		c.state.Store(new(t.ConnectionState()))
	}
	t := c.secure.Load()
	if t == nil {
		n, err := c.wire.Read(p)
		c.count(p[:n])
		return n, err
	}
	n, err := t.Read(p)
	c.count(p[:n])
	return n, err
}

// count looks for requests of HTTP/2 in what was read.
func (c *conn) count(p []byte) {
	if n := c.frames.requests(p); n > 0 {
		c.knows(n)
	}
}

// knows notes requests that have come.
func (c *conn) knows(n int32) {
	c.known.Store(time.Now().UnixNano())
	c.unseen.Add(n)
}

// onItsWay is how long a request may be on its way to its function: one that is
// malformed never gets there, and one whose body is slow takes as long as it likes.
const onItsWay = time.Second

func (c *conn) Write(p []byte) (int, error) {
	if refused := c.refusal(p); refused != nil {
		if _, err := c.write(refused); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	return c.write(p)
}

func (c *conn) write(p []byte) (int, error) {
	if t := c.secure.Load(); t != nil {
		return t.Write(p)
	}
	return c.wire.Write(p)
}

// CloseWrite is asked for by net/http before it closes a connection whose client may
// still be sending: what was answered is not lost so.
func (c *conn) CloseWrite() error {
	if t := c.secure.Load(); t != nil {
		return t.CloseWrite()
	}
	return c.wire.CloseWrite()
}

func (c *conn) Close() error {
	if t := c.secure.Load(); t != nil {
		return t.Close()
	}
	return c.wire.Close()
}

// unread reports whether a request has come that no function has yet: bytes wait
// on the connection or have been taken off it and not been read to their end, or a
// request was read and its function has not been called. Of HTTP/1.1 no bytes count
// while a request is under way. The order matters: track counts the request before
// the bytes that it was in stop to count.
func (c *conn) unread() bool {
	return (c.idle.Load() || c.frames.http2.Load()) && (c.wire.taken.Load() || c.wire.waiting()) || c.unseen.Load() > 0 && time.Since(time.Unix(0, c.known.Load())) < onItsWay
}

// saw notes that a request has its function, or needs none.
func (c *conn) saw() {
	for {
		// It may be none: a client that takes its last request back makes the
		// connection idle before its handler begins.
		n := c.unseen.Load()
		if n <= 0 || c.unseen.CompareAndSwap(n, n-1) {
			return
		}
	}
}

// wire is a connection that knows whether whoever reads it has come back for
// more, and so has used all that was read before.
type wire struct {
	*net.TCPConn
	taken atomic.Bool
}

func (w *wire) Read(p []byte) (int, error) {
	w.taken.Store(false)
	n, err := w.TCPConn.Read(p)
	w.taken.Store(n > 0)
	return n, err
}

// waiting peeks whether bytes wait on the connection.
func (w *wire) waiting() bool {
	raw, err := w.SyscallConn()
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

var _ syscall.Conn = (*wire)(nil)

// unreadWire is a wire some of whose bytes were read already.
type unreadWire struct {
	*wire
	read []byte
}

func (u *unreadWire) Read(p []byte) (int, error) {
	if len(u.read) > 0 {
		n := copy(p, u.read)
		u.read = u.read[n:]
		return n, nil
	}
	return u.wire.Read(p)
}
