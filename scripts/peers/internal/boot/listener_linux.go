package boot

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// listener is the Runtime API's, on a port of its own.
type listener struct {
	fd      int
	address string
	process int // descriptor of the program's process, or -1 where the kernel gives none
	conns   []*conn
}

// listen gives one whose connections stamp what arrives.
func listen() (l *listener, err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	l = &listener{fd: fd, process: -1}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return nil, err
	}
	if err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, err
	}
	if err = unix.Listen(fd, 8); err != nil {
		return nil, err
	}
	at, err := unix.Getsockname(fd)
	if err != nil {
		return nil, err
	}
	l.address = fmt.Sprintf("127.0.0.1:%d", at.(*unix.SockaddrInet4).Port)
	return l, nil
}

// close ends all, of which nothing is wanted any more.
func (l *listener) close() {
	for _, c := range l.conns {
		unix.Close(c.fd)
	}
	unix.Close(l.fd)
	if l.process >= 0 {
		unix.Close(l.process)
	}
}

// request waits for the request that is due, which may come on a connection of its
// own: Rust's client makes another one where the first is not free again in time.
func (l *listener) request(method, path string) (*conn, []byte, error) {
	for end := time.Now().Add(patience); ; {
		watched := []unix.PollFd{{Fd: int32(l.fd), Events: unix.POLLIN}, {Fd: int32(l.process), Events: unix.POLLIN}}
		for _, c := range l.conns {
			watched = append(watched, unix.PollFd{Fd: int32(c.fd), Events: unix.POLLIN})
		}
		n, _, err := retry(func() (int, int, error) {
			n, err := unix.Poll(watched, int(max(0, time.Until(end)).Milliseconds()))
			return n, 0, err
		})
		if err != nil {
			return nil, nil, err
		}
		if n == 0 {
			return nil, nil, fmt.Errorf("no %s %s within %v", method, path, patience)
		}
		if watched[0].Revents != 0 {
			if err := l.accept(); err != nil {
				return nil, nil, err
			}
			continue
		}
		i := slices.IndexFunc(watched[2:], func(p unix.PollFd) bool { return p.Revents != 0 })
		if i < 0 {
			return nil, nil, fmt.Errorf("it ended before %s %s", method, path)
		}
		c := l.conns[i]
		if _, err := c.r.Peek(1); err == nil {
			body, err := request(c.r, method, path)
			return c, body, err
		} else if err != io.EOF && err != unix.ECONNRESET {
			return nil, nil, err
		}
		unix.Close(c.fd)
		l.conns = slices.Delete(l.conns, i, i+1)
	}
}

func (l *listener) accept() error {
	fd, _, err := unix.Accept4(l.fd, unix.SOCK_CLOEXEC)
	if err != nil {
		return err
	}
	c := &conn{fd: fd}
	c.r = bufio.NewReader(c)
	l.conns = append(l.conns, c)
	return timeouts(fd)
}

// timeouts ends calls on a socket that last too long.
func timeouts(fd int) error {
	limit := unix.NsecToTimeval(patience.Nanoseconds())
	return errors.Join(unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit))
}

// conn is a connection that keeps when its first bytes arrived.
type conn struct {
	fd    int
	r     *bufio.Reader // of this connection
	first time.Time
}

func (c *conn) Read(p []byte) (int, error) {
	oob := make([]byte, stampBytes)
	n, m, err := retry(func() (int, int, error) {
		n, m, _, _, err := unix.Recvmsg(c.fd, p, oob, 0)
		return n, m, err
	})
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	case c.first.IsZero():
		if c.first, err = stamp(oob[:m]); err != nil {
			return 0, err
		}
	}
	return n, nil
}

func (c *conn) Write(p []byte) (int, error) {
	for sent := 0; sent < len(p); {
		n, _, err := retry(func() (int, int, error) {
			n, err := unix.SendmsgN(c.fd, p[sent:], nil, nil, unix.MSG_NOSIGNAL)
			return n, 0, err
		})
		if err != nil {
			return sent, err
		}
		sent += n
	}
	return len(p), nil
}

// retry repeats a call that a signal interrupted.
func retry(call func() (int, int, error)) (n, m int, err error) {
	for {
		if n, m, err = call(); err != unix.EINTR {
			return n, m, err
		}
	}
}
