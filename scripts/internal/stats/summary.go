// Package stats turns the samples of a run into what can be said of them.
//
// It counts, sorts and states how sure a number is; it does not print, and a
// number that the samples cannot support is absent rather than guessed.
package stats

import (
	"cmp"
	"slices"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// Summary is what a run says of one target. Only samples that their logs prove
// to be cold or warm enter a Distribution.
type Summary struct {
	Target dataset.Target `json:"target"`

	// Counts are of the bursts: Requested is how many cold starts were asked
	// for, Cold how many came.
	Counts `json:"burst"`
	// AfterBurst counts the warm requests that followed the bursts.
	AfterBurst Counts `json:"after_burst"`

	// Of cold starts in bursts. ClientCold is sending to last byte, as the
	// client saw it.
	Init         Distribution `json:"init,omitzero"`
	DurationCold Distribution `json:"duration_cold,omitzero"`
	ClientCold   Distribution `json:"client_cold,omitzero"`
	BilledCold   Distribution `json:"billed_cold,omitzero"`

	// Of warm requests after a burst. A burst's own warm answers are counted
	// only: whoever waited for a cold start beside them shared its machine.
	DurationWarm Distribution `json:"duration_warm,omitzero"`
	ClientWarm   Distribution `json:"client_warm,omitzero"`
	BilledWarm   Distribution `json:"billed_warm,omitzero"`

	// Of a burst's answers by environments that stood ready, with provisioned
	// concurrency.
	DurationProvisioned Distribution `json:"duration_provisioned,omitzero"`
	ClientProvisioned   Distribution `json:"client_provisioned,omitzero"`
	BilledProvisioned   Distribution `json:"billed_provisioned,omitzero"`

	// Where the client's time goes, of the samples above. Nil where no sample
	// says all of it.
	LayoutCold *Layout `json:"layout_cold,omitempty"`
	LayoutWarm *Layout `json:"layout_warm,omitempty"`

	// RestoreBurst is the Restore Duration of restored samples in bursts.
	RestoreBurst Distribution `json:"restore_burst,omitzero"`

	// MaxMemoryUsedMB is the largest Max Memory Used of the cold samples, and
	// nil where none says. It is an environment's high-water mark: a warm
	// sample's belongs to the requests before it too.
	MaxMemoryUsedMB *int `json:"max_memory_used_mb,omitempty"`

	// Misbilled is nil where Billed Duration is what it should be.
	Misbilled *Misbilled `json:"misbilled,omitempty"`

	// Errors are the reasons of Failed and Throttled in both phases, the most
	// frequent first.
	Errors []Error `json:"errors,omitempty"`

	// Release is of the bursts; nil where none had two requests.
	Release *Release `json:"release,omitempty"`
	// Load is nil where the run had none.
	Load *Load `json:"load,omitempty"`
}

// Counts says what became of requests. Requested is the sum of the others, and
// of outcomes that only a newer program knows.
type Counts struct {
	Requested  int `json:"requested"`
	Cold       int `json:"cold"`
	Warm       int `json:"warm"`
	Stale      int `json:"stale"`
	Failed     int `json:"failed"`
	Throttled  int `json:"throttled"`
	LogMissing int `json:"log_missing"`
	Restored   int `json:"restored,omitempty"`
}

// Verified is how many requests of the bursts are proved by their logs to be what
// the target has: cold starts, restored environments with SnapStart, and with
// provisioned concurrency whatever an environment that stood ready answered.
func (s Summary) Verified() int { return verified(s.Target, s.Counts) }

func verified(t dataset.Target, bursts Counts) int {
	switch t.StartType {
	case dataset.StartSnapshot:
		return bursts.Cold + bursts.Restored
	case dataset.StartProvisioned:
		return bursts.Cold + bursts.Warm + bursts.Restored
	}
	return bursts.Cold
}

// Error is one reason for which requests failed.
type Error struct {
	Class  string `json:"class,omitempty"`
	Status int    `json:"status,omitempty"` // 0 where no answer came
	Text   string `json:"text,omitempty"`   // of the first of them
	N      int    `json:"n"`
}

// add counts a sample.
func (c *Counts) add(o dataset.Outcome) {
	c.Requested++
	switch o {
	case dataset.Cold:
		c.Cold++
	case dataset.WarmStart:
		c.Warm++
	case dataset.Stale:
		c.Stale++
	case dataset.Failed:
		c.Failed++
	case dataset.Throttled:
		c.Throttled++
	case dataset.LogMissing:
		c.LogMissing++
	case dataset.Restored:
		c.Restored++
	}
}

// Summarize returns one Summary for each target of the header, in its order,
// also where a target has no samples.
func Summarize(run *dataset.Run) []Summary {
	byTarget := make(map[string][]*dataset.Sample, len(run.Header.Targets))
	loads := map[string][]*dataset.Sample{}
	for _, s := range run.Samples {
		if s.Phase == dataset.Load {
			loads[s.Target] = append(loads[s.Target], s)
		} else {
			byTarget[s.Target] = append(byTarget[s.Target], s)
		}
	}
	summaries := make([]Summary, len(run.Header.Targets))
	for i, t := range run.Header.Targets {
		summaries[i] = summarize(t, byTarget[t.Key])
		summaries[i].Release = releaseOf(t, byTarget[t.Key], run.End)
		summaries[i].Load = loadOf(run, t.Key, loads[t.Key])
	}
	return summaries
}

func summarize(t dataset.Target, samples []*dataset.Sample) Summary {
	sum := Summary{Target: t}
	var cold, warm, ready times
	var restored []time.Duration
	for _, s := range samples {
		switch s.Phase {
		case dataset.Burst:
			sum.Counts.add(s.Outcome)
			if s.Outcome == dataset.Restored {
				restored = appendNS(restored, s.RestoreNS)
			}
			if s.Inherited() && t.StartType == dataset.StartProvisioned {
				ready.add(s)
			}
			if s.Outcome == dataset.Cold {
				cold.add(s)
				if m := s.MaxMemoryUsedMB; m != nil && (sum.MaxMemoryUsedMB == nil || *m > *sum.MaxMemoryUsedMB) {
					sum.MaxMemoryUsedMB = m
				}
			}
		case dataset.Warm:
			sum.AfterBurst.add(s.Outcome)
			if s.Inherited() {
				warm.add(s)
			}
		}
	}
	sum.Init = Distribute(cold.init)
	sum.DurationCold, sum.DurationWarm = Distribute(cold.duration), Distribute(warm.duration)
	sum.ClientCold, sum.ClientWarm = Distribute(cold.client), Distribute(warm.client)
	sum.BilledCold, sum.BilledWarm = Distribute(cold.billed), Distribute(warm.billed)
	sum.DurationProvisioned, sum.ClientProvisioned, sum.BilledProvisioned = Distribute(ready.duration), Distribute(ready.client), Distribute(ready.billed)
	sum.RestoreBurst = Distribute(restored)
	sum.LayoutCold, sum.LayoutWarm = layout(cold.parts), layout(warm.parts)
	sum.Errors = errorsOf(samples)
	sum.Misbilled = misbilled(t, samples)
	return sum
}

// times collects what samples say; the lengths differ where some say nothing.
type times struct {
	init, duration, client, billed []time.Duration

	parts []parts
}

func (t *times) add(s *dataset.Sample) {
	t.init = appendNS(t.init, s.InitNS)
	t.duration = appendNS(t.duration, s.DurationNS)
	t.billed = appendNS(t.billed, s.BilledNS)
	if d, ok := s.Client(); ok {
		t.client = append(t.client, d)
	}
	if p, ok := partsOf(s); ok {
		t.parts = append(t.parts, p)
	}
}

func appendNS(to []time.Duration, ns *int64) []time.Duration {
	if ns == nil {
		return to
	}
	return append(to, time.Duration(*ns))
}

func errorsOf(samples []*dataset.Sample) []Error {
	type reason struct {
		class  string
		status int
	}
	place := map[reason]int{}
	var found []Error
	for _, s := range samples {
		if s.Outcome != dataset.Failed && s.Outcome != dataset.Throttled {
			continue
		}
		r := reason{s.ErrorClass, s.Status}
		i, ok := place[r]
		if !ok {
			i = len(found)
			place[r] = i
			found = append(found, Error{Class: s.ErrorClass, Status: s.Status, Text: cmp.Or(s.Error, s.GatewayError)})
		}
		found[i].N++
	}
	slices.SortStableFunc(found, func(a, b Error) int { return cmp.Compare(b.N, a.N) })
	return found
}
