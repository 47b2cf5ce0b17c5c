package hammer

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
)

// Frame types, flags and the parts of HTTP/2 that its servers use here (RFC 9113,
// sections 6 and 7).
const (
	frameHeaders  = 1
	frameRST      = 3
	frameSettings = 4
	framePing     = 6
	frameGoAway   = 7

	flagAck        = 1
	flagEndStream  = 1
	flagEndHeaders = 4

	settingStreams = 3 // SETTINGS_MAX_CONCURRENT_STREAMS
	codeRefused    = 7 // REFUSED_STREAM
)

// rawH2 is a server of HTTP/2 without TLS that does as it is told.
type rawH2 struct {
	t       *testing.T
	url     string
	streams uint32                          // limit that connections begin with
	on      func(c *rawConn, stream uint32) // a request has come
	conns   sync.WaitGroup
}

// rawConn is a connection to it.
type rawConn struct {
	net.Conn
	server *rawH2
	mu     sync.Mutex // of writing
	n      int        // requests that have come
}

// serve begins to accept connections, until the test's end.
func (s *rawH2) serve(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.t, s.url = t, "http://"+l.Addr().String()
	t.Cleanup(func() {
		l.Close()
		s.conns.Wait()
	})
	s.conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.conns.Go(func() { (&rawConn{Conn: c, server: s}).read() })
		}
	})
}

func (c *rawConn) read() {
	defer c.Close()
	if _, err := io.ReadFull(c, make([]byte, 24)); err != nil { // the preface
		return
	}
	c.settings(c.server.streams)
	head := make([]byte, 9)
	for {
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
		if _, err := io.ReadFull(c, payload); err != nil {
			return
		}
		switch kind, flags := head[3], head[4]; {
		case kind == frameSettings && flags&flagAck == 0:
			c.write(frameSettings, flagAck, 0, nil)
		case kind == framePing && flags&flagAck == 0:
			c.write(framePing, flagAck, 0, payload)
		case kind == frameHeaders:
			c.n++
			c.server.on(c, binary.BigEndian.Uint32(head[5:]))
		}
	}
}

func (c *rawConn) write(kind, flags byte, stream uint32, payload []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(payload)
	frame := append([]byte{byte(n >> 16), byte(n >> 8), byte(n), kind, flags}, binary.BigEndian.AppendUint32(nil, stream)...)
	c.Write(append(frame, payload...)) // the client may be gone
}

func (c *rawConn) settings(streams uint32) {
	c.write(frameSettings, 0, 0, binary.BigEndian.AppendUint32([]byte{0, settingStreams}, streams))
}

// answer is a 200 without a body: 0x88 is ":status: 200" (RFC 7541, appendix A).
func (c *rawConn) answer(stream uint32) {
	c.write(frameHeaders, flagEndHeaders|flagEndStream, stream, []byte{0x88})
}

func (c *rawConn) refuse(stream uint32) {
	c.write(frameRST, 0, stream, binary.BigEndian.AppendUint32(nil, codeRefused))
}

// goAway says that streams after the last are not served.
func (c *rawConn) goAway(last uint32) {
	c.write(frameGoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), 0))
}
