package awsapi

import (
	"sync"
	"time"
)

// quota admits so many calls in any second. A nil quota admits all.
type quota struct {
	mu   sync.Mutex
	last []time.Time // the admitted calls', the oldest at next
	next int
}

func newQuota(perSecond int) *quota {
	if perSecond <= 0 {
		return nil
	}
	return &quota{last: make([]time.Time, perSecond)}
}

func (q *quota) admits(now time.Time) bool {
	if q == nil {
		return true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if now.Sub(q.last[q.next]) < time.Second {
		return false
	}
	q.last[q.next] = now
	q.next = (q.next + 1) % len(q.last)
	return true
}
