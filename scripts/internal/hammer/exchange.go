package hammer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// A call is one request of a burst, with the exchange that carries it. A call
// that got no connection has none.
type call struct {
	req  *http.Request
	body []byte
	x    *exchange

	class Class // why there is no exchange
	err   error
}

func newCall(req *http.Request) *call {
	c := &call{req: req}
	if req.Body == nil || req.Body == http.NoBody {
		return c
	}
	var err error
	if c.body, err = io.ReadAll(req.Body); err != nil {
		c.refuse(ClassRequest, fmt.Errorf("read request body: %w", err))
	}
	if err := req.Body.Close(); err != nil && c.err == nil {
		c.refuse(ClassRequest, fmt.Errorf("close request body: %w", err))
	}
	return c
}

func (c *call) refuse(class Class, err error) { c.class, c.err, c.x = class, err, nil }

// ended reports whether c will not change any more.
func (c *call) ended() bool {
	if c.x == nil {
		return c.class != ""
	}
	select {
	case <-c.x.done:
		return true
	default:
		return false
	}
}

// lost reports whether c's connection died under it.
func (c *call) lost() bool {
	if c.x == nil {
		return false
	}
	if c.x.conn.gate.broken() != nil {
		<-c.x.done // net/http sees the same
	}
	return c.ended() && c.x.class == ClassReset
}

// An exchange is a request on a connection, and its answer.
type exchange struct {
	conn    *conn
	headers chan struct{} // the header is in the gate
	written chan struct{} // so is the body
	done    chan struct{} // closed at the end; what follows is then final

	mark  atomic.Int64 // bytes in the gate when the header was there
	end   atomic.Int64 // bytes in the gate when the body was there; 0: not yet
	first atomic.Int64 // offset in ns; -1: not yet

	last   time.Duration // valid where class is ""
	proto  string
	status int
	header http.Header
	bytes  int64
	class  Class
	err    error
}

// start sends c on k, whose gate is held.
func (c *call) start(ctx context.Context, k *conn, since func() time.Duration) {
	x := &exchange{conn: k, headers: make(chan struct{}), written: make(chan struct{}), done: make(chan struct{})}
	x.first.Store(-1)
	headers := sync.OnceFunc(func() {
		// HTTP/1.1 is still to be flushed, and leaves with its first byte.
		x.mark.Store(int64(max(1, k.gate.mark())))
		close(x.headers)
	})
	written := sync.OnceFunc(func() {
		x.end.Store(int64(k.gate.mark()))
		close(x.written)
	})
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders:         headers,
		WroteRequest:         func(httptrace.WroteRequestInfo) { written() },
		GotFirstResponseByte: func() { x.first.CompareAndSwap(-1, int64(since())) },
	})
	req := c.req.WithContext(ctx)
	req.GetBody = nil
	if c.req.Body != nil {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(c.body)), int64(len(c.body))
		if len(c.body) == 0 {
			req.Body = http.NoBody
		}
	}
	c.x = x
	go func() {
		defer close(x.done)
		if err := x.run(req, since); err != nil {
			x.err, x.class = err, classify(ctx, k, err)
			switch {
			case x.class == ClassTimeout, x.class == ClassCanceled:
				x.err = context.Cause(ctx) // HTTP/2 says that it was canceled, not why
			case x.class == ClassProtocol && x.mark.Load() == 0:
				x.class = ClassRequest // net/http would not write it
			}
		}
	}()
}

func (x *exchange) run(req *http.Request, since func() time.Duration) (err error) {
	resp, err := x.conn.RoundTrip(req)
	if err != nil {
		return err
	}
	defer func() {
		if e := resp.Body.Close(); err == nil {
			err = e
		}
	}()
	x.proto, x.status, x.header = resp.Proto, resp.StatusCode, resp.Header
	x.bytes, err = io.Copy(io.Discard, io.LimitReader(resp.Body, MaxBody+1))
	if err != nil {
		return err
	}
	if x.bytes > MaxBody {
		return errors.Join(errTooLarge, x.conn.close())
	}
	x.last = since()
	return nil
}

// extent is where in the gate ends what there is of x: others' requests may follow.
func (x *exchange) extent() int { return int(max(x.mark.Load(), x.end.Load())) }

// result is c's, when it has ended.
func (c *call) result(scheduled time.Duration) Result {
	r := Result{Scheduled: scheduled, Conn: -1, Class: c.class, Err: c.err}
	if c.x == nil {
		return r
	}
	x := c.x
	r.Conn, r.Dial = x.conn.id, x.conn.took
	if x.conn.tls > 0 {
		r.TLS = &x.conn.tls
	}
	r.Protocol, r.Status, r.Header, r.Bytes = x.proto, x.status, x.header, x.bytes
	r.Class, r.Err = x.class, x.err
	if mark := x.mark.Load(); mark > 0 {
		if at, ok := x.conn.gate.sent(int(mark)); ok {
			r.Sent = &at
		}
	}
	if ns := x.first.Load(); ns >= 0 {
		r.FirstByte = new(time.Duration(ns))
	}
	if x.class == "" {
		r.Done = &x.last
	}
	return r
}
