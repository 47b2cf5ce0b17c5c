package plot

import (
	"fmt"
	"math"
	"slices"
)

// Strip draws how values are distributed: dots in columns, a lane for each side on
// one axis, and under the dots the median with its interval.
type Strip struct {
	Name  string
	Lanes []Lane
	Ticks []Tick
	Note  string // what a dot is, and what lies beyond the axis
}

// Lane is one side of a strip.
type Lane struct {
	Side   string // old, new, or empty where there is one
	Label  string
	N      int
	Median string
	Range  string // of the median, Absent where there are too few values
	Alt    string
	Dots   []Dot
	Height int

	// Places on the axis.
	MedianAt, LowAt, Width string
	LineY                  int // where the median's line is
}

// Dot stands for up to so many values as the strip's note says.
type Dot struct {
	X string
	Y float64
}

const (
	columns    = 56 // of dots: as many as a phone's width has room for
	mostDots   = 20 // in a column; beyond, a dot stands for several values
	dotPitch   = 6
	lineHeight = 22 // below the dots, for the median
)

// StripOf draws values in seconds. Sides without values have no lane.
func StripOf(name string, sides []Side) Strip {
	s := Strip{Name: name}
	low, high := math.Inf(1), math.Inf(-1)
	var all []Side
	for _, x := range sides {
		if len(x.Series.Values) == 0 {
			continue
		}
		all = append(all, x)
		sorted := slices.Sorted(slices.Values(x.Series.Values))
		low, high = min(low, sorted[0]), max(high, nearTop(sorted))
	}
	if all == nil {
		return s
	}
	a := widen(low, high)
	most := 0
	counts := make([][]int, len(all))
	beyond, largest := 0, 0.0
	for i, x := range all {
		counts[i] = make([]int, columns)
		for _, v := range x.Series.Values {
			if v > a.high*(1+1e-12) {
				beyond++
				largest = max(largest, v)
				continue
			}
			counts[i][min(int(a.at(v)/100*columns), columns-1)]++
		}
		most = max(most, slices.Max(counts[i]))
	}
	per := (most + mostDots - 1) / mostDots
	s.Note = "A dot is one request."
	if per > 1 {
		s.Note = fmt.Sprintf("A dot is up to %d requests.", per)
	}
	if beyond > 0 {
		s.Note += fmt.Sprintf(" Beyond the scale: %s, up to %s ms.", Grouped(beyond), Fixed(1e3*largest, 2))
	}
	for i, x := range all {
		s.Lanes = append(s.Lanes, x.lane(a, counts[i], max(per, 1), name))
	}
	s.Ticks = a.ticks(6, msOfSeconds)
	return s
}

// nearTop is where an axis ends: at the largest value, or at Tukey's outer fence,
// three times the middle half's width above it, so that stragglers do not press all
// others together.
func nearTop(sorted []float64) float64 {
	n := len(sorted)
	low, high, most := sorted[n/4], sorted[n*3/4], sorted[n-1]
	if high == low {
		return most
	}
	return min(most, high+3*(high-low))
}

func (x Side) lane(a axis, counts []int, per int, name string) Lane {
	d := Distribute(x.Series.Values)
	l := Lane{Side: x.Name, Label: x.Label, N: d.N, Median: MS(d.P50), Range: Absent}
	highest := (slices.Max(counts) + per - 1) / per
	dots := float64(max(highest, 3)) * dotPitch
	for i, n := range counts {
		at := Percent((float64(i) + 0.5) * 100 / columns)
		for k := range (n + per - 1) / per {
			l.Dots = append(l.Dots, Dot{at, math.Round(10*(dots-dotPitch*(float64(k)+0.5))) / 10})
		}
	}
	l.LineY = int(dots) + 9
	l.Height = int(dots) + lineHeight
	l.MedianAt = Percent(a.at(d.P50.Seconds()))
	l.Alt = fmt.Sprintf("%s%s of %s: median %s ms", x.prefix(), name, Count(d.N, "request"), l.Median)
	if d.MedianLow != nil {
		from, to := a.at(d.MedianLow.Seconds()), a.at(d.MedianHigh.Seconds())
		l.LowAt, l.Width = Percent(from), Percent(to-from)
		l.Range = MS(*d.MedianLow) + "–" + MS(*d.MedianHigh)
		l.Alt += fmt.Sprintf(", 95 %% interval %s to %s ms", MS(*d.MedianLow), MS(*d.MedianHigh))
	}
	l.Alt += fmt.Sprintf("; smallest %s, largest %s ms", MS(d.Min), MS(d.Max))
	return l
}
