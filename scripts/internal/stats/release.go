package stats

import (
	"slices"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// Release says how the bursts of a target left: whether they were simultaneous is
// what everything said of them rests on.
type Release struct {
	// Skew is from the first request that was sent to the last, a value a burst.
	Skew Distribution `json:"skew"`

	// Own is the function's own time, the median of what cold requests took in it:
	// Init, or Restore, with Duration. Nil where no sample says it.
	Own *time.Duration `json:"own_ns,omitempty"`
	// Marked are the rounds whose burst took longer to leave than that: its last
	// request may have met an environment that its first had left.
	Marked []int `json:"marked,omitempty"`

	// CPUs is how many processors the process used while the bursts of the run left,
	// nil where nobody said.
	CPUs *float64 `json:"cpus,omitempty"`
}

// releaseOf is nil where no burst had two requests.
func releaseOf(t dataset.Target, samples []*dataset.Sample, end *dataset.End) *Release {
	type span struct {
		n           int
		first, last int64
	}
	bursts := map[int]*span{}
	var own []time.Duration
	for _, s := range samples {
		if s.Phase != dataset.Burst {
			continue
		}
		if d, ok := ownTime(t, s); ok {
			own = append(own, d)
		}
		if s.SentNS == nil {
			continue
		}
		b := bursts[s.Round]
		if b == nil {
			b = &span{first: *s.SentNS, last: *s.SentNS}
			bursts[s.Round] = b
		}
		b.n++
		b.first, b.last = min(b.first, *s.SentNS), max(b.last, *s.SentNS)
	}
	r := &Release{}
	if d := Distribute(own); d.N > 0 {
		r.Own = &d.P50
	}
	var skews []time.Duration
	for round, b := range bursts {
		if b.n < 2 {
			continue
		}
		skew := time.Duration(b.last - b.first)
		skews = append(skews, skew)
		if r.Own != nil && skew > *r.Own {
			r.Marked = append(r.Marked, round)
		}
	}
	if skews == nil {
		return nil
	}
	r.Skew = Distribute(skews)
	slices.Sort(r.Marked)
	if end != nil && end.Sender != nil {
		r.CPUs = processors(end.Sender.BurstCPUNS, end.Sender.BurstNS)
	}
	return r
}

// ownTime is how long a request that met what was meant kept its environment.
func ownTime(t dataset.Target, s *dataset.Sample) (time.Duration, bool) {
	var before *int64
	switch {
	case s.Outcome == dataset.Cold:
		before = s.InitNS
	case s.Outcome == dataset.Restored:
		before = s.RestoreNS
	case s.Outcome == dataset.WarmStart && t.StartType == dataset.StartProvisioned:
		before = new(int64)
	}
	if before == nil || s.DurationNS == nil {
		return 0, false
	}
	return time.Duration(*before + *s.DurationNS), true
}
