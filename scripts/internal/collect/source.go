package collect

import (
	"context"
	"errors"
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

	// Of a read that an error broke off between two pages.
	token  *string // of the page that is next; nil: a new read begins
	newest time.Time
}

// newSource returns a source of events from then on. Later than the target's
// patience no event is of use, so that is how far back each read goes.
func newSource(t *target.Target, group, prefix, pattern string, from time.Time) *source {
	return &source{api: t.Logs, group: group, prefix: prefix, pattern: pattern,
		from: from.Add(-skew), overlap: t.Patience, seen: map[string]time.Time{}}
}

// callLimit is how long one call may take before it is made again: a
// connection that somebody cut without a word must not hold up the others.
const callLimit = 30 * time.Second

// read hands every event to take that has not been seen before. After an error
// the next read goes on with the page that failed: where each tenth call fails,
// no read of forty pages would ever come to its end.
func (s *source) read(ctx context.Context, p *pace, take func(types.FilteredLogEvent)) error {
	in := &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String(s.group),
		StartTime:    aws.Int64(s.from.UnixMilli()),
		NextToken:    s.token,
	}
	if s.prefix != "" {
		in.LogStreamNamePrefix = aws.String(s.prefix)
	}
	if s.pattern != "" {
		in.FilterPattern = aws.String(s.pattern)
	}
	if s.token == nil {
		s.newest = s.from
	}
	for {
		out, err := s.call(ctx, p, in)
		if err != nil {
			// A token that is not accepted any more must not be sent for ever.
			if invalid := (*types.InvalidParameterException)(nil); errors.As(err, &invalid) {
				s.token = nil
			}
			return err
		}
		for _, e := range out.Events {
			id, at := aws.ToString(e.EventId), time.UnixMilli(aws.ToInt64(e.Timestamp))
			if _, again := s.seen[id]; again && id != "" {
				continue
			}
			s.seen[id] = at
			if at.After(s.newest) {
				s.newest = at
			}
			take(e)
		}
		// A page may be empty and yet not the last (FilterLogEvents, "nextToken").
		if aws.ToString(out.NextToken) == "" {
			break
		}
		s.token, in.NextToken = out.NextToken, out.NextToken
	}
	s.token = nil
	if start := s.newest.Add(-s.overlap); start.After(s.from) {
		s.from = start
		for id, at := range s.seen {
			if at.Before(start) {
				delete(s.seen, id)
			}
		}
	}
	return nil
}

func (s *source) call(ctx context.Context, p *pace, in *cloudwatchlogs.FilterLogEventsInput) (*cloudwatchlogs.FilterLogEventsOutput, error) {
	if err := p.wait(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	out, err := s.api.FilterLogEvents(ctx, in, once)
	p.answered(err)
	return out, err
}

// once keeps the SDK from repeating a call that failed: repetitions count
// against the same quota, and Run asks again anyway.
func once(o *cloudwatchlogs.Options) { o.Retryer = aws.NopRetryer{} }

// pace keeps the calls of an account apart: further after each call that
// failed, because others of the account may be using the same quota, and at
// the agreed pace again after the first that did not.
type pace struct {
	every time.Duration
	pause time.Duration // before the next call; 0 is every
	next  time.Time
}

// slowest is how many times longer than agreed a pause becomes.
const slowest = 8

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

// answered tells how the call ended that followed wait.
func (p *pace) answered(err error) {
	if err == nil {
		p.pause = 0
		return
	}
	p.pause = min(max(2*p.pause, 2*p.every), slowest*p.every)
	p.next = time.Now().Add(p.pause)
}
