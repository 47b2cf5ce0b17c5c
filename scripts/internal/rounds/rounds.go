// Package rounds is the order of a run. For each round and each target in turn:
// recycle, burst, warm requests. Then, if the plan has one, a load on each target.
// Logs are collected while that goes on, and at the end everything is put back,
// whatever ended the run.
//
// Targets take turns within a round, so that a drift of the machine or of AWS
// meets all of them alike.
package rounds

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/collect"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
	"github.com/coldcrank/coldcrank/scripts/internal/recycle"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

const (
	// warmPause is the time between answers and the next warm requests: an
	// environment takes a request only after it has asked for one.
	warmPause = 20 * time.Millisecond
	// restoreLimit bounds putting back after a run that was cancelled.
	restoreLimit = 2 * time.Minute
)

// Plan says what a run does.
type Plan struct {
	Targets []Target
	Rounds  int
	Burst   int // simultaneous requests a round and target, each meant to be cold
	Warm    int // further requests on the environments that the burst left

	// Load is sent to each target in turn after the last round; nil for none.
	Load *hammer.Schedule

	// Joined takes the samples of a batch whose logs are no longer awaited, and
	// Enough ends the run after a round. Both may be nil.
	Joined func([]*dataset.Sample)
	Enough func(round int) bool
}

// Target is a target with the request that is sent to it.
type Target struct {
	*target.Target
	JSONLogs bool // the function's log format is JSON, not text

	// Fixed is the version that is measured as it is, without recycling; empty
	// for a version of its own each round.
	Fixed string

	Method string
	URL    string
	Header http.Header
	Body   []byte
}

// Progress is how far a run is.
type Progress struct {
	Round    int // finished
	Rounds   int
	Requests int // answered or failed
	Joined   int // requests whose logs are no longer awaited
	Cold     int // verified so far
	Load     int // requests that the loads of all targets have, about
	Loaded   int // of them, answered or failed
}

// Result is how a run ended. Samples are in the results file.
type Result struct {
	Rounds      int      // finished by all targets
	Requests    int      // of which the file has a sample
	LoadsDone   []string // targets whose load came to its end; nil where none began
	Interrupted bool     // by stop or by ctx
	Failed      error    // what of Run's error ended it or left logs unread; nil where ctx did
	Restored    bool
	Sender      *dataset.Sender // nil where the system does not say
	Warnings    []string
}

// run is the state of one execution of Run.
type run struct {
	plan      Plan
	epoch     time.Time
	writer    *dataset.Writer
	recyclers []*recycle.Recycler
	versions  []string // that the last round has left, by target
	used      dataset.Sender
	collector *collect.Collector
	report    func(Progress)

	mu       sync.Mutex
	progress Progress
	writeErr error
}

// Run carries out the plan and writes a sample a request. When stop is closed
// the round under way is the last; when ctx is done even that is broken off.
// In both cases, and on errors, what was measured is kept and every target is
// put back, in up to two minutes of its own.
func Run(ctx context.Context, stop <-chan struct{}, plan Plan, w *dataset.Writer, j *recycle.Journal, report func(Progress)) (Result, error) {
	r := &run{plan: plan, epoch: time.Now(), writer: w, report: report}
	r.progress.Rounds = plan.Rounds
	if plan.Load != nil {
		r.progress.Load = plan.Load.Requests() * len(plan.Targets)
	}
	r.versions = make([]string, len(plan.Targets))
	r.collector = collect.New(r.joined)
	collected := make(chan error, 1)
	go func() { collected <- r.collector.Run(ctx) }()

	var result Result
	err := r.begin(ctx, j)
	for n := 1; err == nil && n <= plan.Rounds; n++ {
		select {
		case <-stop:
			result.Interrupted = true
		default:
			err = r.round(ctx, n)
		}
		if result.Interrupted || err == nil && plan.Enough != nil && plan.Enough(n) {
			break
		}
	}
	if err == nil && !result.Interrupted && plan.Load != nil {
		result.LoadsDone, result.Interrupted, err = r.loads(ctx, stop)
	}
	// Putting back goes before the wait for logs, which may be long.
	restoreErr := r.restore(ctx)
	result.Restored = restoreErr == nil
	r.collector.Close()
	if cerr := <-collected; err == nil {
		err = cerr
	}
	if ctx.Err() != nil {
		result.Interrupted = true
	} else {
		result.Failed = err
	}
	r.mu.Lock()
	result.Rounds, result.Requests = r.progress.Round, r.progress.Requests
	r.mu.Unlock()
	if r.used.BurstNS > 0 || r.used.LoadNS > 0 {
		result.Sender = &r.used
	}
	result.Warnings = r.collector.Warnings()
	return result, errors.Join(err, r.writeErr, restoreErr)
}

