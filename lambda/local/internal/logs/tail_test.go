package logs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestTail(t *testing.T) {
	s := New()
	s.Delay, s.EmptyPages = time.Hour, true // of FilterLogEvents, not of a tail
	s.CreateGroup("g")
	put(t, s, "a", 0, "before")
	tail := s.Tail()
	put(t, s, "a", 2*time.Millisecond, "one", "two")
	put(t, s, "b", 0, "three") // of an earlier time, written later
	if err := s.Put("none", "a", epoch, "nowhere"); !errors.Is(err, ErrNoGroup) {
		t.Fatal(err)
	}
	next := func(ctx context.Context) (list []string) {
		t.Helper()
		events, err := tail.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			list = append(list, e.Group+"/"+e.Stream+" "+e.Message)
		}
		return list
	}
	if got, want := next(t.Context()), []string{"g/a one", "g/a two", "g/b three"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}

	// Next waits for what comes.
	go s.Put("g", "a", epoch, "four")
	if got, want := next(t.Context()), []string{"g/a four"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}

	// What has come is handed on also when nobody waits any more.
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if events, err := tail.Next(done); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v, want the context's error", events, err)
	}
	put(t, s, "a", 0, "five")
	if got, want := next(done), []string{"g/a five"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}

	tail.Close()
	put(t, s, "a", 0, "six")
	if events, err := tail.Next(done); !errors.Is(err, context.Canceled) {
		t.Errorf("after Close: %v, %v", events, err)
	}
}

// TestTailOfMany: nothing is lost or out of order while many write.
func TestTailOfMany(t *testing.T) {
	s := New()
	s.CreateGroup("g")
	tail := s.Tail()
	const writers, each = 8, 500
	for w := range writers {
		go func() {
			for i := range each {
				s.Put("g", fmt.Sprint(w), epoch, fmt.Sprint(i))
			}
		}()
	}
	next := map[string]int{}
	for n := 0; n < writers*each; {
		events, err := tail.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if want := fmt.Sprint(next[e.Stream]); e.Message != want {
				t.Fatalf("stream %s: got %s, want %s", e.Stream, e.Message, want)
			}
			next[e.Stream]++
		}
		n += len(events)
	}
}
