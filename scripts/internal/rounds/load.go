package rounds

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
)

// loadBatch is how many samples of a load wait for their logs together. Each batch
// reads the log for itself, and what it waits for is in memory.
const loadBatch = 10_000

// loads sends the plan's load to each target in turn, on the version that its last
// round has left there with the environments of that round, before anything is put
// back. What it answers stays, also where stop or ctx ends it. It names the targets
// whose load came to its end.
func (r *run) loads(ctx context.Context, stop <-chan struct{}) (done []string, interrupted bool, err error) {
	done = []string{}
	for i, t := range r.plan.Targets {
		if closed(stop) {
			return done, true, nil
		}
		if err := r.load(ctx, stop, t, r.versions[i]); err != nil {
			return done, false, err
		}
		if ctx.Err() != nil {
			return done, true, context.Cause(ctx)
		}
		if closed(stop) { // requests may have been left out
			return done, true, nil
		}
		done = append(done, t.String())
	}
	return done, false, nil
}

func closed(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// load is the load of one target.
func (r *run) load(ctx context.Context, stop <-chan struct{}, t Target, version string) error {
	sender, err := hammer.Dial(ctx, t.URL, 1, hammer.Options{TLS: t.TLS, Epoch: r.epoch})
	if err != nil {
		return fmt.Errorf("%s: %w", t.Target, err)
	}
	defer sender.Close()
	r.mu.Lock()
	round := r.progress.Round
	r.mu.Unlock()
	batch := newBatch(t, version)
	var failed error
	hand := func() {
		if len(batch.Samples) == 0 {
			return
		}
		if err := r.writer.Sync(); err != nil && failed == nil {
			failed = err
		}
		batch.To = time.Now()
		r.collector.Add(batch.Batch)
		batch = newBatch(t, version)
	}
	err = sender.Load(ctx, hammer.Load{
		Schedule: *r.plan.Load,
		Stop:     stop,
		Request:  func(int) (*http.Request, error) { return t.request(ctx) },
		Done: func(i int, res hammer.Result) {
			if ctx.Err() != nil && res.Class == hammer.ClassCanceled {
				return // broken off: it says nothing of the target
			}
			s := sample(t, round, dataset.Load, i, res)
			batch.take(s, res)
			if err := r.writer.Write(s); err != nil && failed == nil {
				failed = err
			}
			r.update(func(p *Progress) { p.Requests++; p.Loaded++ })
			if len(batch.Samples) == loadBatch {
				hand()
			}
		},
	})
	if err != nil {
		return fmt.Errorf("%s: %w", t.Target, err)
	}
	hand()
	used := sender.Used()
	r.used.LoadCPUNS += used.CPU.Nanoseconds()
	r.used.LoadNS += used.Wall.Nanoseconds()
	return failed
}
