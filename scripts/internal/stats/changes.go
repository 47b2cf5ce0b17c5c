package stats

import (
	"math"
	"slices"
)

// fewestRuns is the smallest number of runs between two changes: fewer do not tell
// how runs differ by themselves. So a change shows when it has lasted for as many.
const fewestRuns = 3

// mark finds the change points of a history, whose points are in order of time.
//
// Candidates are where the sum of squares of the runs' logarithmic medians has its
// best segments (optimal partitioning: Jackson and others, "An algorithm for optimal
// partitioning of data on an interval", 2005), with so small a price for each that
// there are rather too many. Then Compare judges each against its neighbours, with
// every run as one round, so that what runs differ by themselves widens the interval,
// and with Bonferroni's correction for all places where a change could be. The one
// that is furthest from being slower or faster beyond the threshold goes, its
// segments become one, and so on until all that are left are. Halving again and
// again, as is usual, would miss a change that is taken back later.
func (h *History) mark(threshold float64) {
	var runs []int // points that have values
	for i, p := range h.Points {
		if p.N > 0 {
			runs = append(runs, i)
		}
	}
	if len(runs) < 2*fewestRuns {
		return
	}
	medians := make([]float64, len(runs))
	for i, at := range runs {
		medians[i] = math.Log(*h.Points[at].Median)
	}
	cuts := partition(medians)
	plan := Plan{Threshold: threshold, Confidence: Confidence(len(runs) - 1)}
	judge := func(from, cut, to int) Shift {
		return Compare(h.together(runs[from:cut]), h.together(runs[cut:to]), plan)
	}
	shifts := make([]Shift, len(cuts))
	for i := 1; i < len(cuts)-1; i++ {
		shifts[i] = judge(cuts[i-1], cuts[i], cuts[i+1])
	}
	for {
		weakest, least := 0, 0.0
		for i := 1; i < len(cuts)-1; i++ {
			if s := beyond(shifts[i]); s < least {
				weakest, least = i, s
			}
		}
		if weakest == 0 {
			break
		}
		cuts, shifts = slices.Delete(cuts, weakest, weakest+1), slices.Delete(shifts, weakest, weakest+1)
		for i := max(1, weakest-1); i <= weakest && i < len(cuts)-1; i++ {
			shifts[i] = judge(cuts[i-1], cuts[i], cuts[i+1])
		}
	}
	for i := 1; i < len(cuts)-1; i++ {
		h.Points[runs[cuts[i]]].Change = &shifts[i]
	}
}

// together are the values of runs, each run a round.
func (h *History) together(points []int) (all Series) {
	for round, at := range points {
		for _, v := range h.Points[at].Side.Deciding() {
			all.Add(round, v)
		}
	}
	return all
}

// beyond is by how much a shift is slower or faster than the threshold, as a
// logarithm; negative where it is neither.
func beyond(s Shift) float64 {
	if s.Interval == nil {
		return math.Inf(-1)
	}
	return max(math.Log(s.Interval.Low), -math.Log(s.Interval.High)) - math.Log1p(s.Threshold)
}

// partition cuts values, six or more, into segments of at least three whose sums of squares
// about their means, and a price for each segment, are least together. It returns where
// segments begin, and the end.
//
// The price is twice the variance from one value to the next, which a step hardly
// enters, being one difference of many.
func partition(values []float64) []int {
	n := len(values)
	steps := make([]float64, n-1)
	sum, squares := make([]float64, n+1), make([]float64, n+1)
	for i, v := range values {
		v -= values[0] // so that squares are of what differs
		sum[i+1], squares[i+1] = sum[i]+v, squares[i]+v*v
		if i > 0 {
			steps[i-1] = math.Abs(values[i] - values[i-1])
		}
	}
	slices.Sort(steps)
	// Of a normal distribution the median of differences is 0.6745·√2 deviations.
	deviation := steps[len(steps)/2] / (0.6745 * math.Sqrt2)
	price := 2 * deviation * deviation

	cost, from := make([]float64, n+1), make([]int, n+1)
	for to := 1; to <= n; to++ {
		cost[to] = math.Inf(1)
		for start := 0; start <= to-fewestRuns; start++ {
			s := sum[to] - sum[start]
			c := cost[start] + squares[to] - squares[start] - s*s/float64(to-start) + price
			if c < cost[to] {
				cost[to], from[to] = c, start
			}
		}
	}
	cuts := []int{n}
	for to := n; to > 0; to = from[to] {
		cuts = append(cuts, from[to])
	}
	slices.Reverse(cuts)
	return cuts
}
