package dial

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
)

// Sheet shows cost against speed.
func (d Dial) Sheet() sheet.Sheet {
	s := sheet.Sheet{Title: "Memory of " + d.Of, Answer: d.answer()}
	if d.Points != nil {
		s.Tables, s.Plots = []sheet.Table{d.table()}, d.plots()
	}
	s.Notes = d.notes()
	return s
}

func (d Dial) table() sheet.Table {
	t := sheet.Table{
		Header: []string{"MB", "cold", "95 %", "warm", "p99", "95 %", "$ a million", "judged"},
		Right:  []bool{true, true, true, true, true, true, true},
	}
	for _, p := range d.Points {
		row := []string{fmt.Sprint(p.MemoryMB), ms(p.ColdP50.NS), p.ColdP50.interval(), ms(p.WarmP50.NS), "–", "–"}
		if p.P99 != nil {
			row[4], row[5] = ms(p.P99.NS), p.P99.interval()
		}
		t.Rows = append(t.Rows, append(row, strings.TrimPrefix(price.Format(p.USDPerMillion), "$"), d.mark(p)))
	}
	return t
}

// mark says what is to be said of a size.
func (d Dial) mark(p Point) string {
	switch {
	case p.Failed > 0:
		return fmt.Sprintf("failed: %d", p.Failed)
	case p.Meets == Met:
		return "meets the target"
	case p.Meets == MayMeet:
		return "may meet it"
	case !d.ToldApart:
		return ""
	case p.Worth:
		return "worth choosing"
	case p.LikeMB != 0:
		return fmt.Sprintf("like %d MB", p.LikeMB)
	}
	return ""
}

func (d Dial) notes() []string {
	var notes []string
	if d.Points != nil {
		notes = append(notes, fmt.Sprintf("Times are Lambda's own in ms, medians of cold and warm requests with their 95 %% intervals, of a cold start Init and Duration together; p99 and $ are of requests of which %g %% are cold.", 100*d.ColdShare),
			"Worth choosing: no other size is better and this one in nothing, by intervals of their ratios over rounds, as compare has them; together they hold with 95 %. “Like” is dearer, and not told apart in speed. List price of "+price.Region+", with the HTTP API's, without logs and data transfer.")
	}
	few, open, failed := false, false, false
	for _, p := range d.Points {
		few, open, failed = few || p.P99 == nil, open || p.P99 != nil && p.P99.High == nil, failed || p.Failed > 0
	}
	if few {
		notes = append(notes, fmt.Sprintf("– too few samples: p99 needs %d cold and %d warm.", enough, enough))
	}
	if open {
		notes = append(notes, "An interval without an end: to bound a p99 from above takes more samples, such as --warm 25 in 20 rounds.")
	}
	if failed {
		notes = append(notes, "Where requests failed, the times are those of the others: such a size is not advised.")
	}
	if d.Unmeasured != nil {
		notes = append(notes, "No cold or no warm request counts at "+inMB(d.Unmeasured)+".")
	}
	if d.Local && d.Points != nil {
		notes = append(notes, "The CPU that a size buys is a model here: a quota in proportion to memory, full speed during init. Measure on AWS before you choose.")
	}
	return notes
}

// answer is the size to choose in one line.
func (d Dial) answer() string {
	if d.Points == nil {
		return "no size has both cold and warm requests that count"
	}
	if d.TargetP99NS > 0 {
		return d.answerTarget(time.Duration(d.TargetP99NS))
	}
	if !d.ToldApart {
		return "not told apart: these samples say of no size that it costs or takes less than another"
	}
	var worth []int
	for _, p := range d.Points {
		if p.Worth {
			worth = append(worth, p.MemoryMB)
		}
	}
	if worth == nil {
		return "no size stands out"
	}
	return "worth choosing: " + inMB(worth)
}

func (d Dial) answerTarget(limit time.Duration) string {
	may := ""
	if d.Possible != 0 {
		p := d.at(d.Possible)
		may = fmt.Sprintf("%d MB may ($%.2f): its p99 is %s ms, and its interval %s ms", p.MemoryMB, p.USDPerMillion, ms(p.P99.NS), p.P99.interval())
	}
	if d.Cheapest != 0 {
		text := fmt.Sprintf("%d MB is the cheapest that meets a p99 of %s: $%.2f a million requests", d.Cheapest, limit, d.at(d.Cheapest).USDPerMillion)
		if may != "" {
			text += "; " + may
		}
		return text
	}
	if !slices.ContainsFunc(d.Points, func(p Point) bool { return p.P99 != nil }) {
		return "no size has a p99, which needs 100 cold and 100 warm requests"
	}
	text := fmt.Sprintf("no size is sure to meet a p99 of %s", limit)
	if may != "" {
		text += "; " + may
	}
	return text
}

// plots draw each time against cost, first the one that is asked for.
func (d Dial) plots() []sheet.Plot {
	plot := func(title string, of func(Point) *Time) sheet.Plot {
		s := sheet.Plot{Title: title, X: "$ a million requests, by size in MB"}
		if d.ToldApart {
			s.Marked = "worth choosing"
		}
		for _, p := range d.Points {
			t := of(p)
			if t == nil {
				continue
			}
			s.Points = append(s.Points, sheet.Point{
				Label: fmt.Sprint(p.MemoryMB), X: p.USDPerMillion, Y: inMS(t.NS), Low: inMSOf(t.Low), High: inMSOf(t.High),
				Marked: p.Worth && d.ToldApart,
			})
		}
		return s
	}
	cold := plot("Cold start, median in ms", func(p Point) *Time { return &p.ColdP50 })
	warm := plot("Warm request, median in ms", func(p Point) *Time { return &p.WarmP50 })
	far := plot(fmt.Sprintf("p99 at %g %% cold, ms", 100*d.ColdShare), func(p Point) *Time { return p.P99 })
	if far.Points == nil {
		return []sheet.Plot{cold, warm}
	}
	if d.TargetP99NS == 0 {
		return []sheet.Plot{cold, warm, far}
	}
	for _, p := range far.Points {
		if limit := inMS(d.TargetP99NS); limit > p.Y/3 && limit < 3*p.Y { // farther away it would press all points together
			far.Limit = &sheet.Limit{Y: limit, Text: "target " + time.Duration(d.TargetP99NS).String()}
		}
	}
	return []sheet.Plot{far, cold, warm}
}

func (t Time) interval() string {
	switch {
	case t.Low == nil:
		return "–"
	case t.High == nil:
		return ms(*t.Low) + "–"
	}
	return ms(*t.Low) + "–" + ms(*t.High)
}

func inMB(mb []int) string {
	var texts []string
	for _, n := range mb {
		texts = append(texts, fmt.Sprintf("%d MB", n))
	}
	return strings.Join(texts, ", ")
}

func inMS(ns int64) float64 { return float64(ns) / 1e6 }

func inMSOf(ns *int64) *float64 {
	if ns == nil {
		return nil
	}
	return new(inMS(*ns))
}

func ms(ns int64) string { return fmt.Sprintf("%.2f", inMS(ns)) }
