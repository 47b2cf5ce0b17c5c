package plot

import (
	"fmt"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Scale draws a change with its interval against no change and the threshold.
type Scale struct {
	Ticks           []Tick
	Zero, Threshold string
	At, Low, Width  string // Low and Width are empty where there is no interval
	Limit           string // the threshold as text
	Anchor          string // of that text
	Alt             string
}

// ScaleOf draws the change of a measure; nil where there is none.
func ScaleOf(m stats.Measure) *Scale {
	if m.Ratio == nil {
		return nil
	}
	low, high := min(*m.Ratio-1, 0), max(*m.Ratio-1, m.Threshold)
	if m.Interval != nil {
		low, high = min(low, m.Interval.Low-1), max(high, m.Interval.High-1)
	}
	pad := (high - low) / 8
	a := widen(low-pad, high+pad)
	s := &Scale{Zero: Percent(a.at(0)), Threshold: Percent(a.at(m.Threshold)), At: Percent(a.at(*m.Ratio - 1)), Anchor: "start"}
	if a.at(m.Threshold) > 60 {
		s.Anchor = "end"
	}
	s.Limit = "threshold " + render.Change(1+m.Threshold)
	s.Alt = fmt.Sprintf("Change of %s: %s", m.Name, render.Change(*m.Ratio))
	if i := m.Interval; i != nil {
		s.Low, s.Width = Percent(a.at(i.Low-1)), Percent(a.at(i.High-1)-a.at(i.Low-1))
		s.Alt += fmt.Sprintf(", interval from %s to %s", render.Change(i.Low), render.Change(i.High))
	}
	s.Alt += "; " + s.Limit + "."
	s.Ticks = a.ticks(6, func(v float64, decimals int) string {
		text := Fixed(100*v, max(0, decimals-2)) + " %"
		if v > 1e-9 {
			text = "+" + text
		}
		return text
	})
	return s
}

// Class is a verdict as the class of an element.
func Class(v stats.Verdict) string { return strings.ReplaceAll(string(v), " ", "-") }
