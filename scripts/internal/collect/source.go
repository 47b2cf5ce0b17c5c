package collect

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"golang.org/x/time/rate"
)

const (
	// skew is how far the clocks of client and AWS may be apart: SigV4 refuses
	// requests that are further off (Signature Version 4, "Troubleshooting").
	skew = 5 * time.Minute
	// overlap is how much older than the newest event seen one may be that
	// comes later.
	overlap = 2 * time.Minute
)

// logsAPI is what a source needs of CloudWatch Logs.
type logsAPI interface {
	FilterLogEvents(context.Context, *cloudwatchlogs.FilterLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.FilterLogEventsOutput, error)
}

var _ logsAPI = (*cloudwatchlogs.Client)(nil)

// source is a log group, or the streams of it with a prefix, read again and
// again: each event is seen once, also when it comes late.
type source struct {
	api     logsAPI
	group   string
	prefix  string // of the streams' names; empty for all
	pattern string
	from    time.Time

	seen map[string]time.Time // eventId → its time, as far back as a read begins
}

func newSource(api logsAPI, group, prefix, pattern string, from time.Time) *source {
	return &source{api: api, group: group, prefix: prefix, pattern: pattern,
		from: from.Add(-skew), seen: map[string]time.Time{}}
}

// read hands every event to take that has not been seen before.
func (s *source) read(ctx context.Context, limit *rate.Limiter, take func(types.FilteredLogEvent)) error {
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
		if err := limit.Wait(ctx); err != nil {
			return err
		}
		out, err := s.api.FilterLogEvents(ctx, in)
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
	if start := newest.Add(-overlap); start.After(s.from) {
		s.from = start
		for id, at := range s.seen {
			if at.Before(start) {
				delete(s.seen, id)
			}
		}
	}
	return nil
}
