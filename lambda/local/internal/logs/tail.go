package logs

import (
	"context"
	"slices"
	"sync"
)

// GroupEvent is an event with the group that it is in.
type GroupEvent struct {
	Group string
	Event
}

// Tail hands on the events of all groups that come after it was made. A slow reader
// holds up nobody who puts: the events wait for it, in no more memory than the store
// has for them anyway.
type Tail struct {
	store *Store
	wake  chan struct{} // holds one when waiting may have grown

	mu      sync.Mutex
	waiting []GroupEvent
}

// Tail begins a tail. Close ends it.
func (s *Store) Tail() *Tail {
	t := &Tail{store: s, wake: make(chan struct{}, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tails = append(s.tails, t)
	return t
}

func (t *Tail) add(group string, e Event) {
	t.mu.Lock()
	t.waiting = append(t.waiting, GroupEvent{group, e})
	t.mu.Unlock()
	select {
	case t.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Next returns the events that came since the last call, in the order of Put and
// whatever Delay says. It waits for one until ctx is done: what has come by then is
// returned before the context's error is.
func (t *Tail) Next(ctx context.Context) ([]GroupEvent, error) {
	for {
		if events := t.take(); events != nil {
			return events, nil
		}
		select {
		case <-t.wake:
		case <-ctx.Done():
			if events := t.take(); events != nil { // since the look above
				return events, nil
			}
			return nil, ctx.Err()
		}
	}
}

func (t *Tail) take() []GroupEvent {
	t.mu.Lock()
	defer t.mu.Unlock()
	events := t.waiting
	t.waiting = nil
	return events
}

// Close ends the tail: no further event waits for it.
func (t *Tail) Close() {
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	t.store.tails = slices.DeleteFunc(t.store.tails, func(o *Tail) bool { return o == t })
}
