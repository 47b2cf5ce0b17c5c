package plot

import (
	"math"
	"strconv"
)

// axis maps values to percents of a plot's width or height, so that a plot fits
// every screen without its text and dots being stretched.
type axis struct{ low, high float64 }

// at is where a value stands; what lies outside stands at the end.
func (a axis) at(v float64) float64 {
	return 100 * min(max((v-a.low)/(a.high-a.low), 0), 1)
}

// Percent writes a place or a length as an attribute of SVG.
func Percent(p float64) string { return strconv.FormatFloat(p, 'f', 2, 64) + "%" }

// Tick is a mark of an axis.
type Tick struct {
	At     string
	Text   string
	Anchor string // of the text: start, middle or end
}

// widen makes an axis of values; one that has no width gets one.
func widen(low, high float64) axis {
	if !(high > low) {
		pad := max(math.Abs(low)/10, 1e-6)
		low, high = low-pad, high+pad
	}
	return axis{low, high}
}

// ticks are marks at round values, about n of them. text writes a value with so
// many decimals.
func (a axis) ticks(n int, text func(v float64, decimals int) string) []Tick {
	step := niceStep((a.high - a.low) / float64(n))
	decimals := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	var ticks []Tick
	for i := math.Ceil(a.low/step - 1e-9); i*step <= a.high+1e-9*step; i++ {
		at := a.at(i * step)
		ticks = append(ticks, Tick{Percent(at), text(i*step, decimals), anchor(at, 4)})
	}
	return ticks
}

// anchor is how a text stands to its place, so that it stays within the plot: what
// is nearer to an end than so many percent begins or ends there.
func anchor(at, near float64) string {
	switch {
	case at < near:
		return "start"
	case at > 100-near:
		return "end"
	}
	return "middle"
}

// rising are ticks of an axis that goes up, as SVG's does not.
func (a axis) rising(n int, text func(v float64, decimals int) string) []Tick {
	down := axis{-a.high, -a.low}
	return down.ticks(n, func(v float64, decimals int) string { return text(-v, decimals) })
}

// niceStep is the smallest of 1, 2 and 5 times a power of ten that is not below v.
func niceStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}
