package stats

import (
	"math"
	"sort"
)

// Mode is a place where values gather.
type Mode struct {
	Center float64 `json:"center"` // median of the values that belong to it
	Share  float64 `json:"share"`  // of all values
}

const (
	// fewestForModes is the smallest n in which modes are looked for.
	fewestForModes = 20
	// mostForModes values stand for all where there are more: what does not show in
	// so many quantiles makes no median jump.
	mostForModes = 2000
	// smallestMode is the share below which a second place is a tail.
	smallestMode = 0.1
	// critical is the excess, times the root of n, that 5 % of samples of a uniform
	// distribution exceed: of all with one mode the hardest to tell from two.
	// TestModesOfOne counts how often it is exceeded.
	critical = 0.97
)

// modes returns the two places where logarithms, in order of size, gather, the
// lower first, or nil where they gather in one.
//
// It is the test of Müller and Sawitzki ("Excess mass estimates and tests for
// multimodality", 1991), whose statistic is twice the dip of Hartigan and Hartigan
// (1985): the share of the values that would have to move for one mode to be left.
// For a density λ, the excess of an interval is the share of values in it less λ
// times its length; two intervals have more excess than one by the statistic, at
// the λ for which this is most. Nothing is assumed of the shape of a mode, a tail
// however long has no second excess, and the intervals say where the modes are. A
// mixture of two normal distributions, chosen by BIC, takes a long tail for its
// second component instead.
func modes(sorted []float64) []Mode {
	if len(sorted) < fewestForModes {
		return nil
	}
	x := spread(thin(sorted, mostForModes))
	best, cut := 0.0, 0.0
	for _, lambda := range densities(x) {
		if excess, c := secondExcess(x, lambda); excess > best {
			best, cut = excess, c
		}
	}
	if best*math.Sqrt(float64(len(x))) < critical {
		return nil
	}
	below := sort.SearchFloat64s(sorted, cut)
	share := float64(below) / float64(len(sorted))
	if min(share, 1-share) < smallestMode {
		return nil
	}
	return []Mode{{middleOf(sorted[:below]), share}, {middleOf(sorted[below:]), 1 - share}}
}

// middleOf is the median of what the logarithms are of.
func middleOf(sorted []float64) float64 {
	return logs{values: sorted}.median()
}

// spread takes equal values apart, evenly over the resolution of what was measured:
// a clock's ticks are no modes.
func spread(sorted []float64) []float64 {
	resolution := math.Inf(1)
	for i, v := range sorted[1:] {
		if d := math.Exp(v) - math.Exp(sorted[i]); d > 0 {
			resolution = min(resolution, d)
		}
	}
	apart := make([]float64, len(sorted))
	for from := 0; from < len(sorted); {
		to := from
		for to < len(sorted) && sorted[to] == sorted[from] {
			to++
		}
		for i := from; i < to; i++ {
			place := (float64(i-from)+0.5)/float64(to-from) - 0.5
			apart[i] = sorted[from]
			if !math.IsInf(resolution, 1) {
				apart[i] += place * resolution / math.Exp(sorted[from])
			}
		}
		from = to
	}
	return apart
}

// thin returns at most n values that stand for all: quantiles.
func thin(sorted []float64, n int) []float64 {
	if len(sorted) <= n {
		return sorted
	}
	x := make([]float64, n)
	for i := range x {
		x[i] = sorted[(2*i+1)*len(sorted)/(2*n)]
	}
	return x
}

// densities are those at which two modes may stand out, a tenth apart: from below
// the mean density of nine tenths of the values up to the highest of a tenth.
func densities(x []float64) []float64 {
	n := len(x)
	most := math.Inf(1)
	for i := 0; i+n/10 < n; i++ {
		most = min(most, x[i+n/10]-x[i])
	}
	span := x[n-1-n/20] - x[n/20]
	if most <= 0 || span <= 0 {
		return nil
	}
	var all []float64
	for lambda := 0.2 / span; lambda < 0.1/most; lambda *= 1.1 {
		all = append(all, lambda)
	}
	return all
}

// secondExcess is by how much the best two intervals exceed the best one at a
// density, and the middle of the gap between the two.
func secondExcess(x []float64, lambda float64) (excess, cut float64) {
	each := 1 / float64(len(x))
	// Of intervals that end at this value, and the best so far, of one and of two;
	// the second knows where the gap before its last interval is.
	type two struct {
		excess   float64
		from, to int // of the gap: last value before it, first after it
	}
	one, bestOne, bestOneEnd := each, each, 0
	var last, best two
	for i := 1; i < len(x); i++ {
		cost := lambda * (x[i] - x[i-1])
		if last.excess-cost > bestOne {
			last.excess += each - cost
		} else {
			last = two{bestOne + each, bestOneEnd, i}
		}
		if last.excess > best.excess {
			best = last
		}
		one = each + max(0, one-cost)
		if one > bestOne {
			bestOne, bestOneEnd = one, i
		}
	}
	return best.excess - bestOne, (x[best.from] + x[best.to]) / 2
}
