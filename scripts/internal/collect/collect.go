// Package collect finds the log lines of requests and joins them: the client's
// request to the gateway's access record by the gateway's id, the record to
// START and REPORT by the function's request id.
//
// It asks CloudWatch Logs by FilterLogEvents, over windows of time, and matches
// in the client, because AWS admits only five such calls a second: never one
// call a request. Requests whose lines do not come are log missing, never
// anything else.
package collect

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

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
}

// Collector reads logs while a run goes on. Batches are handed to it as rounds
// end; each comes back through the function done, once, when all its requests
// are joined or the target's patience has run out.
type Collector struct {
	done  func(Batch)
	limit map[account]*rate.Limiter

	mu      sync.Mutex
	pending []*join
	closing bool
	warned  []string
	wake    chan struct{}

	access map[string]*accessLog // by target
	prefix map[string]bool       // by target: log streams are not named as documented
}

// account is what AWS counts calls by.
type account struct{ executor, region string }

// New returns a collector that calls done, from one goroutine, for each batch.
func New(done func(Batch)) *Collector {
	return &Collector{
		done:   done,
		limit:  map[account]*rate.Limiter{},
		wake:   make(chan struct{}, 1),
		access: map[string]*accessLog{},
		prefix: map[string]bool{},
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
	return c.warned
}

func (c *Collector) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run reads logs until Close was called and every batch is done. When ctx is
// done first, the batches that are left are handed over as they are, and Run
// returns the cause.
func (c *Collector) Run(ctx context.Context) error {
	for {
		c.mu.Lock()
		pending, closing := c.pending, c.closing
		c.mu.Unlock()
		if len(pending) == 0 {
			if closing {
				return nil
			}
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-c.wake:
			}
			continue
		}
		for _, j := range pending {
			if err := c.look(ctx, j); err != nil {
				if ctx.Err() != nil {
					c.finishAll()
					return context.Cause(ctx)
				}
				c.warn(fmt.Sprintf("%s: %v", j.Target, err))
			}
			if j.complete() || time.Since(j.To) > j.Target.Patience {
				c.finish(j)
			}
		}
	}
}

func (c *Collector) finish(j *join) {
	c.mu.Lock()
	for i, other := range c.pending {
		if other == j {
			// A new slice: Run ranges over the old one.
			c.pending = append(append([]*join(nil), c.pending[:i]...), c.pending[i+1:]...)
			break
		}
	}
	c.mu.Unlock()
	j.settle()
	c.done(j.Batch)
}

func (c *Collector) finishAll() {
	c.mu.Lock()
	left := c.pending
	c.mu.Unlock()
	for _, j := range left {
		c.finish(j)
	}
}

func (c *Collector) warn(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.warned {
		if w == text {
			return
		}
	}
	c.warned = append(c.warned, text)
}

// look asks once for what a batch still lacks.
func (c *Collector) look(ctx context.Context, j *join) error {
	key := j.Target.String()
	if j.Target.AccessLogs != "" {
		if c.access[key] == nil {
			c.access[key] = newAccessLog(j.Target, j.From)
		}
		if j.lacksAccess() {
			if err := c.access[key].read(ctx, c.limiter(j.Target)); err != nil {
				return fmt.Errorf("access log: %w", err)
			}
			j.takeAccess(c.access[key])
		}
	}
	if !j.lacksReports() {
		return nil
	}
	if err := j.readReports(ctx, c.limiter(j.Target), c.prefix[key]); err != nil {
		return fmt.Errorf("log of the function: %w", err)
	}
	if j.unnamed() {
		c.prefix[key] = true
		c.warn(key + ": its log streams are not named after the version; reading the whole group")
	}
	return nil
}

// limiter paces the calls for logs of all targets of an account and Region.
func (c *Collector) limiter(t *target.Target) *rate.Limiter {
	a := account{t.ExecutorName(), t.Region}
	if c.limit[a] == nil {
		c.limit[a] = rate.NewLimiter(rate.Every(t.LogsPoll), 1)
	}
	return c.limit[a]
}
