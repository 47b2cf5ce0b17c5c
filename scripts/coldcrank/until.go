package main

import (
	"sync"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/rounds"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// watch sees samples as their logs come and ends a run whose intervals are narrow
// enough.
type watch struct {
	until     stats.Until
	judgement *judgement

	mu    sync.Mutex
	sides []*stats.Side
	pairs []stats.Pair // of them; empty where nothing is compared
}

// watchFor lets a plan end early, as --until says.
func (f *runFlags) watchFor(header dataset.Header, plan *rounds.Plan) {
	if f.goal == 0 {
		return
	}
	w := &watch{until: stats.Until{Goal: f.goal}, judgement: &f.judgement}
	byKey := map[string]*stats.Side{}
	for _, t := range header.Targets {
		s := &stats.Side{Header: header, Target: t}
		byKey[t.Key] = s
		w.sides = append(w.sides, s)
	}
	for _, s := range w.sides {
		if old := byKey[s.Target.Against]; old != nil {
			w.pairs = append(w.pairs, stats.Pair{Old: old, New: s})
		}
	}
	plan.Joined, plan.Enough = w.joined, w.enough
}

func (w *watch) joined(samples []*dataset.Sample) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, x := range samples {
		for _, s := range w.sides {
			s.Add(x)
		}
	}
}

// enough looks at what has been joined by now: the logs of the last rounds may be
// late, and are not waited for.
func (w *watch) enough(round int) bool {
	if !w.until.Look(round) {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pairs == nil {
		for _, s := range w.sides {
			if !w.until.ReachedBy(s) {
				return false
			}
		}
		return true
	}
	comparisons, err := w.judgement.compare(w.pairs)
	if err != nil {
		return false // the end of the run says it
	}
	for _, c := range comparisons {
		if !w.until.Reached(c.Measures[0].Shift) {
			return false
		}
	}
	return true
}
