// Package collect finds the log lines of requests and joins them: the client's
// request to the gateway's access record by the gateway's id, the record to
// START and REPORT by the function's request id.
//
// It asks CloudWatch Logs by FilterLogEvents, over windows of time, and matches
// in the client, because AWS admits only five such calls a second: never one
// call a request. Requests whose lines do not come are log missing, never
// anything else. Without an access log, requests that were in flight alone are
// joined by order and time (order.go); the others cannot be, and are not.
//
// What is held in memory is what is still waited for, and the ids of events as
// old as an event may be late: neither grows with the run.
package collect

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/aws/smithy-go"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// Batch is the requests of one target that one version was to answer.
type Batch struct {
	Target   *target.Target
	JSONLogs bool   // the log format is JSON, not text
	Version  string // the round's
	From, To time.Time
	Samples  []*dataset.Sample // joined in place

	// Tails are what answers to a direct Invoke said; nil for requests to the API.
	Tails map[*dataset.Sample]Tail
}

// Collector reads logs while a run goes on. Batches are handed to it as rounds
// end; each comes back through the function done, once, when all its requests
// are joined or the target's patience has run out.
type Collector struct {
	done func(Batch)

	mu      sync.Mutex
	pending []*join
	closing bool
	warned  []warning
	wake    chan struct{}

	// Of Run's goroutine alone.
	paces   map[account]*pace
	access  map[string]*accessLog // by target
	unnamed map[string]bool       // by target: log streams are not named as documented
}

// account is what AWS counts calls by.
type account struct{ executor, region string }

// warning is what Run could go on after. Texts of one key may differ in detail,
// such as an id or a port; the first one is kept.
type warning struct{ key, text string }

// New returns a collector that calls done, from one goroutine, for each batch.
func New(done func(Batch)) *Collector {
	return &Collector{
		done:    done,
		wake:    make(chan struct{}, 1),
		paces:   map[account]*pace{},
		access:  map[string]*accessLog{},
		unnamed: map[string]bool{},
	}
}

// Add hands over a batch. Its samples belong to the collector until done.
func (c *Collector) Add(b Batch) {
	c.mu.Lock()
	c.pending = append(c.pending, newJoin(b))
	c.mu.Unlock()
	c.signal()
}

// Close tells that no batch will follow: Run returns when the last is done.
func (c *Collector) Close() {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	c.signal()
}

// Warnings are what Run noticed and could go on after, each once.
func (c *Collector) Warnings() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var texts []string
	for _, w := range c.warned {
		texts = append(texts, w.text)
	}
	return texts
}

func (c *Collector) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run reads logs until Close was called and every batch is done. Once ctx is
// done it reads no more: batches are handed over as they are, also those that
// are added before Close, and Run returns the cause.
func (c *Collector) Run(ctx context.Context) error {
	for {
		c.mu.Lock()
		pending, closing := c.pending, c.closing
		c.mu.Unlock()
		if len(pending) == 0 {
			if closing {
				return context.Cause(ctx)
			}
			<-c.wake
			continue
		}
		for _, j := range pending {
			if ctx.Err() == nil {
				c.look(ctx, j)
			}
			if ctx.Err() != nil || j.complete() || time.Since(j.To) > j.Target.Patience {
				c.finish(j)
			}
		}
	}
}

func (c *Collector) finish(j *join) {
	c.mu.Lock()
	// A new slice: Run ranges over the old one.
	c.pending = slices.DeleteFunc(slices.Clone(c.pending), func(other *join) bool { return other == j })
	c.mu.Unlock()
	if a := c.access[logsOf(j.Target)]; a != nil {
		a.forget(j)
	}
	j.settle()
	c.done(j.Batch)
}

func (c *Collector) warn(key, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.ContainsFunc(c.warned, func(w warning) bool { return w.key == key }) {
		c.warned = append(c.warned, warning{key, text})
	}
}

// failed warns of a call that failed and will be made again.
func (c *Collector) failed(ctx context.Context, what string, err error) {
	if ctx.Err() != nil {
		return // the run was ended; that is no fault of the log's
	}
	reason, code := err.Error(), ""
	if api := (smithy.APIError)(nil); errors.As(err, &api) {
		code = api.ErrorCode()
		reason = code + ": " + api.ErrorMessage()
	}
	c.warn(what+" "+code, what+": "+reason)
}

// look asks once for what a batch still lacks.
func (c *Collector) look(ctx context.Context, j *join) {
	t := j.Target
	key := logsOf(t)
	if j.byTime {
		c.warn(key, key+": it has no access log: only requests that are in flight alone are joined, by time (--burst 1)")
	} else if j.lacksAccess() {
		if err := c.accessLog(j).read(ctx, c.pace(t)); err != nil {
			c.failed(ctx, key+": access log "+t.AccessLogs, err)
		}
	}
	if !j.lacksReports() {
		return
	}
	if c.unnamed[key] {
		j.widen()
	}
	err := j.readReports(ctx, c.pace(t))
	if err != nil {
		c.failed(ctx, key+": log "+t.FunctionLogs, err)
	} else if j.late() {
		if j.byTime {
			j.matchByTime()
		}
		if j.lacksReports() {
			j.widen()
		}
	}
	if j.unnamed && !c.unnamed[key] {
		c.unnamed[key] = true
		c.warn(key+" unnamed", key+": its log streams are not named after date, function and version; reading the whole group")
	}
}

// logsOf names whose logs a target's are: with every memory size they are one
// function's.
func logsOf(t *target.Target) string { return t.With(0).String() }

// accessLog returns the target's, which knows of the batch from now on.
func (c *Collector) accessLog(j *join) *accessLog {
	key := logsOf(j.Target)
	if c.access[key] == nil {
		c.access[key] = newAccessLog(j.Target, j.From)
	}
	if !j.expected {
		j.expected = true
		c.access[key].expect(j)
	}
	return c.access[key]
}

// pace is shared by all targets of an account and Region.
func (c *Collector) pace(t *target.Target) *pace {
	a := account{t.ExecutorName(), t.Region}
	if c.paces[a] == nil {
		c.paces[a] = &pace{every: t.LogsPoll}
	}
	return c.paces[a]
}
