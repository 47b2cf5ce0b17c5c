// Simulate plants known changes into real and invented cold starts, lets
// stats.Compare judge them, and prints how often it errs: the tables of
// docs/verdict.md.
//
//	go run ./scripts/simulate --data lambda-perf-2025.csv
//
// The same seed gives the same tables.
package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"

	"github.com/spf13/pflag"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

const threshold = 0.05

// The size of a run as coldcrank makes it by default: 100 cold starts a side.
const (
	rounds = 20
	burst  = 5
)

func main() {
	data := pflag.String("data", "", "cold starts by function and day, `file`")
	simulations := pflag.Int("simulations", 2000, "runs simulated for each line of a table")
	seed := pflag.Uint64("seed", 1, "of the random numbers")
	pflag.Parse()
	if *data == "" || *simulations < 1 || pflag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: simulate --data FILE [--simulations N] [--seed N]")
		os.Exit(2)
	}
	functions, err := readDays(*data)
	if err == nil {
		err = print(os.Stdout, simulator{*simulations, *seed}, fromDays(functions), invented())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(2)
	}
}

// simulator repeats.
type simulator struct {
	times int
	seed  uint64
}

// tally is what became of many runs.
type tally struct {
	n                 int
	slower, not, open int
	stated, covered   int     // runs with an interval, and those whose interval holds the truth
	halfWidth         float64 // sum of the intervals', as a share of the ratio
	rounds            int     // sum
	oldModes          int     // old sides with two modes recognised
}

func (t *tally) add(s stats.Shift, truth float64, rounds int) {
	t.n++
	t.rounds += rounds
	switch s.Verdict {
	case stats.Slower:
		t.slower++
	case stats.NotSlower, stats.Faster:
		t.not++
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
	t.n, t.slower, t.not, t.open = t.n+o.n, t.slower+o.slower, t.not+o.not, t.open+o.open
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
		return compare(old, planted(new, truth)), rounds
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
			shift := compare(before(old, r), before(new, r))
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

func compare(old, new stats.Series) stats.Shift {
	return stats.Compare(old, new, stats.Plan{Threshold: threshold, Confidence: 0.95, Together: true})
}

// run repeats a judge. Every repetition has random numbers of its own, so that
// the number of CPUs changes nothing.
func (sim simulator) run(s source, truth float64, j judge) tally {
	workers := runtime.GOMAXPROCS(0)
	tallies := make([]tally, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w; i < sim.times; i += workers {
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

// print writes the tables, in Markdown.
func print(w io.Writer, sim simulator, real, made []source) error {
	p := &page{w: w}
	p.text("%d simulated runs a line, seed %d. Threshold %.0f %%. Runs of %d rounds × %d cold starts a side, taking turns, unless said otherwise.\n", sim.times, sim.seed, 100*threshold, rounds, burst)

	p.text("\n## Real cold starts: how often is which verdict given?\n")
	p.row("days of the rounds", "planted", "slower", "not slower", "inconclusive", "interval holds the truth", "half its width")
	p.rule(7)
	var falseAlarms, found tally
	for _, s := range real {
		for _, truth := range []float64{1, 1.02, 1.05, 1.08, 1.10, 1.15} {
			t := sim.run(s, truth, fixed(rounds, burst))
			p.verdicts(s.name, truth, t)
			switch truth {
			case 1:
				falseAlarms.plus(t)
			case 1.10:
				found.plus(t)
			}
		}
	}

	p.text("\n## Does the interval hold the truth?\n")
	p.row("cold starts", "rounds × burst", "planted", "interval holds the truth", "half its width", "false slower")
	p.rule(6)
	var coverage []tally
	for _, s := range append(real[:len(real):len(real)], made...) {
		for _, shape := range [][2]int{{20, 5}, {10, 10}, {40, 5}, {6, 5}} {
			t := sim.run(s, 1, fixed(shape[0], shape[1]))
			p.row(s.name, fmt.Sprintf("%d × %d", shape[0], shape[1]), "0 %", share(t.covered, t.stated), share2(t.halfWidth/float64(max(t.stated, 1))), share(t.slower, t.n))
			if shape[0] == rounds {
				coverage = append(coverage, t)
			}
		}
	}

	p.text("\n## --until ±2%%, at most 80 rounds\n")
	p.row("cold starts", "planted", "slower", "not slower", "inconclusive", "interval holds the truth", "half its width", "rounds, mean")
	p.rule(8)
	var stopped tally
	for _, s := range append(real[:len(real):len(real)], made...) {
		for _, truth := range []float64{1, 1.05, 1.10} {
			t := sim.run(s, truth, until(stats.Until{Goal: 0.02}, 80, burst))
			p.row(s.name, percent(truth), share(t.slower, t.n), share(t.not, t.n), share(t.open, t.n), share(t.covered, t.stated), share2(t.halfWidth/float64(max(t.stated, 1))), fmt.Sprintf("%.0f", float64(t.rounds)/float64(t.n)))
			if truth == 1 {
				stopped.plus(t)
			}
		}
	}

	p.text("\n## Requirements\n")
	p.row("what", "must", "is")
	p.rule(3)
	p.row("false slower, identical code, real days with their drift, n = 100", "≤ 1 %", share(falseAlarms.slower, falseAlarms.n))
	p.row("planted +10 % found as slower, n = 100", "≥ 90 %", share(found.slower, found.n))
	p.row("false slower with --until", "≤ 1 %", share(stopped.slower, stopped.n))
	low, high := 1.0, 0.0
	for _, t := range coverage {
		c := float64(t.covered) / float64(t.stated)
		low, high = min(low, c), max(high, c)
	}
	p.row("interval holds the truth, from the worst to the best line of 20 × 5", "93–97 %", fmt.Sprintf("%.1f–%.1f %%", 100*low, 100*high))
	return p.err
}
