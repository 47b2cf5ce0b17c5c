// Package dial sets cost against speed for the memory sizes that one run has measured
// of a target (run --memory), and finds the cheapest that is fast enough.
package dial

import (
	"cmp"
	"slices"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
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
	// Unmeasured are sizes in MB without a cold or without a warm request that counts.
	Unmeasured []int `json:"unmeasured_mb,omitempty"`

	// ToldApart: the samples tell some size from another, in cost or in speed.
	ToldApart bool `json:"told_apart"`

	ColdShare float64 `json:"cold_share"`
	// TargetP99NS and Cheapest are of Options.TargetP99. Cheapest is the memory size in
	// MB of the cheapest point that meets it, Possible of one that may and is cheaper
	// still; 0 where there is none.
	TargetP99NS int64 `json:"target_p99_ns,omitempty"`
	Cheapest    int   `json:"cheapest_mb,omitempty"`
	Possible    int   `json:"possible_mb,omitempty"`
}

// Point is one memory size. Times are Lambda's own, in ns: of a cold start Init and
// Duration together.
type Point struct {
	MemoryMB int `json:"memory_mb"`
	Cold     int `json:"cold"` // samples
	Warm     int `json:"warm"`
	Failed   int `json:"failed,omitempty"` // requests that the function did not answer

	ColdP50 Time  `json:"cold_p50"`
	WarmP50 Time  `json:"warm_p50"`
	P99     *Time `json:"p99,omitempty"` // of all requests at the cold share; absent below 100 samples of those that decide it

	USDPerMillion float64 `json:"usd_per_million"` // requests at the cold share, by the mean of what was billed
	Meets         Meets   `json:"meets,omitempty"` // Options.TargetP99; empty where none is asked for

	// Worth: no other size is better and this one in nothing, as far as the samples
	// tell them apart. LikeMB is the cheaper size from which its speed is not told
	// apart; 0 where there is none.
	Worth  bool `json:"worth_choosing"`
	LikeMB int  `json:"like_mb,omitempty"`

	sides
}

// Time is a quantile with its 95 % interval, in ns. An end that the samples are too few
// for is absent.
type Time struct {
	NS   int64  `json:"ns"`
	Low  *int64 `json:"low_ns,omitempty"`
	High *int64 `json:"high_ns,omitempty"`
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
		d := &dials[i]
		if p, ok := pointOf(run, t, o.ColdShare); ok {
			d.Points = append(d.Points, p)
		} else {
			d.Unmeasured = append(d.Unmeasured, t.MemoryMB)
		}
	}
	for i := range dials {
		d := &dials[i]
		slices.SortFunc(d.Points, func(a, b Point) int { return cmp.Compare(a.MemoryMB, b.MemoryMB) })
		slices.Sort(d.Unmeasured)
		d.judge()
		d.choose()
	}
	return dials
}

func (d *Dial) at(memoryMB int) Point {
	return d.Points[slices.IndexFunc(d.Points, func(p Point) bool { return p.MemoryMB == memoryMB })]
}
