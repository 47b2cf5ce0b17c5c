package stats

import (
	"math"
	"slices"
	"time"
)

// The smallest n at which a percentile is given: at least one sample has to lie
// above it, or the percentile is the maximum under another name.
const (
	minP90 = 10
	minP99 = 100
)

// confidence is that of MedianLow and MedianHigh.
const confidence = 0.95

// Distribution describes n measured times. With N == 0 it is the zero value,
// and nothing in it means anything. A nil pointer stands where n is too small.
//
// P50 is the median: the middle value, or the mean of the two middle ones, as
// benchstat has it. P90 and P99 are by nearest rank: the smallest measured
// value that at least 90 or 99 % of the values do not exceed. P90 needs n ≥ 10,
// P99 n ≥ 100.
//
// MedianLow and MedianHigh bound the median of the population with 95 %
// confidence or more, whatever its distribution: see medianRank. They need
// n ≥ 6, and samples that are independent; drift between rounds is not in them.
type Distribution struct {
	N          int            `json:"n"`
	Min        time.Duration  `json:"min_ns"`
	P50        time.Duration  `json:"p50_ns"`
	MedianLow  *time.Duration `json:"median_low_ns,omitempty"`
	MedianHigh *time.Duration `json:"median_high_ns,omitempty"`
	P90        *time.Duration `json:"p90_ns,omitempty"`
	P99        *time.Duration `json:"p99_ns,omitempty"`
	Max        time.Duration  `json:"max_ns"`
}

// Distribute describes values, which it sorts.
func Distribute(values []time.Duration) Distribution {
	n := len(values)
	if n == 0 {
		return Distribution{}
	}
	slices.Sort(values)
	lower, upper := values[(n-1)/2], values[n/2]
	d := Distribution{
		N:   n,
		Min: values[0],
		P50: lower + (upper-lower)/2,
		Max: values[n-1],
	}
	if k := medianRank(n); k > 0 {
		d.MedianLow, d.MedianHigh = new(values[k-1]), new(values[n-k])
	}
	if n >= minP90 {
		d.P90 = new(nearestRank(values, 90))
	}
	if n >= minP99 {
		d.P99 = new(nearestRank(values, 99))
	}
	return d
}

// nearestRank returns the smallest of the sorted values that at least percent %
// of them do not exceed. Integers keep 90 % of 10 from becoming rank 10.
func nearestRank(sorted []time.Duration, percent int) time.Duration {
	rank := (len(sorted)*percent + 99) / 100
	return sorted[rank-1]
}

// medianRank returns the largest k such that the k-th smallest and the k-th
// largest of n samples enclose the median of the population with at least 95 %
// confidence, and 0 where n is too small for any. The number of samples below
// the median is binomial with p = 1/2, so the interval misses it with
// probability 2·P(X < k), half of that on each side.
//
// The sum is exact. moremath's QuantileCI is not used because it approximates
// above n = 30 and gives unequal tails (its interval leans to the left), and
// its BinomialDist does not converge for large n.
func medianRank(n int) int {
	logP := -float64(n) * math.Ln2 // of X = 0; 2^-n itself underflows above n = 1074
	below := 0.0
	for k := 0; k <= n/2; k++ {
		below += math.Exp(logP)
		if 2*below > 1-confidence {
			return k
		}
		logP += math.Log(float64(n-k)) - math.Log(float64(k+1))
	}
	return 0 // n == 0: the loop ends above the tails for every other n
}
