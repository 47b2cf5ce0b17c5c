package rounds

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/collect"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
)

// batch is requests on their way to the collector.
type batch struct{ collect.Batch }

func newBatch(t Target, version string) batch {
	b := batch{collect.Batch{Target: t.Target, JSONLogs: t.JSONLogs, Version: version, From: time.Now()}}
	if t.Direct {
		b.Tails = map[*dataset.Sample]collect.Tail{}
	}
	return b
}

// take adds a sample with what its answer said.
func (b *batch) take(s *dataset.Sample, res hammer.Result) {
	if b.Target.Direct {
		if tail, ok := collect.TailOf(s, res.Header); ok {
			b.Tails[s] = tail
		}
	}
	b.Samples = append(b.Samples, s)
}

// request is one request to the target, signed now.
func (t Target) request(ctx context.Context) (*http.Request, error) {
	q, err := http.NewRequestWithContext(ctx, t.Method, t.URL, bytes.NewReader(t.Body))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.Target, err)
	}
	for k, values := range t.Header {
		q.Header[k] = values
		if k == "Host" {
			q.Host = values[0]
		}
	}
	if err := t.Sign(ctx, q, t.Body, time.Now()); err != nil {
		return nil, fmt.Errorf("%s: %w", t.Target, err)
	}
	return q, nil
}

// send releases count requests at once and puts a sample for each into a batch.
func (r *run) send(ctx context.Context, sender *hammer.Sender, t Target, count, round int, phase dataset.Phase, index int, into *batch) error {
	requests := make([]*http.Request, count)
	for i := range requests {
		var err error
		if requests[i], err = t.request(ctx); err != nil {
			return err
		}
	}
	for i, res := range sender.Release(ctx, requests) {
		into.take(sample(t, round, phase, index+i, res), res)
	}
	return nil
}

// sample is what is known of a request before its logs have come.
func sample(t Target, round int, phase dataset.Phase, index int, res hammer.Result) *dataset.Sample {
	ns := func(d *time.Duration) *int64 {
		if d == nil {
			return nil
		}
		return new(d.Nanoseconds())
	}
	s := &dataset.Sample{
		Target: t.String(), Round: round, Phase: phase, Index: index, Outcome: dataset.LogMissing,
		ScheduledNS: res.Scheduled.Nanoseconds(), SentNS: ns(res.Sent), FirstByteNS: ns(res.FirstByte), DoneNS: ns(res.Done),
		Protocol: res.Protocol,
		Status:   res.Status, Bytes: res.Bytes, ErrorClass: string(res.Class),
		GatewayRequestID: res.Header.Get("Apigw-Requestid"),
	}
	if res.Conn >= 0 {
		s.DialNS, s.TLSNS = new(res.Dial.Nanoseconds()), ns(res.TLS)
	}
	if res.Err != nil {
		s.Error = res.Err.Error()
	}
	return s
}
