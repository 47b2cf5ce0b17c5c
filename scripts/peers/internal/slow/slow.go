// Package slow serves files from a volume that is slow in a known way: each read
// takes its time, and all of them share a rate. It stands for the storage that an
// executable lies on before its first start on a host, of which AWS says nothing.
//
// Whoever starts a program from the volume must not be the process that serves it:
// Go's fork waits until the program has been read.
package slow

import (
	"sync"
	"time"
)

// Speed is how slow it is.
type Speed struct {
	Latency        time.Duration // of a read; reads at once wait at once
	BytesPerSecond int           // of all reads together
}

// clock says when reads are done.
type clock struct {
	Speed
	mu   sync.Mutex
	free time.Duration // when what has been asked for has been sent
	sent int           // bytes
}

// done is when n bytes that are asked for at a time are there.
func (c *clock) done(asked time.Duration, n int) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent += n
	c.free = max(asked+c.Latency, c.free) + time.Duration(n)*time.Second/time.Duration(c.BytesPerSecond)
	return c.free
}

func (c *clock) read() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent
}
