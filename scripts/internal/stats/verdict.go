package stats

import (
	"math"
	"sort"
)

// Verdict says whether something became slower.
type Verdict string

const (
	Slower       Verdict = "slower"     // the whole interval is above the threshold
	NotSlower    Verdict = "not slower" // the whole interval is below the threshold
	Faster       Verdict = "faster"     // not slower, and the old side is, seen from the new
	Inconclusive Verdict = "inconclusive"
	Failing      Verdict = "failing" // more requests fail than before, whatever the times of the others
)

// decide holds the interval against the threshold; all are logarithms.
func (s *Shift) decide(r *ranks, estimate, low, high float64) {
	limit := math.Log1p(s.Threshold)
	switch {
	case low > limit:
		s.Verdict = Slower
	case high < -limit && s.Threshold > 0:
		s.Verdict = Faster
	case high < limit:
		s.Verdict = NotSlower
	default:
		// The end that crosses the threshold is the one that has to come nearer.
		if estimate > limit {
			s.further(r, estimate-limit, estimate-low)
		} else {
			s.further(r, limit-estimate, high-estimate)
		}
	}
}

const (
	// surely is by how many errors of the estimate an interval must be nearer than
	// the threshold to decide four times out of five: the 80 % quantile of a normal
	// distribution.
	surely = 0.84
	// tooMany samples are no advice.
	tooMany = 10_000
)

// further finds how many more rounds, or samples where they are not compared by
// round, are missing for an interval that would decide: one whose end, half away
// from the estimate now, comes nearer than distance. The error falls with the root
// of their number, and Student's quantile with their degrees of freedom.
func (s *Shift) further(r *ranks, distance, half float64) {
	if !(distance > 0) {
		return
	}
	n := min(s.OldN, s.NewN)
	units := n
	if s.ByRound {
		units = s.Rounds
	}
	groups := float64(s.Clusters)
	lost := 2.0 // degrees of freedom
	if r.shared {
		lost = 1
	}
	z := normal((1 + s.Confidence) / 2)
	// Student's quantile by its first terms (Abramowitz and Stegun, 26.7.5): a guess
	// needs no search for each of many.
	at := func(groups float64) float64 {
		df := max(1, groups-lost)
		return z + z*(z*z+1)/(4*df) + z*(5*z*z*z*z+16*z*z+3)/(96*df*df)
	}
	now := half / at(groups) // the error
	decides := func(units2 int) bool {
		times := float64(units2) / float64(units)
		return (at(groups*times)+surely)*now/math.Sqrt(times) <= distance
	}
	most := units + units*tooMany/n
	if !decides(most) {
		return
	}
	missing := 1 + sort.Search(most-units, func(i int) bool { return decides(units + 1 + i) })
	if s.ByRound {
		s.FurtherRounds = twoDigits(missing)
		missing = (s.FurtherRounds*n + units - 1) / units
	}
	s.Further = twoDigits(missing)
}

// twoDigits rounds up: more digits are more than such a guess is worth.
func twoDigits(n int) int {
	unit := math.Pow(10, math.Max(0, math.Floor(math.Log10(float64(n)))-1))
	return int(math.Ceil(float64(n)/unit) * unit)
}

// Confidence is that of each interval in a family of k, so that with a
// probability of 95 % none of them misses: Bonferroni's bound, which holds
// however the k depend on each other.
func Confidence(k int) float64 { return 1 - 0.05/float64(max(k, 1)) }
