package limits

import (
	"errors"
	"sync"
	"syscall"
)

// Group holds one process and all that it starts to its limits. Its methods may
// be called from several goroutines.
type Group struct {
	parts []part

	mu     sync.Mutex // of what comes after the spawn
	closed bool
}

// New makes the group of a process before it is spawned.
func (h *Host) New(memoryMB int) (*Group, error) {
	g := new(Group)
	if h == nil {
		return g, nil
	}
	for _, m := range h.make {
		p, err := m(memoryMB)
		if err != nil {
			return nil, errors.Join(err, g.Close())
		}
		g.parts = append(g.parts, p)
	}
	return g, nil
}

// Enter prepares the calling thread and attr, so that the process which the
// thread spawns next is in the group from its beginning. The thread stays in
// there: it is one of thread.Go and does nothing else.
func (g *Group) Enter(attr *syscall.SysProcAttr) error {
	for _, p := range g.parts {
		if err := p.enter(attr); err != nil {
			return err
		}
	}
	return nil
}

// Start says which process was spawned, the leader of its process group. signal
// sends to that whole group, and to nobody once it has been reaped.
func (g *Group) Start(pid int, signal func(syscall.Signal)) {
	for _, p := range g.parts {
		p.start(pid, signal)
	}
}

// Throttle ends the full speed of the init: from now on the quota holds.
func (g *Group) Throttle() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil // the process ended at once
	}
	for _, p := range g.parts {
		if err := p.throttle(); err != nil {
			return err
		}
	}
	return nil
}

// Begin and End say that a request is in flight.
func (g *Group) Begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return
	}
	for _, p := range g.parts {
		p.begin()
	}
}

// End ends what Begin began, before another Begin.
func (g *Group) End() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.parts {
		p.end()
	}
}

// Free ends the quota: what is to be killed needs CPU time for its end, too.
func (g *Group) Free() {
	for _, p := range g.parts {
		p.free()
	}
}

// OutOfMemory reports whether a process of the group was killed because the
// group reached its memory limit. After Close it is what it was when last asked.
func (g *Group) OutOfMemory() bool {
	for _, p := range g.parts {
		if p.outOfMemory() {
			return true
		}
	}
	return false
}

// Close kills whatever of the group is left and removes it.
func (g *Group) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.Free()
	var errs []error
	for _, p := range g.parts {
		errs = append(errs, p.close())
	}
	return errors.Join(errs...)
}
