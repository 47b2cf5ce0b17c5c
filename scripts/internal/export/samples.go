package export

import (
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// start is what a request met. Times of different starts never share a
// distribution.
type start string

const (
	startCold        start = "cold"
	startRestored    start = "restored"    // from a snapshot
	startProvisioned start = "provisioned" // an environment that stood ready for a burst
	startWarm        start = "warm"        // one that the burst before had left
)

var starts = []start{startCold, startRestored, startProvisioned, startWarm}

// startOf says what a sample counts as, by the rules of package stats; ok is
// false where it counts as nothing.
func startOf(t *dataset.Target, s *dataset.Sample) (of start, ok bool) {
	switch {
	case s.Phase == dataset.Burst && s.Outcome == dataset.Cold:
		return startCold, true
	case s.Phase == dataset.Burst && s.Outcome == dataset.Restored:
		return startRestored, true
	case s.Phase == dataset.Burst && s.Outcome == dataset.WarmStart && t.StartType == dataset.StartProvisioned:
		return startProvisioned, true
	case s.Phase == dataset.Warm && s.Outcome == dataset.WarmStart:
		return startWarm, true
	}
	return "", false
}

// reading is one time of a sample. ns is nil where nobody said.
type reading struct {
	name, title string
	ns          func(*dataset.Sample) *int64
}

var readings = []reading{
	{"init", "Init", func(s *dataset.Sample) *int64 { return s.InitNS }},
	{"restore", "Restore", func(s *dataset.Sample) *int64 { return s.RestoreNS }},
	{"duration", "Duration", func(s *dataset.Sample) *int64 { return s.DurationNS }},
	{"client", "Client", func(s *dataset.Sample) *int64 {
		if d, ok := s.Client(); ok {
			return new(int64(d))
		}
		return nil
	}},
	{"billed", "Billed", func(s *dataset.Sample) *int64 { return s.BilledNS }},
}

// series is one reading of all samples of one start.
type series struct {
	reading
	start start
	d     stats.Distribution
}

// only reports whether no other start has such a reading, whose name then says
// enough.
func (s series) only() bool { return s.name == "init" || s.name == "restore" }

// subject is a target with what a run measured of it.
type subject struct {
	stats.Summary
	series []series // those that have values, always in the same order
}

// subjects are the targets of a run in the order of its header.
func subjects(run *dataset.Run) []subject {
	type where struct {
		target  string
		start   start
		reading int
	}
	targets := byKey(run)
	values := map[where][]time.Duration{}
	for _, s := range run.Samples {
		t := targets[s.Target]
		if t == nil {
			continue
		}
		of, ok := startOf(t, s)
		if !ok {
			continue
		}
		for i, r := range readings {
			if ns := r.ns(s); ns != nil {
				at := where{s.Target, of, i}
				values[at] = append(values[at], time.Duration(*ns))
			}
		}
	}
	var all []subject
	for _, sum := range stats.Summarize(run) {
		one := subject{Summary: sum}
		for _, of := range starts {
			for i, r := range readings {
				if v := values[where{sum.Target.Key, of, i}]; len(v) > 0 {
					one.series = append(one.series, series{r, of, stats.Distribute(v)})
				}
			}
		}
		all = append(all, one)
	}
	return all
}

func byKey(run *dataset.Run) map[string]*dataset.Target {
	targets := make(map[string]*dataset.Target, len(run.Header.Targets))
	for i, t := range run.Header.Targets {
		targets[t.Key] = &run.Header.Targets[i]
	}
	return targets
}
