package dial

import (
	"slices"
	"sort"

	"github.com/aclements/go-moremath/mathx"
)

// mix is requests of which a share is cold. Times are sorted.
type mix struct {
	cold, warm []int64
	share      float64 // from 0 to 1
}

// enough samples decide a quantile as far out as 0.99.
const enough = 100

// p99 is the smallest measured time that 99 % of the requests stay within: each sample
// stands for as many requests as its kind has. It is nil where too few samples tell.
//
// Its interval is by order statistics, as those of medians are, and nothing is assumed
// of the times' distribution: an end is where Clopper's and Pearson's bounds of the
// shares of cold and of warm requests within a time, mixed, pass 99 %. Where both kinds
// count, either bound may miss half as often. Few samples leave the upper end open.
func p99(m mix) *Time {
	const q, rounding = 0.99, 1e-9
	if m.share > 0 && len(m.cold) < enough || m.share < 1 && len(m.warm) < enough {
		return nil
	}
	miss := 0.05 / 2 // at each end
	var times []int64
	if m.share > 0 {
		times = append(times, m.cold...)
	}
	if m.share < 1 {
		times = append(times, m.warm...)
	}
	if m.share > 0 && m.share < 1 {
		miss /= 2
	}
	slices.Sort(times)
	first := func(of func(k, n int) float64) *int64 {
		i := sort.Search(len(times), func(i int) bool { return m.within(times[i], of) >= q-rounding })
		if i == len(times) {
			return nil
		}
		return &times[i]
	}
	return &Time{
		NS:   *first(func(k, n int) float64 { return float64(k) / float64(n) }),
		Low:  first(func(k, n int) float64 { return atMost(k, n, miss) }),
		High: first(func(k, n int) float64 { return atLeast(k, n, miss) }),
	}
}

// within is the share of requests that take no longer than ns, where of is that of one
// kind of which k of n samples do.
func (m mix) within(ns int64, of func(k, n int) float64) (share float64) {
	for _, kind := range []struct {
		times []int64
		share float64
	}{{m.cold, m.share}, {m.warm, 1 - m.share}} {
		if kind.share > 0 {
			k := sort.Search(len(kind.times), func(i int) bool { return kind.times[i] > ns })
			share += kind.share * of(k, len(kind.times))
		}
	}
	return share
}

// atLeast and atMost bound a share of which k of n samples were seen; each misses with
// the given probability at most (Clopper and Pearson, "The use of confidence or fiducial
// limits illustrated in the case of the binomial", 1934).
func atLeast(k, n int, miss float64) float64 {
	if k == 0 {
		return 0
	}
	return betaQuantile(miss, float64(k), float64(n-k+1))
}

func atMost(k, n int, miss float64) float64 { return 1 - atLeast(n-k, n, miss) }

// betaQuantile inverts mathx.BetaInc, which rises with x.
func betaQuantile(level, a, b float64) float64 {
	low, high := 0.0, 1.0
	for range 60 {
		if x := (low + high) / 2; mathx.BetaInc(x, a, b) < level {
			low = x
		} else {
			high = x
		}
	}
	return (low + high) / 2
}
