package sandbox

import (
	"context"
	"sync"
	"time"
)

// Gate is what the environments of a machine share: how many may initialize at
// the same time, and the turn to spawn.
type Gate struct {
	places chan struct{}

	// spawn is held around the call that spawns. The runtime lets only one
	// goroutine at a time fork, and holds it until the child has called exec
	// (syscall.ForkLock): waiting for that here, before the time is taken, keeps
	// the other environment's exec out of this one's Init Duration.
	spawn sync.Mutex
}

// NewGate lets n environments initialize at the same time.
func NewGate(n int) *Gate { return &Gate{places: make(chan struct{}, n)} }

// enter waits for a place and says how long that took.
func (g *Gate) enter(ctx context.Context) (time.Duration, error) {
	select {
	case g.places <- struct{}{}:
		return 0, nil
	default:
	}
	start := time.Now()
	select {
	case g.places <- struct{}{}:
		return time.Since(start), nil
	case <-ctx.Done():
		return time.Since(start), ctx.Err()
	}
}

func (g *Gate) leave() { <-g.places }
