package page

import (
	"fmt"

	"github.com/coldcrank/coldcrank/scripts/internal/page/plot"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// past is a history as the page shows it.
type past struct {
	Key, Measure string
	Where        string
	Plot         plot.Course
	Rows         []pastRow
	Changes      int
	LeftOut      int // runs that the plot has no room for
}

// pastRow is one run of a history.
type pastRow struct {
	Started, Run, Deployment, Commit string
	N                                int
	Median, Range                    string
	Change                           string
	Class                            string // of the change
}

func pastOf(h stats.History) past {
	p := past{Key: text(h.Key), Measure: h.Measure, Where: text(render.Place(h.Points[0].Side.Header))}
	p.Plot, p.LeftOut = plot.ByRun(h)
	for _, pt := range h.Points {
		p.Rows = append(p.Rows, pastRowOf(pt))
		if pt.Change != nil {
			p.Changes++
		}
	}
	return p
}

func pastRowOf(pt stats.Point) pastRow {
	h, t := pt.Side.Header, pt.Side.Target
	r := pastRow{
		Started: h.Started.UTC().Format(plot.Minute), Run: render.Short(h.Run), Deployment: render.Short(t.DeploymentID), Commit: render.Commit(t.Commit, t.Dirty),
		N: pt.N, Median: plot.Absent, Range: plot.Absent,
	}
	if pt.Median != nil {
		r.Median = plot.Fixed(1e3**pt.Median, 2)
	}
	if pt.Range != nil {
		r.Range = plot.Fixed(1e3*pt.Range.Low, 2) + "–" + plot.Fixed(1e3*pt.Range.High, 2)
	}
	if pt.Change != nil {
		r.Change, r.Class = plot.ChangeOf(pt.Change), plot.Class(pt.Change.Verdict)
		if i := pt.Change.Interval; i != nil {
			r.Change += fmt.Sprintf(" (%s to %s)", render.Change(i.Low), render.Change(i.High))
		}
	}
	return r
}
