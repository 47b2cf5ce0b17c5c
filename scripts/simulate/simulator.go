package main

import (
	"math/rand/v2"
	"sync"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// simulator repeats.
type simulator struct {
	times   int
	seed    uint64
	workers int // how many at once
}

// tally is what became of many runs.
type tally struct {
	n                         int
	slower, not, faster, open int
	stated, covered           int     // runs with an interval, and those whose interval holds the truth
	halfWidth                 float64 // sum of the intervals', as a share of the ratio
	rounds                    int     // sum
	oldModes                  int     // old sides with two modes recognised
}

func (t *tally) add(s stats.Shift, truth float64, rounds int) {
	t.n++
	t.rounds += rounds
	switch s.Verdict {
	case stats.Slower:
		t.slower++
	case stats.NotSlower:
		t.not++
	case stats.Faster:
		t.faster++
	default:
		t.open++
	}
	if i := s.Interval; i != nil {
		t.stated++
		t.halfWidth += (i.High - i.Low) / 2 / *s.Ratio
		if i.Low <= truth && truth <= i.High {
			t.covered++
		}
	}
	if s.OldModes != nil {
		t.oldModes++
	}
}

func (t *tally) plus(o tally) {
	t.n, t.slower, t.not, t.faster, t.open = t.n+o.n, t.slower+o.slower, t.not+o.not, t.faster+o.faster, t.open+o.open
	t.stated, t.covered, t.halfWidth = t.stated+o.stated, t.covered+o.covered, t.halfWidth+o.halfWidth
	t.rounds, t.oldModes = t.rounds+o.rounds, t.oldModes+o.oldModes
}

// judge is one simulated run with its truth planted: the verdict, and after how
// many rounds.
type judge func(rng *rand.Rand, s source, truth float64) (stats.Shift, int)

// fixed judges a run of rounds × burst.
func fixed(rounds, burst int) judge {
	return func(rng *rand.Rand, s source, truth float64) (stats.Shift, int) {
		old, new := s.draw(rng, rounds, burst)
		return compare(old, planted(new, truth), 1), rounds
	}
}

// until judges a run that goes on until its interval is narrow enough.
func until(u stats.Until, limit, burst int) judge {
	return func(rng *rand.Rand, s source, truth float64) (stats.Shift, int) {
		old, new := s.draw(rng, limit, burst)
		new = planted(new, truth)
		for r := 1; ; r++ {
			if !u.Look(r) && r < limit {
				continue
			}
			shift := compare(before(old, r), before(new, r), 1)
			if u.Reached(shift) || r == limit {
				return shift, r
			}
		}
	}
}

// before is what a series holds of the first rounds.
func before(s stats.Series, rounds int) stats.Series {
	n := 0
	for n < len(s.Rounds) && s.Rounds[n] < int32(rounds) {
		n++
	}
	return stats.Series{Values: s.Values[:n], Rounds: s.Rounds[:n]}
}

func planted(s stats.Series, truth float64) stats.Series {
	for i := range s.Values {
		s.Values[i] *= truth
	}
	return s
}

// compare compares as one of a family.
func compare(old, new stats.Series, family int) stats.Shift {
	return stats.Compare(old, new, stats.Plan{Threshold: threshold, Confidence: stats.Confidence(family), Together: true, Rounds: stats.FewestRounds})
}

// anyRounds judges as if no number of rounds were too few; not together, the sides are
// of two runs.
func anyRounds(rounds, burst int, together bool) judge {
	return func(rng *rand.Rand, s source, truth float64) (stats.Shift, int) {
		old, new := s.draw(rng, rounds, burst)
		return stats.Compare(old, planted(new, truth), stats.Plan{Threshold: threshold, Confidence: stats.Confidence(1), Together: together}), rounds
	}
}

// together judges so many comparisons at once by the worst of them: one that is
// slower, or whose interval misses the truth.
func together(family, rounds, burst int) judge {
	return func(rng *rand.Rand, s source, truth float64) (worst stats.Shift, _ int) {
		for i := range family {
			old, new := s.draw(rng, rounds, burst)
			shift := compare(old, planted(new, truth), family)
			missed := truth < shift.Interval.Low || truth > shift.Interval.High
			if i == 0 || worst.Verdict != stats.Slower && (missed || shift.Verdict == stats.Slower) {
				worst = shift
			}
		}
		return worst, rounds
	}
}

// run repeats a judge. Every repetition has random numbers of its own, so that
// the number of workers changes nothing.
func (sim simulator) run(s source, truth float64, j judge) tally {
	tallies := make([]tally, sim.workers)
	var all sync.WaitGroup
	for w := range sim.workers {
		all.Go(func() {
			for i := w; i < sim.times; i += sim.workers {
				rng := rand.New(rand.NewPCG(sim.seed, uint64(i)))
				shift, rounds := j(rng, s, truth)
				tallies[w].add(shift, truth, rounds)
			}
		})
	}
	all.Wait()
	var sum tally
	for _, t := range tallies {
		sum.plus(t)
	}
	return sum
}
