package local

import (
	"context"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/sandbox"
)

// LogEvent is one event of a log group. What it says is the function's: it may hold
// anything.
type LogEvent struct {
	Function      string // name; empty for an API's access log
	Group, Stream string
	Time          time.Time // to the millisecond
	Message       string
}

// Tail hands on log events as they come.
type Tail struct{ tail *logs.Tail }

// Tail begins a tail of all log groups, also of those that Reload adds. Close ends it.
func (x *Executor) Tail() *Tail { return &Tail{x.site.store.Tail()} }

// Next returns the events that came since the last call, at least one, in the order
// in which they were written. It waits until ctx is done: what has come by then is
// returned before the context's error is.
func (t *Tail) Next(ctx context.Context) ([]LogEvent, error) {
	events, err := t.tail.Next(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]LogEvent, len(events))
	for i, e := range events {
		list[i] = LogEvent{sandbox.FunctionOf(e.Group, e.Stream), e.Group, e.Stream, e.Time, e.Message}
	}
	return list, nil
}

// Close ends the tail: nothing more waits for Next.
func (t *Tail) Close() { t.tail.Close() }
