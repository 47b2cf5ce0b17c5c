package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

// Spread draws values against what they cost, with their intervals. Marked points are
// squares and joined, the others are circles.
type Spread struct {
	Title, X, Marked string
	Spots            []Spot
	Joins            []Join
	XTicks, YTicks   []Tick
	Limit, LimitText string // place and words of what values are held against; empty without
	Alt              string
}

// Spot is a point with its name beside it.
type Spot struct {
	Label          string
	X, Y           string
	Low, High      string // of its interval; empty without
	Open           bool   // the interval's upper end is not known: it goes on
	Marked         bool
	DX, DY, Anchor string // from the point to its name
}

// SpreadOf draws a plot; one without points has no spots.
func SpreadOf(p sheet.Plot) Spread {
	s := Spread{Title: render.Clean(p.Title), X: render.Clean(p.X), Marked: render.Clean(p.Marked)}
	if len(p.Points) == 0 {
		return s
	}
	x, y := axesOf(p)
	points := slices.SortedStableFunc(slices.Values(p.Points), func(a, b sheet.Point) int { return cmp.Compare(a.X, b.X) })
	s.Alt = s.Title + " against " + s.X + ":"
	names := naming{x: x, y: y, points: points}
	var last *Spot
	for _, at := range points {
		spot := Spot{Label: render.Clean(at.Label), X: Percent(x.at(at.X)), Y: Percent(100 - y.at(at.Y)), Marked: at.Marked}
		s.Alt += fmt.Sprintf(" %s %s for %s", spot.Label, Fixed(at.Y, 2), Fixed(at.X, 2))
		if at.Low != nil {
			spot.Low, spot.High, spot.Open = Percent(100-y.at(*at.Low)), "0%", at.High == nil
			s.Alt += ", interval from " + Fixed(*at.Low, 2)
			if !spot.Open {
				spot.High = Percent(100 - y.at(*at.High))
				s.Alt += " to " + Fixed(*at.High, 2)
			}
		}
		if at.Marked {
			s.Alt += ", " + s.Marked
			if last != nil {
				s.Joins = append(s.Joins, Join{last.X, last.Y, spot.X, spot.Y})
			}
			last = &spot
		}
		s.Alt += ";"
		spot.DX, spot.DY, spot.Anchor = names.beside(at)
		s.Spots = append(s.Spots, spot)
	}
	s.Alt = s.Alt[:len(s.Alt)-1]
	if l := p.Limit; l != nil {
		s.Limit, s.LimitText = Percent(100-y.at(l.Y)), render.Clean(l.Text)
		s.Alt += "; " + s.LimitText
	}
	s.Alt += "."
	plain := func(v float64, decimals int) string { return Fixed(v, decimals) }
	s.XTicks, s.YTicks = x.ticks(4, plain), y.rising(5, plain)
	return s
}

// axesOf leaves room at the sides for names.
func axesOf(p sheet.Plot) (x, y axis) {
	left, right, low, high := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, at := range p.Points {
		left, right = min(left, at.X), max(right, at.X)
		low, high = min(low, at.Y), max(high, at.Y)
		if at.Low != nil {
			low = min(low, *at.Low)
		}
		if at.High != nil {
			high = max(high, *at.High)
		}
	}
	if p.Limit != nil {
		low, high = min(low, p.Limit.Y), max(high, p.Limit.Y)
	}
	return widen(left-(right-left)/8, right+(right-left)/8), widen(max(0, low-(high-low)/8), high+(high-low)/8)
}

// naming finds places for the names of points, so that none lies on another, on a
// point or on an interval.
type naming struct {
	x, y   axis
	points []sheet.Point
	taken  []box
}

// box is an area in percents of a plot, y from the top.
type box struct{ left, top, right, bottom float64 }

func (b box) meets(o box) bool {
	return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom
}

// beside is the place of a name in px from its point, the first that is free on a plot
// as narrow as spreads get: to the right, to the left, above its interval, below it, or
// aslant; to the right where none is.
func (n *naming) beside(p sheet.Point) (dx, dy, anchor string) {
	const (
		width, height = 260.0, 180.0 // px
		letter, line  = 6.8, 12.0
		mark          = 5.0
		away          = 8.0 // from the point
	)
	if n.taken == nil {
		for _, o := range n.points {
			x := n.x.at(o.X)
			top, bottom := n.ends(o)
			n.taken = append(n.taken, box{x - 100*mark/width, top - 100*mark/height, x + 100*mark/width, bottom + 100*mark/height})
		}
	}
	x, y, long := n.x.at(p.X), 100-n.y.at(p.Y), letter*float64(len([]rune(p.Label)))
	top, bottom := n.ends(p)
	above, below := (top-y)*height/100-away, (bottom-y)*height/100+away+line-4
	type place struct {
		dx, dy float64
		anchor string
	}
	places := []place{{away, 4, "start"}, {-away, 4, "end"}, {0, above, "middle"}, {0, below, "middle"}}
	for _, dy := range []float64{-8, 16, -20, 28} {
		places = append(places, place{away, dy, "start"}, place{-away, dy, "end"})
	}
	best := places[0]
	for _, c := range places {
		left := c.dx + map[string]float64{"start": 0, "middle": -long / 2, "end": -long}[c.anchor]
		b := box{x + 100*left/width, y + 100*(c.dy-line+2)/height, x + 100*(left+long)/width, y + 100*(c.dy+2)/height}
		if b.left >= 0 && b.right <= 100 && b.top >= -5 && b.bottom <= 100 && !slices.ContainsFunc(n.taken, b.meets) {
			n.taken = append(n.taken, b)
			best = c
			break
		}
	}
	return fmt.Sprintf("%.0f", best.dx), fmt.Sprintf("%.0f", best.dy), best.anchor
}

// ends are the upper and the lower end of a point's interval, in percents from the top.
func (n *naming) ends(p sheet.Point) (top, bottom float64) {
	top, bottom = 100-n.y.at(p.Y), 100-n.y.at(p.Y)
	if p.Low != nil {
		top, bottom = 0, 100-n.y.at(*p.Low)
		if p.High != nil {
			top = 100 - n.y.at(*p.High)
		}
	}
	return top, bottom
}
