package collect

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// skew is how far the clocks of client and AWS may be apart: SigV4 refuses
// requests that are further off (IAM User Guide, "Troubleshoot Signature
// Version 4 signed requests").
const skew = 5 * time.Minute

// source is a log group, or the streams of it with a prefix, read again and
// again: each event is seen once, also when it comes late.
type source struct {
	api     *cloudwatchlogs.Client
	group   string
	prefix  string // of the streams' names; empty for all
	pattern string
	from    time.Time     // where a read begins
	overlap time.Duration // how much older than the newest event one may be that comes later

	seen map[string]time.Time // eventId → its time, as far back as a read begins
}

// newSource returns a source of events from then on. Later than the target's
// patience no event is of use, so that is how far back each read goes.
func newSource(t *target.Target, group, prefix, pattern string, from time.Time) *source {
	return &source{api: t.Logs, group: group, prefix: prefix, pattern: pattern,
		from: from.Add(-skew), overlap: t.Patience, seen: map[string]time.Time{}}
}

// read hands every event to take that has not been seen before.
func (s *source) read(ctx context.Context, p *pace, take func(types.FilteredLogEvent)) error {
	in := &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String(s.group),
		StartTime:    aws.Int64(s.from.UnixMilli()),
	}
	if s.prefix != "" {
		in.LogStreamNamePrefix = aws.String(s.prefix)
	}
	if s.pattern != "" {
		in.FilterPattern = aws.String(s.pattern)
	}
	newest := s.from
	for {
		if err := p.wait(ctx); err != nil {
			return err
		}
		out, err := s.api.FilterLogEvents(ctx, in, once)
		if err != nil {
			return err
		}
		for _, e := range out.Events {
			id, at := aws.ToString(e.EventId), time.UnixMilli(aws.ToInt64(e.Timestamp))
			if _, again := s.seen[id]; again && id != "" {
				continue
			}
			s.seen[id] = at
			if at.After(newest) {
				newest = at
			}
			take(e)
		}
		// A page may be empty and yet not the last (FilterLogEvents, "nextToken").
		if aws.ToString(out.NextToken) == "" {
			break
		}
		in.NextToken = out.NextToken
	}
	if start := newest.Add(-s.overlap); start.After(s.from) {
		s.from = start
		for id, at := range s.seen {
			if at.Before(start) {
				delete(s.seen, id)
			}
		}
	}
	return nil
}

// once keeps the SDK from repeating a call that failed: repetitions count
// against the same quota, and Run asks again anyway.
func once(o *cloudwatchlogs.Options) { o.Retryer = aws.NopRetryer{} }

// pace keeps the calls of an account apart.
type pace struct {
	every time.Duration
	next  time.Time
}

// wait returns when the next call may be made, or the cause once ctx is done.
func (p *pace) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(time.Until(p.next)):
	}
	p.next = time.Now().Add(p.every)
	return nil
}
