package page

import (
	"fmt"
	"math"

	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// past is a history as the page shows it.
type past struct {
	Key, Measure string
	Where        string
	Plot         course
	Rows         []pastRow
	Changes      int
	LeftOut      int // older runs that the plot has no room for
}

// pastRow is one run of a history.
type pastRow struct {
	Started, Run, Deployment, Commit string
	N                                int
	Median, Range                    string
	Change                           string
	Class                            string // of the change
}

// pastOf draws a history. Runs without a median are in the table only.
func pastOf(h stats.History) past {
	p := past{Key: text(h.Key), Measure: h.Measure, Where: text(render.Place(h.Points[0].Side.Header))}
	low, high := math.Inf(1), math.Inf(-1)
	shown := h.Points
	if len(shown) > mostMarks {
		p.LeftOut = len(shown) - mostMarks
		shown = shown[p.LeftOut:]
	}
	for _, pt := range shown {
		if pt.Median != nil {
			low, high = min(low, *pt.Median), max(high, *pt.Median)
		}
		if pt.Range != nil {
			low, high = min(low, pt.Range.Low), max(high, pt.Range.High)
		}
	}
	for _, pt := range h.Points {
		p.Rows = append(p.Rows, rowOf(pt))
		if pt.Change != nil {
			p.Changes++
		}
	}
	if math.IsInf(low, 1) {
		return p
	}
	y := widen(low-(high-low)/8, high+(high-low)/4)
	at := func(i int) float64 { return 4 + 92*float64(i)/float64(max(len(shown)-1, 1)) }
	var line courseLine
	for i, pt := range shown {
		if pt.Median == nil {
			continue
		}
		m := mark{X: percent(at(i)), Y: percent(100 - y.at(*pt.Median)), Anchor: "middle"}
		if pt.Range != nil {
			m.Low, m.High = percent(100-y.at(pt.Range.Low)), percent(100-y.at(pt.Range.High))
		}
		if pt.Change != nil {
			m.Change, m.Class = changeOf(pt.Change), class(pt.Change.Verdict)
			if at(i) > 85 {
				m.Anchor = "end"
			} else if at(i) < 15 {
				m.Anchor = "start"
			}
		}
		if n := len(line.Marks); n > 0 {
			line.Joins = append(line.Joins, join{line.Marks[n-1].X, line.Marks[n-1].Y, m.X, m.Y})
		}
		line.Marks = append(line.Marks, m)
	}
	p.Plot = course{Lines: []courseLine{line}, YTicks: y.rising(4, msOfSeconds)}
	first, last := shown[0].Side.Header.Started.UTC(), shown[len(shown)-1].Side.Header.Started.UTC()
	p.Plot.XTicks = []tick{{percent(at(0)), first.Format(minute), "start"}, {percent(at(len(shown) - 1)), last.Format(minute), "end"}}
	p.Plot.Alt = fmt.Sprintf("%s of %s in %s from %s to %s: medians from %s to %s ms; %s.", h.Measure, p.Key,
		count(len(line.Marks), "run"), first.Format(minute), last.Format(minute), fixed(1e3*low, 2), fixed(1e3*high, 2), count(p.Changes, "change point"))
	return p
}

func rowOf(pt stats.Point) pastRow {
	h, t := pt.Side.Header, pt.Side.Target
	r := pastRow{
		Started: h.Started.UTC().Format(minute), Run: short(h.Run), Deployment: short(t.DeploymentID), Commit: commit(t),
		N: pt.N, Median: absent, Range: absent,
	}
	if pt.Median != nil {
		r.Median = fixed(1e3**pt.Median, 2)
	}
	if pt.Range != nil {
		r.Range = fixed(1e3*pt.Range.Low, 2) + "–" + fixed(1e3*pt.Range.High, 2)
	}
	if pt.Change != nil {
		r.Change, r.Class = changeOf(pt.Change), class(pt.Change.Verdict)
		if i := pt.Change.Interval; i != nil {
			r.Change += fmt.Sprintf(" (%s to %s)", render.Change(i.Low), render.Change(i.High))
		}
	}
	return r
}

func changeOf(s *stats.Shift) string {
	if s.Ratio == nil {
		return string(s.Verdict)
	}
	return render.Change(*s.Ratio)
}
