package sandbox

import (
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// stampArrivals does nothing: macOS tells no time of receipt on TCP.
func stampArrivals(_, _ string, _ syscall.RawConn) error { return nil }

// stampedConn remembers when the last Read returned, before its bytes are
// parsed. While a handler runs, no later bytes come: a runtime sends nothing
// before it was answered.
type stampedConn struct {
	*net.TCPConn
	last atomic.Pointer[time.Time]
}

func newStampedConn(c *net.TCPConn) (net.Conn, error) { return &stampedConn{TCPConn: c}, nil }

func (c *stampedConn) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	if n > 0 {
		at := time.Now()
		c.last.Store(&at)
	}
	return n, err
}
