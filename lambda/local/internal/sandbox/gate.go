package sandbox

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Requests that are sent at once must be taken in before one of them is served:
// on a machine with few cores the processes that the first ones start keep the
// front from reading the last ones, and these would then find an environment
// that is idle already. So an init begins only after a pause in the arrivals
// and when no request waits to be read. The wait is before the spawn and in no
// time that is reported.
const (
	pause     = time.Millisecond       // without a further arrival
	pauseMost = 100 * time.Millisecond // that any one waits for it
	// unreadMost is how long any one waits while requests are known that have no
	// environment: on a busy machine 500 of them take longer to read than pauseMost.
	unreadMost = time.Second
)

// Gate is what the environments of a machine share: how many may initialize at
// the same time, and the turn to spawn.
type Gate struct {
	places chan struct{}

	unread   func() bool  // requests that have reached this machine wait to be read
	unplaced atomic.Int32 // requests that were read and have no environment yet

	// unprepared are environments that are not ready to be spawned: joining a
	// control group takes milliseconds after a while in which nobody did, and
	// holds up what others spawn; of those that follow, microseconds.
	unprepared atomic.Int32

	mu   sync.Mutex
	last time.Time // arrival

	// spawn is held around the call that spawns. The runtime lets only one
	// goroutine at a time fork, and holds it until the child has called exec
	// (syscall.ForkLock): waiting for that here, before the time is taken, keeps
	// the other environment's exec out of this one's Init Duration.
	spawn sync.Mutex

	// disk is held for writing while files of an environment are made and
	// evicted, and for reading while one initializes from the disk: with both at
	// a time, such an init took twice as long on one disk.
	disk sync.RWMutex
}

// NewGate lets n environments initialize at the same time. unread tells whether
// requests that have reached this machine wait to be read; nil where nobody can.
func NewGate(n int, unread func() bool) *Gate {
	if unread == nil {
		unread = func() bool { return false }
	}
	return &Gate{places: make(chan struct{}, n), unread: unread}
}

// Arrive takes note of a request that will be given an environment, idle or
// new. No init begins before placed is called, when it has been given one.
func (g *Gate) Arrive() (placed func()) {
	g.unplaced.Add(1)
	return func() { g.unplaced.Add(-1) }
}

// arrive takes note of a request that will need an init, and of when that was. No
// init begins before prepared is called.
func (g *Gate) arrive() (at time.Time, prepared func()) {
	at = time.Now()
	g.mu.Lock()
	g.last = at
	g.mu.Unlock()
	g.unprepared.Add(1)
	return at, func() { g.unprepared.Add(-1) }
}

// enter waits for a pause in the arrivals and for a place.
func (g *Gate) enter(ctx context.Context, arrived time.Time) error {
	for {
		wait := g.untilPause(arrived)
		if wait <= 0 {
			break
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case g.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// untilPause is how long to wait yet for one that arrived at start.
func (g *Gate) untilPause(start time.Time) time.Duration {
	g.mu.Lock()
	last := g.last
	g.mu.Unlock()
	waited := time.Since(start)
	wait := min(pause-time.Since(last), pauseMost-waited)
	if wait <= 0 && waited < unreadMost && (g.unplaced.Load() > 0 || g.unprepared.Load() > 0 || g.unread()) {
		return pause / 2
	}
	return wait
}

func (g *Gate) leave() { <-g.places }
