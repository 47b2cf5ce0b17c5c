package ric

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestContext: the context of an invocation does what package context promises
// of one.
func TestContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deadline := time.Now().Add(time.Second)
		in := &Invocation{RequestID: "id", TraceID: "Root=1", DeadlineMS: deadline.UnixMilli()}
		c := newContext(in)
		child, cancel := context.WithCancel(c)
		defer cancel()
		if d, ok := c.Deadline(); !d.Equal(deadline) || !ok {
			t.Errorf("deadline %v, %v", d, ok)
		}
		if got, ok := FromContext(child); got != in || !ok {
			t.Errorf("invocation %v, %v", got, ok)
		}
		if got := child.Value("x-amzn-trace-id"); got != "Root=1" {
			t.Errorf("trace %v", got)
		}
		if got := child.Value("another"); got != nil {
			t.Errorf("a value that is not there is %v", got)
		}
		time.Sleep(time.Second - time.Nanosecond)
		if c.Err() != nil || child.Err() != nil {
			t.Errorf("before the deadline %v, %v", c.Err(), child.Err())
		}
		<-c.Done()
		<-child.Done()
		if !errors.Is(c.Err(), context.DeadlineExceeded) || !errors.Is(child.Err(), context.DeadlineExceeded) || !time.Now().Equal(deadline) {
			t.Errorf("%v after the deadline: %v, %v", time.Since(deadline), c.Err(), child.Err())
		}
		c.end(context.Canceled)
		if !errors.Is(c.Err(), context.DeadlineExceeded) {
			t.Errorf("what has ended has ended anew: %v", c.Err())
		}
	})
}

// TestContextEnds: with its invocation a context is over, and nothing of it is
// left.
func TestContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // fails where a goroutine or a timer keeps on
		c := newContext(&Invocation{DeadlineMS: time.Now().Add(time.Hour).UnixMilli()})
		child, cancel := context.WithCancel(c)
		defer cancel()
		c.end(context.Canceled)
		<-child.Done()
		if c.Err() != context.Canceled || child.Err() != context.Canceled {
			t.Errorf("%v, %v", c.Err(), child.Err())
		}
		late := newContext(&Invocation{DeadlineMS: time.Now().Add(-time.Millisecond).UnixMilli()})
		if late.Err() != context.DeadlineExceeded {
			t.Errorf("past its deadline: %v", late.Err())
		}
	})
}

func TestNewContext(t *testing.T) {
	if in, ok := FromContext(t.Context()); ok {
		t.Errorf("a context that is none of an invocation has %v", in)
	}
	want := &Invocation{RequestID: "id", TraceID: "Root=1"}
	ctx := NewContext(t.Context(), want)
	if got, ok := FromContext(ctx); got != want || !ok || ctx.Value("x-amzn-trace-id") != "Root=1" {
		t.Errorf("%v, %v, %v", got, ok, ctx.Value("x-amzn-trace-id"))
	}
}
