package gateway

import (
	"sync"
	"time"
)

// bucket is the token bucket by which a stage throttles ("Throttle requests to
// your HTTP APIs"): full at first, a request takes one token, rate tokens come
// back every second.
type bucket struct {
	rate, burst float64

	mu     sync.Mutex
	tokens float64
	last   time.Time
}

// newBucket returns nil where a template sets no limit.
func newBucket(rate float64, burst int, now time.Time) *bucket {
	if rate <= 0 || burst <= 0 {
		return nil
	}
	return &bucket{rate: rate, burst: float64(burst), tokens: float64(burst), last: now}
}

func (b *bucket) take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if gone := now.Sub(b.last); gone > 0 {
		b.tokens = min(b.burst, b.tokens+gone.Seconds()*b.rate)
		b.last = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
