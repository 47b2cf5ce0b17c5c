package stats

import (
	"math"
	"time"
)

// Until is the rule by which a run of two sides that take turns goes on until its
// interval is narrow enough: after some rounds it looks, and only then.
//
// It looks at the interval's width and never at the verdict: who stops when the
// result pleases finds it too often. The width still depends a little on the
// result; docs/verdict.md has what simulations say of the error that is left.
type Until struct {
	Goal float64 // 0.02: the interval reaches at most 2 % to each side
}

// firstLook is after how many rounds the rule looks first: fewer do not tell how
// rounds differ.
const firstLook = 10

// Look reports whether the rule looks after that many rounds: 10, 15, 20, 30, 40,
// 60, 80, and so on. Few looks are few chances to be wrong.
func (u Until) Look(rounds int) bool {
	for rounds > 2*firstLook && rounds%2 == 0 {
		rounds /= 2
	}
	return rounds == firstLook || rounds == firstLook*3/2 || rounds == 2*firstLook
}

// Reached reports whether the interval is narrow enough, to each side.
func (u Until) Reached(s Shift) bool {
	return s.Interval != nil && max(s.Interval.High-*s.Ratio, *s.Ratio-s.Interval.Low) <= u.Goal**s.Ratio
}

// ReachedBy reports the same of one side that is compared with nothing: of the
// interval of its median.
func (u Until) ReachedBy(s *Side) bool {
	d := Distribute(durations(s.decides().series.Values))
	return d.MedianHigh != nil && float64(max(*d.MedianHigh-d.P50, d.P50-*d.MedianLow)) <= u.Goal*float64(d.P50)
}

// durations turns seconds into times.
func durations(seconds []float64) []time.Duration {
	times := make([]time.Duration, len(seconds))
	for i, v := range seconds {
		times[i] = time.Duration(math.Round(v * float64(time.Second)))
	}
	return times
}