func (r *run) begin(ctx context.Context, j *recycle.Journal) error {
	shared := map[string]*recycle.Recycler{}
	for _, t := range r.plan.Targets {
		if t.Fixed != "" {
			r.recyclers = append(r.recyclers, nil)
			continue
		}
		// One with several memory sizes is one function, which is changed by one.
		base := t.Target.With(0)
		rec := shared[base.String()]
		if rec == nil {
			var err error
			if rec, err = recycle.Begin(ctx, base, j); err != nil {
				return err
			}
			shared[base.String()] = rec
		}
		r.recyclers = append(r.recyclers, rec)
	}
	return nil
}

func (r *run) restore(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreLimit)
	defer cancel()
	errs := make([]error, len(r.recyclers))
	var all sync.WaitGroup
	for i, rec := range r.recyclers {
		if rec == nil || slices.Contains(r.recyclers[:i], rec) {
			continue // nothing of it was changed, or another's turn puts it back
		}
		all.Go(func() { errs[i] = rec.Restore(ctx) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// round is one round over all targets. Every second one goes backwards, so that
// none is always the one that comes after another.
func (r *run) round(ctx context.Context, n int) error {
	for i := range r.plan.Targets {
		if n%2 == 0 {
			i = len(r.plan.Targets) - 1 - i
		}
		var err error
		if r.versions[i], err = r.visit(ctx, n, r.plan.Targets[i], r.recyclers[i]); err != nil {
			return err
		}
	}
	if err := r.writer.Sync(); err != nil {
		return err
	}
	r.update(func(p *Progress) { p.Round = n })
	return nil
}

// visit is one round's turn of one target. It returns the version that it met.
func (r *run) visit(ctx context.Context, n int, t Target, rec *recycle.Recycler) (version string, err error) {
	version = t.Fixed
	if rec != nil {
		if version, err = rec.RecycleAt(ctx, t.MemoryMB); err != nil {
			return "", err
		}
	}
	sender, err := hammer.Dial(ctx, t.URL, r.plan.Burst, hammer.Options{Epoch: r.epoch, TLS: t.TLS})
	if err != nil {
		return "", fmt.Errorf("%s: %w", t.Target, err)
	}
	defer sender.Close()
	batch := newBatch(t, version)
	err = r.send(ctx, sender, t, r.plan.Burst, n, dataset.Burst, 0, &batch)
	used := sender.Used()
	r.used.BurstCPUNS += used.CPU.Nanoseconds()
	r.used.BurstNS += used.Wall.Nanoseconds()
	for sent := 0; err == nil && sent < r.plan.Warm && ctx.Err() == nil; sent += r.plan.Burst {
		time.Sleep(warmPause)
		err = r.send(ctx, sender, t, min(r.plan.Burst, r.plan.Warm-sent), n, dataset.Warm, sent, &batch)
	}
	if err != nil {
		return "", err
	}
	if ctx.Err() != nil {
		return "", context.Cause(ctx) // broken off: answers that came are not a round
	}
	for _, s := range batch.Samples {
		if err := r.writer.Write(s); err != nil {
			return "", err
		}
	}
	r.update(func(p *Progress) { p.Requests += len(batch.Samples) })
	batch.To = time.Now()
	r.collector.Add(batch.Batch)
	return version, nil
}

// joined takes a batch back from the collector.
func (r *run) joined(b collect.Batch) {
	if r.plan.Joined != nil {
		r.plan.Joined(b.Samples)
	}
	cold := 0
	for _, s := range b.Samples {
		if s.Outcome == dataset.Cold && s.Phase == dataset.Burst {
			cold++
		}
		if err := r.writer.Write(s); err != nil {
			r.mu.Lock()
			r.writeErr = err // each further write answers the same
			r.mu.Unlock()
		}
	}
	r.update(func(p *Progress) { p.Joined += len(b.Samples); p.Cold += cold })
}

func (r *run) update(f func(*Progress)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.progress)
	r.report(r.progress)
}
