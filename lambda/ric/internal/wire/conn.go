package wire

import (
	"io"
	"syscall"
)

// conn is a TCP connection on a blocking socket of its own. A read that waits
// holds a thread and no more: the runtime gives the processor to other
// goroutines meanwhile.
type conn int

// closed is the connection that there is none of.
const closed conn = -1

func dial(a address) (conn, error) {
	fd, err := socket()
	if err != nil {
		return closed, op("socket", err)
	}
	c := conn(fd)
	if err := connect(fd, &syscall.SockaddrInet4{Addr: a.ip, Port: a.port}); err != nil {
		c.close()
		return closed, op("connect", err)
	}
	// Header and body of a large request are written one after the other: the
	// second does not wait for the acknowledgement of the first.
	if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
		c.close()
		return closed, op("set TCP_NODELAY", err)
	}
	return c, nil
}

// connect waits until the connection is there. A signal that ends the call does
// not end the attempt: it goes on, and a second call tells how it went
// (connect in POSIX.1-2017, EINTR, EALREADY and EISCONN).
func connect(fd int, to syscall.Sockaddr) error {
	for {
		switch err := syscall.Connect(fd, to); err {
		case syscall.EINTR, syscall.EALREADY:
		case syscall.EISCONN:
			return nil
		default:
			return err
		}
	}
}

// Read returns io.EOF where the other side has ended the connection.
func (c conn) Read(p []byte) (int, error) {
	for {
		n, err := syscall.Read(int(c), p)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 0, op("read", err)
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// write writes all of p.
func (c conn) write(p []byte) error {
	for len(p) > 0 {
		n, err := syscall.Write(int(c), p)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return op("write", err)
		}
		p = p[n:]
	}
	return nil
}

// close ends the connection. What close(2) says of it changes nothing: the
// descriptor is gone in any case, and nothing was left to be sent.
func (c conn) close() { syscall.Close(int(c)) }

// opError is an error of a system call with the call's name.
type opError struct {
	op  string
	err error
}

func op(name string, err error) error { return &opError{name, err} }

func (e *opError) Error() string { return e.op + ": " + e.err.Error() }
func (e *opError) Unwrap() error { return e.err }

// addressError is of a text that is no address.
type addressError struct{ text string }

func (e *addressError) Error() string {
	return `AWS_LAMBDA_RUNTIME_API is "` + e.text + `", not an IPv4 address (or localhost) and a port`
}

// address is where the Runtime API listens.
type address struct {
	ip   [4]byte
	port int
}

// parseAddress takes what Lambda puts into AWS_LAMBDA_RUNTIME_API: an IPv4
// address and a port. Of names only localhost is known: there is no resolver
// here.
func parseAddress(s string) (address, error) {
	bad := &addressError{s}
	var a address
	colon := len(s) - 1
	for colon >= 0 && s[colon] != ':' {
		colon--
	}
	if colon < 0 {
		return a, bad
	}
	port, ok := parseUint([]byte(s[colon+1:]), 10)
	if !ok || port == 0 || port >= 1<<16 {
		return a, bad
	}
	a.port = port
	host := s[:colon]
	if host == "localhost" {
		host = "127.0.0.1"
	}
	for i := range a.ip {
		end := 0
		for end < len(host) && host[end] != '.' {
			end++
		}
		n, ok := parseUint([]byte(host[:end]), 10)
		if last := i == len(a.ip)-1; !ok || n >= 1<<8 || last != (end == len(host)) {
			return a, bad
		}
		a.ip[i] = byte(n)
		host = host[min(end+1, len(host)):]
	}
	return a, nil
}
