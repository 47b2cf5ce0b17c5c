package sandbox

import (
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// stampedListener gives connections that know when bytes last arrived.
type stampedListener struct{ net.Listener }

func (l stampedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return newStampedConn(c.(*net.TCPConn))
}

// stampedConn remembers when the bytes of the last Read arrived: before they
// are parsed, and where the system tells, before this program was scheduled to
// read them. While a handler runs, no later bytes come: a runtime sends nothing
// before it was answered.
type stampedConn struct {
	*net.TCPConn
	reader
	last atomic.Pointer[time.Time]
}

type stampKey struct{}

// arrival is when the last bytes of the request came in.
func arrival(r *http.Request) time.Time {
	return *r.Context().Value(stampKey{}).(*stampedConn).last.Load()
}
