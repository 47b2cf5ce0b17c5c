package phases

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
)

// plan says how often a program is started, and for how long.
type plan struct {
	most, least int           // turns, of which each has a start of each kind
	enough      time.Duration // from then on, no more than it takes to know whether the sum holds
	end         time.Duration // from then on, no more than the least
	patience    time.Duration // for one start
	inits       int           // starts to hear about package inits
}

// usual is what a busy machine needs to tell 5 %. The patience is how long Lambda gives an
// init (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
var usual = plan{most: 300, least: 3, enough: 5 * time.Second, end: 20 * time.Second, patience: 10 * time.Second, inits: 40}

// Measure starts the function's program for this machine, and takes its starts apart.
// The error says why it does not get to its first invocation, or cannot be followed.
func Measure(ctx context.Context, s *subject.Subject) (*Phases, error) { return usual.measure(ctx, s) }

func (o plan) measure(ctx context.Context, s *subject.Subject) (*Phases, error) {
	where, whole, err := findPlaces(s.Local)
	if err != nil {
		return nil, err
	}
	t, err := o.turns(ctx, s, where)
	if err != nil {
		return nil, err
	}
	x := t.phases()
	if whole != "" {
		x.Whole = whole
	}
	if where != nil {
		if x.Packages, err = o.packages(ctx, s); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// turns are starts of each kind; the i-th of each belong together.
type turns struct {
	free, traced []*start
	mapped       []*start // none where the kernel cannot map pages beforehand
}

// turns starts the program until enough is known of it.
func (o plan) turns(ctx context.Context, s *subject.Subject, where *places) (*turns, error) {
	// The first start brings the pages into the page cache.
	if _, err := o.run(ctx, s, nil); err != nil {
		return nil, err
	}
	t := new(turns)
	trapped, populates := 0, true
	for begin := time.Now(); !o.enoughOf(t, time.Since(begin)); {
		free, err := o.run(ctx, s, nil)
		if err != nil {
			return nil, err
		}
		followed, err := o.run(ctx, s, &trace{places: where})
		var mapped *start
		if err == nil && populates {
			mapped, err = o.run(ctx, s, &trace{places: where, mapped: true})
		}
		switch {
		case errors.Is(err, errTrapped) && trapped < o.least:
			trapped++
			continue
		case errors.Is(err, errNoPopulate):
			populates, t.mapped = false, nil
		case err != nil:
			return nil, fmt.Errorf("under ptrace: %w", err)
		case populates:
			t.mapped = append(t.mapped, mapped)
		}
		t.free, t.traced = append(t.free, free), append(t.traced, followed)
	}
	return t, nil
}

// enoughOf reports whether no more turns are needed after such a time.
func (o plan) enoughOf(t *turns, took time.Duration) bool {
	switch n := len(t.free); {
	case n < o.least:
		return false
	case took >= o.end:
		return true
	case n >= o.most || took >= o.enough:
		return (n < 50 || n%10 == 0) && t.agreement().narrow() // it sorts them all
	}
	return false
}

// stop is what a stop costs.
func (t *turns) stop() time.Duration {
	var all []time.Duration
	for _, x := range t.traced {
		if x.trace.step > 0 {
			all = append(all, x.trace.step)
		}
	}
	return median(all)
}

// agreement holds the sum of the phases against the free starts.
func (t *turns) agreement() *Agreement {
	stop := t.stop()
	var sums, free []float64
	for i, x := range t.traced {
		var sum time.Duration
		for _, p := range x.parts(stop) {
			sum += p.took
		}
		sums, free = append(sums, float64(sum)), append(free, float64(t.free[i].took()))
	}
	return agree(sums, free)
}

// phases is what the turns have shown.
func (t *turns) phases() *Phases {
	var free []time.Duration
	x := &Phases{Starts: len(t.free), Ahead: true, StopNS: int64(t.stop()), Agreement: t.agreement()}
	for i, one := range t.free {
		free = append(free, one.took())
		x.Ahead = x.Ahead && one.ahead && t.traced[i].ahead
		if t.traced[i].trace.replaced {
			x.Whole = "it executes another one in its place"
		}
	}
	x.InitNS = int64(middle(free))
	x.Phases = apart(t.traced, time.Duration(x.StopNS))
	if t.mapped != nil {
		x.load(apart(t.mapped, time.Duration(x.StopNS)))
	}
	return x
}

// took is what a free start takes.
func (x *start) took() time.Duration { return x.asked.Sub(x.spawned) }

// load is what the phases take less when pages are mapped beforehand.
func (x *Phases) load(mapped []Phase) {
	for i, p := range x.Phases {
		for _, m := range mapped {
			if m.Name == p.Name {
				x.Phases[i].LoadNS = new(max(0, p.NS-m.NS))
			}
		}
	}
}

// part is a phase of one start.
type part struct {
	took time.Duration
	usage
}

// parts takes a start apart. What a stop costs, as measured in that start, else as in
// the others, is paid half before it is seen and half after the program is let go.
func (x *start) parts(stop time.Duration) map[string]part {
	stop = cmp.Or(x.trace.step, stop)
	var last time.Duration
	var had usage
	all := map[string]part{}
	add := func(phase string, at time.Duration, u usage) {
		all[phase] = part{max(0, at-last), usage{
			minor: u.minor - had.minor, major: u.major - had.major,
			read: u.read - had.read, readKnown: u.readKnown,
		}}
		last, had = at, u
	}
	marks := x.trace.marks
	if x.trace.replaced { // what comes after is another program's
		marks = marks[:1]
	}
	for _, m := range marks {
		add(m.phase, m.at.Sub(x.spawned)-m.off-time.Duration(m.stops)*stop-stop/2, m.usage)
	}
	rest := Rest
	switch {
	case len(marks) == 2: // it asks while packages are initialized
		rest = Inits
	case len(marks) == 3:
		rest = Main
	}
	add(rest, x.asked.Sub(x.spawned)-x.trace.off-time.Duration(x.trace.stops)*stop, x.usage)
	return all
}

// apart is the phases of the middle half of the starts, by what they take in all: so
// the phases add up, and a few slow starts do not count.
func apart(starts []*start, stop time.Duration) []Phase {
	type one struct {
		parts map[string]part
		took  time.Duration
	}
	var all []one
	for _, x := range starts {
		o := one{parts: x.parts(stop)}
		for _, p := range o.parts {
			o.took += p.took
		}
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b one) int { return cmp.Compare(a.took, b.took) })
	of := map[string][]part{}
	for _, o := range middleHalf(all) {
		for name, p := range o.parts {
			of[name] = append(of[name], p)
		}
	}
	var phases []Phase
	for _, name := range []string{Provision, Runtime, Inits, Main, Rest} {
		if of[name] != nil {
			phases = append(phases, summary(name, of[name]))
		}
	}
	return phases
}

// middleHalf is what is left of sorted values without a quarter at either end.
func middleHalf[T any](sorted []T) []T { return sorted[len(sorted)/4 : len(sorted)-len(sorted)/4] }

// middle is the mean of the middle half.
func middle(values []time.Duration) time.Duration {
	half := middleHalf(slices.Sorted(slices.Values(values)))
	var sum time.Duration
	for _, v := range half {
		sum += v
	}
	return sum / time.Duration(len(half))
}

func summary(name string, parts []part) Phase {
	var took time.Duration
	var minor, major, read int64
	known := true
	for _, p := range parts {
		took += p.took
		minor, major, read = minor+p.minor, major+p.major, read+p.read
		known = known && p.readKnown
	}
	n := float64(len(parts))
	x := Phase{Name: name, NS: int64(took) / int64(len(parts)), Faults: float64(minor) / n, MajorFaults: float64(major) / n}
	if known {
		x.ReadBytes = new(float64(read) / n)
	}
	return x
}

// median is 0 of nothing.
func median[T ~int64](values []T) T {
	if len(values) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(values))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
