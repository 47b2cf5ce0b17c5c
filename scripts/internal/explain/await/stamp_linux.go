package await

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// listen listens so that the kernel's time of receipt comes with the bytes (socket(7)):
// what it takes until this program is scheduled to read them is not the function's.
func listen(ctx context.Context) (net.Listener, error) {
	var config net.ListenConfig
	config.Control = func(_, _ string, c syscall.RawConn) error {
		var err error
		controlErr := c.Control(func(fd uintptr) {
			err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
		})
		return errors.Join(controlErr, err)
	}
	l, err := config.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return stampedListener{l}, nil
}

// arrival is when the last bytes of a request arrived.
func arrival(ctx context.Context) time.Time { return ctx.Value(connKey{}).(*stampedConn).arrival() }

type stampedListener struct{ net.Listener }

func (l stampedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		c.Close()
		return nil, err
	}
	return &stampedConn{Conn: c, raw: raw}, nil
}

// stampedConn remembers when the bytes of its last Read arrived.
type stampedConn struct {
	net.Conn
	raw syscall.RawConn

	mu   sync.Mutex
	last time.Time
}

func (c *stampedConn) arrival() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

func (c *stampedConn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	var control [64]byte
	var n, controls int
	var err error
	if waitErr := c.raw.Read(func(fd uintptr) bool {
		for {
			if n, controls, _, _, err = unix.Recvmsg(int(fd), p, control[:], 0); err != unix.EINTR {
				return err != unix.EAGAIN
			}
		}
	}); waitErr != nil {
		return 0, waitErr
	}
	switch {
	case err != nil:
		return 0, &net.OpError{Op: "read", Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
	case n == 0:
		return 0, io.EOF
	}
	at := arrived(control[:controls], time.Now())
	c.mu.Lock()
	c.last = at
	c.mu.Unlock()
	return n, nil
}

// arrived is when the kernel received what came with these control messages, on the
// clock of now; now where it does not say. The kernel's is the wall clock, whose steps
// are not taken for an age.
func arrived(control []byte, now time.Time) time.Time {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return now
	}
	for _, m := range messages {
		if m.Header.Level != unix.SOL_SOCKET || m.Header.Type != unix.SCM_TIMESTAMPNS || len(m.Data) < 16 {
			continue
		}
		at := time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:])))
		if age := now.Round(0).Sub(at); age > 0 && age < time.Second {
			return now.Add(-age)
		}
	}
	return now
}
