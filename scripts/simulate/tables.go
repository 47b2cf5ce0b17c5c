package main

import (
	"fmt"
	"io"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// print writes the tables, in Markdown, and returns which requirements do not hold.
func print(w io.Writer, sim simulator, functions []function) (unmet []string, err error) {
	p := &page{w: w}
	real, made := fromDays(functions), invented()
	p.text("%d simulated runs a line, seed %d. Threshold %.0f %%. Runs of %d rounds × %d cold starts a side, taking turns, unless said otherwise.", sim.times, sim.seed, 100*threshold, rounds, burst)
	var r requirements
	p.curve(sim, real)
	p.verdicts(sim, real, &r)
	p.functions(sim, functions)
	p.coverage(sim, append(real[:len(real):len(real)], made...), &r)
	p.fewRounds(sim, real, made)
	p.until(sim, append(real[:len(real):len(real)], made...), &r)
	p.families(sim, append(real[:len(real):len(real)], made...))
	p.histories(sim, functions)
	unmet = p.requirements(r)
	return unmet, p.err
}

// requirements are the tallies that the project's requirements are about.
type requirements struct {
	falseAlarms, found, stopped tally
	coverage                    []tally
}

// curve is the operating curve: which verdict for which true change, over all ways
// to draw rounds from real days.
func (p *page) curve(sim simulator, real []source) {
	p.heading("Operating curve: real cold starts, all four ways to draw days, by planted change")
	p.row("planted", "slower", "not slower", "faster", "inconclusive")
	p.rule(5)
	// 1/1.05 is +5 % seen from the other side.
	for _, truth := range []float64{0.90, 0.92, 1 / 1.05, 0.98, 1, 1.02, 1.05, 1.08, 1.10, 1.15} {
		var t tally
		for _, s := range real {
			t.plus(sim.run(s, truth, fixed(rounds, burst)))
		}
		p.row(percent(truth), share(t.slower, t.n), share(t.not, t.n), share(t.faster, t.n), share(t.open, t.n))
	}
}

func (p *page) verdicts(sim simulator, real []source, r *requirements) {
	p.heading("Drift: real cold starts by how days are drawn")
	p.row("days of the rounds", "planted", "slower", "not slower", "faster", "inconclusive", "interval holds the truth", "half its width")
	p.rule(8)
	for _, s := range real {
		for _, truth := range []float64{1, 1.10} {
			t := sim.run(s, truth, fixed(rounds, burst))
			p.row(s.name, percent(truth), share(t.slower, t.n), share(t.not, t.n), share(t.faster, t.n), share(t.open, t.n), share(t.covered, t.stated), t.width())
			if truth == 1 {
				r.falseAlarms.plus(t)
			} else {
				r.found.plus(t)
			}
		}
	}
}

func (p *page) functions(sim simulator, functions []function) {
	p.heading("Each function by itself, each round a random day")
	p.row("function", "days", "dispersion within a day", "false slower", "+10 % found", "interval holds the truth", "half its width")
	p.rule(7)
	for _, f := range functions {
		s := fromDays([]function{f})[0]
		t, found := sim.run(s, 1, fixed(rounds, burst)), sim.run(s, 1.10, fixed(rounds, burst))
		p.row(f.name, fmt.Sprint(len(f.days)), share2(f.dispersion()), share(t.slower, t.n), share(found.slower, found.n), share(t.covered, t.stated), t.width())
	}
}

func (p *page) coverage(sim simulator, sources []source, r *requirements) {
	p.heading("Does the interval hold the truth, and are two modes seen?")
	p.row("cold starts", "rounds × burst", "interval holds the truth", "half its width", "false slower", "two modes seen")
	p.rule(6)
	for _, s := range sources {
		for _, shape := range [][2]int{{rounds, burst}, {10, 10}, {40, 5}, {6, 5}} {
			t := sim.run(s, 1, fixed(shape[0], shape[1]))
			p.row(s.name, fmt.Sprintf("%d × %d", shape[0], shape[1]), share(t.covered, t.stated), t.width(), share(t.slower, t.n), share(t.oldModes, t.n))
			if shape[0] == rounds {
				r.coverage = append(r.coverage, t)
			}
		}
	}
}

// fewRounds shows what verdicts of fewer rounds would be worth, of about 100 cold
// starts a side.
func (p *page) fewRounds(sim simulator, real, made []source) {
	p.heading("If fewer than %d rounds had a verdict", stats.FewestRounds)
	p.row("cold starts", "taking turns", "rounds × burst", "interval holds the truth", "half its width", "false slower")
	p.rule(6)
	jumping := made[len(made)-1]
	for _, c := range []struct {
		source   source
		together bool
	}{{real[2], true}, {jumping, true}, {drifting(), true}, {drifting(), false}} {
		turns := "yes"
		if !c.together {
			turns = "no"
		}
		for n := 1; n <= stats.FewestRounds+1; n++ {
			t := sim.run(c.source, 1, anyRounds(n, rounds*burst/n, c.together))
			p.row(c.source.name, turns, fmt.Sprintf("%d × %d", n, rounds*burst/n), share(t.covered, t.stated), t.width(), share(t.slower, t.n))
		}
	}
}

// targets is how many are compared at once in the simulated family.
const targets = 5

func (p *page) families(sim simulator, sources []source) {
	p.heading("%d targets at once, identical code", targets)
	p.row("cold starts", "all intervals hold the truth", "any false slower")
	p.rule(3)
	for _, s := range sources {
		t := sim.run(s, 1, together(targets, rounds, burst))
		p.row(s.name, share(t.covered, t.stated), share(t.slower, t.n))
	}
}

// untilTwo and mostRounds are the simulated --until ±2% and its limit.
var untilTwo = stats.Until{Goal: 0.02}

const mostRounds = 80

func (p *page) until(sim simulator, sources []source, r *requirements) {
	p.heading("--until ±2%%, at most %d rounds", mostRounds)
	p.row("cold starts", "planted", "slower", "not slower", "inconclusive", "interval holds the truth", "half its width", "rounds, mean")
	p.rule(8)
	for _, s := range sources {
		for _, truth := range []float64{1, 1.05, 1.10} {
			t := sim.run(s, truth, until(untilTwo, mostRounds, burst))
			p.row(s.name, percent(truth), share(t.slower, t.n), share(t.not+t.faster, t.n), share(t.open, t.n), share(t.covered, t.stated), t.width(), fmt.Sprintf("%.0f", float64(t.rounds)/float64(t.n)))
			if truth == 1 {
				r.stopped.plus(t)
			}
		}
	}
}

func (p *page) histories(sim simulator, functions []function) {
	sim.times = max(1, sim.times/10)
	p.heading("Histories of %d days, a run a day: is a change marked? (%d a line)", historyDays, sim.times)
	p.row("days", "step in the middle", "any change marked", "one within a day of the step")
	p.rule(4)
	for _, shuffled := range []bool{false, true} {
		name := "one after the other"
		if shuffled {
			name = "random"
		}
		for _, truth := range []float64{1, 1.10, 1.20, 0.80} {
			marked, there := sim.histories(functions, truth, shuffled)
			at := share(there, sim.times)
			if truth == 1 {
				at = ""
			}
			p.row(name, percent(truth), share(marked, sim.times), at)
		}
	}
}

// requirements writes what is required and what is, and returns what does not hold.
func (p *page) requirements(r requirements) (unmet []string) {
	p.heading("Requirements")
	p.row("what", "must", "is")
	p.rule(3)
	row := func(what, must, is string, holds bool) {
		p.row(what, must, is)
		if !holds {
			unmet = append(unmet, fmt.Sprintf("%s: must be %s, is %s", what, must, is))
		}
	}
	alarms, found, stopped := r.falseAlarms, r.found, r.stopped
	row("false slower, identical code, real days with their drift, n = 100", "≤ 1 %", share(alarms.slower, alarms.n), 100*alarms.slower <= alarms.n)
	row("planted +10 % found as slower, n = 100", "≥ 90 %", share(found.slower, found.n), 100*found.slower >= 90*found.n)
	row("false slower with --until", "≤ 1 %", share(stopped.slower, stopped.n), 100*stopped.slower <= stopped.n)
	low, high := 1.0, 0.0
	for _, t := range r.coverage {
		c := float64(t.covered) / float64(t.stated)
		low, high = min(low, c), max(high, c)
	}
	row(fmt.Sprintf("interval holds the truth, from the worst to the best line of %d × %d", rounds, burst), "93–97 %",
		fmt.Sprintf("%.1f–%.1f %%", 100*low, 100*high), low >= 0.93 && high <= 0.97)
	return unmet
}
