package local

import (
	"encoding/binary"
	"sync/atomic"
)

// frames finds the requests of an HTTP/2 connection in the bytes that a client
// sends: HEADERS frames that open a stream (RFC 9113, sections 4.1 and 6.2).
type frames struct {
	http2 atomic.Bool // else the connection is none of HTTP/2, and nothing is looked at

	at     int     // bytes of the connection's preface seen, or -1 behind what is none
	header [9]byte // of the frame that comes
	have   int     // bytes of header
	skip   int     // bytes of the frame's payload to come
	last   uint32  // stream
}

// preface is what an HTTP/2 connection begins with (RFC 9113, section 3.4).
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// requests is how many requests begin in p, which follows what it was given before.
func (f *frames) requests(p []byte) (n int32) {
	if f.at < 0 {
		return 0
	}
	for ; f.at < len(preface); f.at++ {
		if len(p) == 0 {
			return 0
		}
		if p[0] != preface[f.at] {
			f.at = -1
			return 0
		}
		p = p[1:]
	}
	f.http2.Store(true)
	const typeHeaders = 1
	for len(p) > 0 {
		if f.skip > 0 {
			k := min(f.skip, len(p))
			p, f.skip = p[k:], f.skip-k
			continue
		}
		k := copy(f.header[f.have:], p)
		p, f.have = p[k:], f.have+k
		if f.have < len(f.header) {
			return n
		}
		f.have = 0
		f.skip = int(f.header[0])<<16 | int(f.header[1])<<8 | int(f.header[2])
		stream := binary.BigEndian.Uint32(f.header[5:]) &^ (1 << 31)
		if f.header[3] == typeHeaders && stream > f.last { // else trailers
			f.last = stream
			n++
		}
	}
	return n
}
