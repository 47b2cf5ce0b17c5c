package local

import (
	"encoding/binary"
	"slices"
	"testing"
)

// frame is a frame of HTTP/2 with a payload of n bytes.
func frame(kind byte, stream uint32, n int) string {
	b := make([]byte, 9+n)
	b[0], b[1], b[2], b[3] = byte(n>>16), byte(n>>8), byte(n), kind
	binary.BigEndian.PutUint32(b[5:], stream)
	return string(b)
}

// TestFrames counts the requests in what a client sends, in pieces of any size.
func TestFrames(t *testing.T) {
	const data, headers, settings, continuation = 0, 1, 4, 9
	for _, c := range []struct {
		name, sent string
		want       int32
		http2      bool
	}{
		{"nothing", "", 0, false},
		{"HTTP/1.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n" + frame(headers, 1, 3), 0, false},
		{"half a preface", preface[:20], 0, false},
		{"settings", preface + frame(settings, 0, 0), 0, true},
		{"requests", preface + frame(settings, 0, 18) + frame(headers, 1, 40) + frame(headers, 3, 0) + frame(headers, 5, 300), 3, true},
		{"a long head", preface + frame(headers, 1, 16384) + frame(continuation, 1, 9), 1, true},
		{"body and trailers", preface + frame(headers, 1, 9) + frame(data, 1, 16384) + frame(headers, 1, 9) + frame(headers, 3, 9), 2, true},
		{"half a head", preface + frame(headers, 1, 9)[:8], 0, true},
	} {
		for _, size := range []int{1, 2, 7, 24, 1000, 100_000} {
			var f frames
			var got int32
			for piece := range slices.Chunk([]byte(c.sent), size) {
				got += f.requests(piece)
			}
			if got != c.want || f.http2.Load() != c.http2 {
				t.Errorf("%s by %d: %d requests, HTTP/2 %v, want %d, %v", c.name, size, got, f.http2.Load(), c.want, c.http2)
			}
		}
	}
}
