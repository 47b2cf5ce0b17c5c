package stats

import "math"

// Verdict says whether something became slower.
type Verdict string

const (
	Slower       Verdict = "slower"     // the whole interval is above the threshold
	NotSlower    Verdict = "not slower" // the whole interval is below the threshold
	Faster       Verdict = "faster"     // not slower, and the old side is, seen from the new
	Inconclusive Verdict = "inconclusive"
)

// decide holds the interval against the threshold; all are logarithms.
func (s *Shift) decide(estimate, low, high float64) {
	limit := math.Log1p(s.Threshold)
	switch {
	case low > limit:
		s.Verdict = Slower
	case high < -limit && s.Threshold > 0:
		s.Verdict = Faster
	case high < limit:
		s.Verdict = NotSlower
	default:
		s.Further = further(estimate-limit, high-low, min(s.OldN, s.NewN))
	}
}

const (
	// surely is by how much the interval must be narrower than what lies between
	// estimate and threshold to decide four times out of five: with a power of
	// 80 %, (1.96 + 0.84) / 1.96.
	surely = 1.43
	// tooMany samples are no advice.
	tooMany = 10_000
)

// further is how many samples a side are missing for an interval that would
// decide. It narrows with the root of their number.
func further(distance, width float64, n int) int {
	if distance == 0 {
		return 0
	}
	times := surely * width / 2 / distance
	missing := float64(n) * (times*times - 1)
	if missing < 1 || missing > tooMany {
		return 0
	}
	// Two digits are more than such a guess is worth.
	unit := math.Pow(10, math.Max(0, math.Floor(math.Log10(missing))-1))
	return int(math.Ceil(missing/unit) * unit)
}

// Confidence is that of each interval in a family of k, so that with a
// probability of 95 % none of them misses: Bonferroni's bound, which holds
// however the k depend on each other.
func Confidence(k int) float64 { return 1 - 0.05/float64(max(k, 1)) }
