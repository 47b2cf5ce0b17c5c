package plot

import (
	"fmt"
	"math"

	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// ByRun draws the medians of a history with their intervals, and marks what has
// changed. leftOut is how many of the oldest runs it has no room for.
func ByRun(h stats.History) (c Course, leftOut int) {
	leftOut = max(0, len(h.Points)-mostMarks)
	points := h.Points[leftOut:]
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range points {
		if p.Median != nil {
			low, high = min(low, *p.Median), max(high, *p.Median)
		}
		if p.Range != nil {
			low, high = min(low, p.Range.Low), max(high, p.Range.High)
		}
	}
	if math.IsInf(low, 1) {
		return Course{}, leftOut
	}
	y := widen(low-(high-low)/8, high+(high-low)/4) // above is room for what has changed
	at := func(i int) float64 { return 4 + 92*float64(i)/float64(max(len(points)-1, 1)) }
	var line Line
	changes := 0
	for i, p := range points {
		if p.Median == nil {
			continue
		}
		m := Mark{X: Percent(at(i)), Y: Percent(100 - y.at(*p.Median))}
		if p.Range != nil {
			m.Low, m.High = Percent(100-y.at(p.Range.Low)), Percent(100-y.at(p.Range.High))
		}
		if p.Change != nil {
			changes++
			m.Change, m.Class, m.Anchor = ChangeOf(p.Change), Class(p.Change.Verdict), anchor(at(i), 15)
		}
		if n := len(line.Marks); n > 0 {
			line.Joins = append(line.Joins, Join{line.Marks[n-1].X, line.Marks[n-1].Y, m.X, m.Y})
		}
		line.Marks = append(line.Marks, m)
	}
	const day = "2006-01-02" // there is no room for more on a phone
	from, to := points[0].Side.Header.Started.UTC().Format(day), points[len(points)-1].Side.Header.Started.UTC().Format(day)
	return Course{
		Lines:  []Line{line},
		YTicks: y.rising(5, msOfSeconds),
		XTicks: []Tick{{Percent(at(0)), from, "start"}, {Percent(at(len(points) - 1)), to, "end"}},
		Alt: fmt.Sprintf("%s of %s from %s to %s: between %s and %s ms; %s.", h.Measure,
			Count(len(line.Marks), "run"), from, to, Fixed(1e3*low, 2), Fixed(1e3*high, 2), Count(changes, "change")),
	}, leftOut
}

// ChangeOf writes by how much something has changed.
func ChangeOf(s *stats.Shift) string {
	if s.Ratio == nil {
		return string(s.Verdict)
	}
	return render.Change(*s.Ratio)
}
