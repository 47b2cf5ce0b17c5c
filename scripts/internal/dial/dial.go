// Package dial sets cost against speed for the memory sizes that one run has measured
// of a target (run --memory), and finds the cheapest that is fast enough.
package dial

import (
	"cmp"
	"slices"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
)

// DefaultColdShare is how many of a million requests are taken to be cold where nobody
// says: AWS speaks of less than 1 % in production ("Understanding the Lambda execution
// environment lifecycle", "Cold starts and latency").
const DefaultColdShare = 0.01

// Options say what is asked.
type Options struct {
	ColdShare float64       // from 0 to 1
	TargetP99 time.Duration // that a size must meet; 0: none is asked for
}

// Dial is what the memory sizes of one target cost and give.
type Dial struct {
	Of     string  `json:"target"` // Stack/Name
	Points []Point `json:"points"` // by memory size
	Local  bool    `json:"local"`  // the CPU that a size buys is the local executor's model

	ColdShare float64 `json:"cold_share"`
	// TargetP99NS and Cheapest are of Options.TargetP99. Cheapest is the memory size in
	// MB of the cheapest point that meets it; 0 where none does.
	TargetP99NS int64 `json:"target_p99_ns,omitempty"`
	Cheapest    int   `json:"cheapest_mb,omitempty"`
}

// Point is one memory size. Times are Lambda's own, in ns: of a cold start Init and
// Duration together.
type Point struct {
	MemoryMB int `json:"memory_mb"`
	Cold     int `json:"cold"` // samples
	Warm     int `json:"warm"`

	ColdP50NS int64  `json:"cold_p50_ns"`
	WarmP50NS int64  `json:"warm_p50_ns"`
	P99NS     *int64 `json:"p99_ns,omitempty"` // of all requests at the cold share; absent below 100 samples of those that decide it

	USDPerMillion float64 `json:"usd_per_million"` // requests at the cold share, by the mean of what was billed
	// Pareto: no other size is both cheaper and faster, by P99NS, or without it by
	// ColdP50NS.
	Pareto bool `json:"pareto"`
}

// Of returns a dial for each target that the run has measured with several sizes.
func Of(run *dataset.Run, o Options) []Dial {
	var dials []Dial
	for _, t := range run.Header.Targets {
		if t.DialOf == "" {
			continue
		}
		i := slices.IndexFunc(dials, func(d Dial) bool { return d.Of == t.DialOf })
		if i < 0 {
			i = len(dials)
			dials = append(dials, Dial{Of: t.DialOf, Local: run.Header.Executor == dataset.ExecutorLocal, ColdShare: o.ColdShare, TargetP99NS: o.TargetP99.Nanoseconds()})
		}
		if p, ok := pointOf(run, t, o.ColdShare); ok {
			dials[i].Points = append(dials[i].Points, p)
		}
	}
	for i := range dials {
		dials[i].judge()
	}
	return dials
}

// pointOf is false where nothing was measured of the cold or of the warm.
func pointOf(run *dataset.Run, t dataset.Target, coldShare float64) (Point, bool) {
	var cold, warm times
	for _, s := range run.Samples {
		if s.Target != t.Key || s.DurationNS == nil || s.BilledNS == nil {
			continue
		}
		switch {
		case s.Outcome == dataset.Cold && s.Phase == dataset.Burst && s.InitNS != nil:
			cold.add(*s.InitNS+*s.DurationNS, *s.BilledNS)
		case s.Outcome == dataset.WarmStart:
			warm.add(*s.DurationNS, *s.BilledNS)
		}
	}
	if len(cold.ns) == 0 || len(warm.ns) == 0 {
		return Point{}, false
	}
	cold.sort()
	warm.sort()
	p := Point{MemoryMB: t.MemoryMB, Cold: len(cold.ns), Warm: len(warm.ns), ColdP50NS: cold.median(), WarmP50NS: warm.median()}
	p.USDPerMillion = coldShare*price.PerMillion(t, cold.meanBilled()) + (1-coldShare)*price.PerMillion(t, warm.meanBilled())
	p.P99NS = quantile(cold, warm, coldShare, 0.99)
	return p, true
}

// times are Lambda's own times of some requests, and what was billed of all.
type times struct {
	ns     []int64
	billed int64
}

func (t *times) add(ns, billed int64) {
	t.ns = append(t.ns, ns)
	t.billed += billed
}

func (t *times) sort() { slices.Sort(t.ns) }

func (t *times) median() int64 { return t.ns[(len(t.ns)-1)/2] }

func (t *times) meanBilled() time.Duration { return time.Duration(t.billed / int64(len(t.ns))) }

// enough samples decide a quantile as far out as 0.99.
const enough = 100

// quantile is the smallest time that a share q of requests stays within, of which the
// share cold is cold: each sample stands for as many requests as its kind has. It is
// nil where too few samples tell.
func quantile(cold, warm times, share, q float64) *int64 {
	if share > 0 && len(cold.ns) < enough || share < 1 && len(warm.ns) < enough {
		return nil
	}
	type weighted struct {
		ns     int64
		weight float64
	}
	var all []weighted
	for _, ns := range cold.ns {
		all = append(all, weighted{ns, share / float64(len(cold.ns))})
	}
	for _, ns := range warm.ns {
		all = append(all, weighted{ns, (1 - share) / float64(len(warm.ns))})
	}
	slices.SortFunc(all, func(a, b weighted) int { return cmp.Compare(a.ns, b.ns) })
	sum := 0.0
	const rounding = 1e-9
	for _, w := range all {
		if sum += w.weight; sum >= q-rounding {
			return &w.ns
		}
	}
	return &all[len(all)-1].ns
}

// speed is what makes one point faster than another.
func (p Point) speed(byP99 bool) int64 {
	if byP99 {
		return *p.P99NS
	}
	return p.ColdP50NS
}

// judge sorts the points and marks those that are worth choosing.
func (d *Dial) judge() {
	slices.SortFunc(d.Points, func(a, b Point) int { return cmp.Compare(a.MemoryMB, b.MemoryMB) })
	byP99 := !slices.ContainsFunc(d.Points, func(p Point) bool { return p.P99NS == nil })
	for i := range d.Points {
		p := &d.Points[i]
		p.Pareto = !slices.ContainsFunc(d.Points, func(o Point) bool {
			cheaper, faster := o.USDPerMillion <= p.USDPerMillion, o.speed(byP99) <= p.speed(byP99)
			return cheaper && faster && (o.USDPerMillion < p.USDPerMillion || o.speed(byP99) < p.speed(byP99))
		})
		meets := d.TargetP99NS > 0 && p.P99NS != nil && *p.P99NS <= d.TargetP99NS
		if meets && (d.Cheapest == 0 || p.USDPerMillion < d.at(d.Cheapest).USDPerMillion) {
			d.Cheapest = p.MemoryMB
		}
	}
}

func (d *Dial) at(memoryMB int) Point {
	return d.Points[slices.IndexFunc(d.Points, func(p Point) bool { return p.MemoryMB == memoryMB })]
}
