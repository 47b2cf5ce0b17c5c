package ric

import (
	"context"
	"sync/atomic"
	"time"
)

// invocationContext is the context of one invocation. It is not made of package
// context's own parts, which would be another 20 kB of the zip.
type invocationContext struct {
	in       *Invocation
	deadline time.Time
	timer    *time.Timer
	ended    atomic.Bool
	done     chan struct{}
	err      error // written before done is closed, read afterwards
}

var _ context.Context = (*invocationContext)(nil)

// newContext starts the time of an invocation; end ends it.
func newContext(in *Invocation) *invocationContext {
	c := &invocationContext{in: in, deadline: time.UnixMilli(in.DeadlineMS), done: make(chan struct{})}
	left := time.Until(c.deadline)
	if left <= 0 {
		c.end(context.DeadlineExceeded)
		return c
	}
	c.timer = time.AfterFunc(left, func() { c.end(context.DeadlineExceeded) })
	return c
}

// end ends the context if nothing has ended it before.
func (c *invocationContext) end(err error) {
	if c.ended.Swap(true) {
		return
	}
	c.err = err
	close(c.done)
	if err == context.Canceled {
		c.timer.Stop()
	}
}

func (c *invocationContext) Deadline() (time.Time, bool) { return c.deadline, true }

func (c *invocationContext) Done() <-chan struct{} { return c.done }

func (c *invocationContext) Err() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}

func (c *invocationContext) Value(key any) any {
	switch key {
	case invocationKey{}:
		return c.in
	case traceKey:
		return c.in.TraceID
	}
	return nil
}
