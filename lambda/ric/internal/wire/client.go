// Package wire is the HTTP/1.1 client of a runtime: requests to one address,
// one at a time, over one connection that is kept. It knows what Lambda's
// Runtime API needs of HTTP and uses package syscall for the rest, because
// package net alone makes a small program half as large again, and its start a
// tenth longer.
package wire

import "strconv"

// Client sends requests to the Runtime API. It is for one goroutine.
type Client struct {
	addr address
	host string
	conn conn
	in   reader
	out  []byte
}

// New makes a client of an address, HOST:PORT. It connects with the first request.
func New(host string) (*Client, error) {
	a, err := parseAddress(host)
	return &Client{addr: a, host: host, conn: closed}, err
}

// Field is a header line. Its value is sent without what could end the line.
type Field struct{ Name, Value string }

const (
	// small is up to where a body is copied behind its header, to be written with it.
	small = 16 << 10
	// firstOut holds the header of most requests: what grows step by step touches a
	// page of the heap with each of its sizes, in every start.
	firstOut = 512
)

// Do sends a request and reads its answer; a nil body sends none. An exchange
// that breaks off is tried once more on a connection of its own: the
// server may have ended one that was idle. again says that this happened, so
// that the server may have seen the request twice.
func (c *Client) Do(method, path string, header []Field, body []byte) (a Answer, again bool, err error) {
	if a, err = c.exchange(method, path, header, body); err == nil || !broken(err) {
		return a, false, err
	}
	a, err = c.exchange(method, path, header, body)
	return a, true, err
}

// broken says that a connection ended, and not that none can be made or that
// the server talks nonsense.
func broken(err error) bool {
	switch err.(type) {
	case *dialError, errMalformed:
		return false
	}
	return true
}

// dialError is of a Runtime API that is not there.
type dialError struct {
	host string
	err  error
}

func (e *dialError) Error() string { return e.host + ": " + e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

func (c *Client) exchange(method, path string, header []Field, body []byte) (Answer, error) {
	if err := c.connect(); err != nil {
		return Answer{}, err
	}
	return c.receive(c.send(method, path, header, body))
}

// connect makes a connection where there is none.
func (c *Client) connect() error {
	if c.conn != closed {
		return nil
	}
	conn, err := dial(c.addr)
	if err != nil {
		return &dialError{c.host, err}
	}
	c.conn, c.in.from, c.in.r, c.in.w = conn, conn, 0, 0
	return nil
}

// receive reads the answer to a request whose sending ended with an error or
// without one. A server that does not want the whole body may have answered
// before it closed the connection: then the answer counts.
func (c *Client) receive(sent error) (Answer, error) {
	a, last, err := c.in.answer()
	if last || err != nil || sent != nil {
		c.Close()
	}
	if err != nil && sent != nil {
		err = sent
	}
	return a, err
}

func (c *Client) send(method, path string, header []Field, body []byte) error {
	b := c.head(method, path, header)
	if method != "GET" {
		b = append(b, "\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(len(body)), 10)
	}
	b = append(b, "\r\n\r\n"...)
	if len(body) <= small {
		b, body = append(b, body...), nil
	}
	c.out = b
	if err := c.conn.write(b); err != nil {
		return err
	}
	return c.conn.write(body)
}

// head is the header of a request without its last line end.
func (c *Client) head(method, path string, header []Field) []byte {
	if n := cap(c.out); n == 0 || n > 4*small { // none yet, or of an error with a long text
		c.out = make([]byte, 0, firstOut)
	}
	b := append(c.out[:0], method...)
	b = append(b, ' ')
	b = append(b, path...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, c.host...)
	return appendFields(b, header)
}

func appendFields(b []byte, fields []Field) []byte {
	for _, f := range fields {
		b = append(b, "\r\n"...)
		b = append(b, f.Name...)
		b = append(b, ": "...)
		b = appendValue(b, f.Value)
	}
	return b
}

// appendValue appends what a header may hold: visible ASCII, spaces, and bytes
// beyond ASCII as they are (RFC 9110, section 5.5). The rest becomes spaces.
func appendValue(b []byte, v string) []byte {
	for i := range len(v) {
		if c := v[i]; c < ' ' || c == 0x7f {
			b = append(b, ' ')
		} else {
			b = append(b, c)
		}
	}
	return b
}

// Close ends the connection; the next request makes another one.
func (c *Client) Close() {
	if c.conn != closed {
		c.conn.close()
		c.conn = closed
	}
}
