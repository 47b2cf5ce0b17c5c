package sandbox

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestGateQueues(t *testing.T) {
	gate := NewGate(1, nil)
	if err := gate.enter(context.Background(), time.Now()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f := newFixture(t, "torture", func(s *Spec) { s.Gate = gate })
	if _, err := f.Invoke(ctx, Request{ID: "x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	const wait = 30 * time.Millisecond
	start := time.Now()
	time.AfterFunc(wait, gate.leave)
	f.invoke(t, "1")
	if got := time.Since(start); got < wait {
		t.Errorf("answered after %v, where there was no place for %v", got, wait)
	}
	if r := f.reports(t)[0]; r.InitDuration == nil {
		t.Errorf("the request after one that gave up its place is not cold: %+v", r)
	}
}

// An init waits for a pause in the arrivals, and for a time at most.
func TestGateGathers(t *testing.T) {
	waiting := true
	gate := NewGate(1, func() bool { return waiting })
	gate.last = time.Now().Add(-time.Hour)
	if got := gate.untilPause(time.Now()); got <= 0 {
		t.Errorf("does not wait while requests wait to be read")
	}
	if got := gate.untilPause(time.Now().Add(-pauseMost)); got <= 0 {
		t.Errorf("does not go on waiting while requests wait to be read")
	}
	if got := gate.untilPause(time.Now().Add(-unreadMost)); got > 0 {
		t.Errorf("has to wait for %v after the most that one waits for what is unread", got)
	}
	waiting = false
	for range 3 {
		arrived, prepared := gate.arrive()
		prepared()
		err := gate.enter(context.Background(), arrived)
		if got := time.Since(arrived); err != nil || got < pause {
			t.Errorf("entered after %v (%v), want %v at least", got, err, pause)
		}
		gate.leave()
	}
	// Arrivals without an end: the first gets in all the same.
	start := time.Now()
	gate.last = start.Add(time.Hour)
	if got := gate.untilPause(start.Add(-pauseMost)); got > 0 {
		t.Errorf("has to wait for %v after the most that one waits", got)
	}
	if got := gate.untilPause(start); got <= pause || got > pauseMost {
		t.Errorf("has to wait for %v, want up to %v", got, pauseMost)
	}
}
