package stats

import (
	"slices"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// History is what runs say of one target over time.
type History struct {
	Key     string  `json:"target"`  // Stack/Name, or of the base of comparisons Stack/Name@ref
	Measure string  `json:"measure"` // what a verdict on the target rests on: "Init Duration", …
	Points  []Point `json:"points"`  // a run each, the oldest first
}

// Point is what one run says.
type Point struct {
	Side *Side `json:"side"` // its target's and run's tags

	// Median of the measure in seconds, and its 95 % interval; nil where the run
	// has too few values.
	N      int       `json:"n"`
	Median *float64  `json:"median,omitempty"`
	Range  *Interval `json:"interval,omitempty"` // in seconds

	// Change is what has changed with this point: all runs from here to the next
	// change against all since the one before. Nil where nothing has.
	Change *Shift `json:"change,omitempty"`
}

// Histories groups sides by target, in the order in which each target is first
// seen. The base of a run's comparison is another target than its head, which it would
// be mixed with otherwise, and the same samples given twice count once. Only what is comparable makes one history: sides that differ in executor,
// platform, machine, settings, memory, way or start type (Between) make several.
// What grows or shrinks by more than the threshold, 0.05 for 5 %, is a change.
func Histories(sides []*Side, threshold float64) []History {
	var all []History
	for _, s := range sides {
		i := slices.IndexFunc(all, func(h History) bool {
			first := h.Points[0].Side
			return first.Target.Key == s.Target.Key && Between(first, s) == nil
		})
		if i < 0 {
			i = len(all)
			all = append(all, History{Key: s.Target.Key, Measure: s.decides().name})
		}
		if slices.ContainsFunc(all[i].Points, func(p Point) bool { return p.Side.Same(s) }) {
			continue
		}
		all[i].Points = append(all[i].Points, s.point())
	}
	for i := range all {
		slices.SortStableFunc(all[i].Points, func(a, b Point) int {
			return a.Side.Header.Started.Compare(b.Side.Header.Started)
		})
		all[i].mark(threshold)
	}
	return all
}

// OverTime leaves out the histories of one run.
func OverTime(histories []History) []History {
	return slices.DeleteFunc(slices.Clone(histories), func(h History) bool { return len(h.Points) < 2 })
}

func (s *Side) point() Point {
	d := Distribute(durations(s.decides().series.Values))
	p := Point{Side: s, N: d.N}
	if d.N > 0 {
		p.Median = new(d.P50.Seconds())
	}
	if d.MedianLow != nil {
		p.Range = &Interval{d.MedianLow.Seconds(), d.MedianHigh.Seconds()}
	}
	return p
}

// Sides returns what a run measured, a side for each target of its header.
func Sides(run *dataset.Run) []*Side {
	sides := make([]*Side, len(run.Header.Targets))
	for i, t := range run.Header.Targets {
		sides[i] = &Side{Header: run.Header, Target: t}
		for _, x := range run.Samples {
			sides[i].Add(x)
		}
	}
	return sides
}
