package stats

import "slices"

// Median is the middle of n values, and bounds of the population's median with 95 %
// confidence or more by order statistics, whatever the distribution. Bounded is
// false where n is too small for bounds (below 6); Low and High are 0 then.
type Median struct {
	N         int
	P50       float64
	Low, High float64
	Bounded   bool
}

// MedianOf is the median of values, of which there is at least one and which it
// leaves as they are.
func MedianOf(values []float64) Median {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	m := Median{N: n, P50: (sorted[(n-1)/2] + sorted[n/2]) / 2}
	if k := medianRank(n); k > 0 {
		m.Low, m.High, m.Bounded = sorted[k-1], sorted[n-k], true
	}
	return m
}
