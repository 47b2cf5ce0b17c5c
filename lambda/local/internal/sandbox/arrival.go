package sandbox

import (
	"net"
	"net/http"
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

type stampKey struct{}

// arrival is when the last bytes of the request came in.
func arrival(r *http.Request) time.Time {
	return *r.Context().Value(stampKey{}).(*stampedConn).last.Load()
}
