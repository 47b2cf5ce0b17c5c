package render

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Histories writes for each target that two or more runs measured a line a run, the
// oldest first, and under it what has changed from it on. A free line comes first. What
// does not fit into the width loses its bars first, and then becomes lines of facts.
func Histories(w io.Writer, histories []stats.History, o TableOptions) error {
	p := &printer{width: o.Width, color: o.Color}
	for _, h := range stats.OverTime(histories) {
		p.out.WriteByte('\n')
		p.line(strong, "history of "+h.Key)
		p.facts(faint, historyFacts(h))
		p.blank()
		p.history(h)
		if hasChanged(h) {
			p.blank()
			p.line(faint, changedLegend)
		}
	}
	return p.writeTo(w)
}

// HistoriesMarkdown writes what Histories writes.
func HistoriesMarkdown(w io.Writer, histories []stats.History) error {
	var b strings.Builder
	for _, h := range stats.OverTime(histories) {
		fmt.Fprintf(&b, "\n### History of %s\n\n%s\n\n", EscapeMarkdown(h.Key), EscapeMarkdown(strings.Join(historyFacts(h), " · ")))
		fmt.Fprintf(&b, "| %s | | change |\n| --- | --- | --- | ---: | ---: | ---: | --- | --- |\n", strings.Join(historyHeadings, " | "))
		most := highest(h)
		for _, pt := range h.Points {
			for _, cell := range pointCells(pt) {
				fmt.Fprintf(&b, "| %s ", EscapeMarkdown(cell))
			}
			fmt.Fprintf(&b, "| %s | %s |\n", bar(pt, most), EscapeMarkdown(turn(h, pt)))
		}
		if hasChanged(h) {
			fmt.Fprintf(&b, "\n%s\n", EscapeMarkdown(changedLegend))
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	return nil
}

// historyFacts are what all points of a history share.
func historyFacts(h stats.History) []string {
	s := h.Points[0].Side
	one := s.Header
	one.Targets = []dataset.Target{s.Target}
	facts := []string{h.Measure, Place(one)}
	if s.Target.MemoryMB > 0 {
		facts = append(facts, fmt.Sprintf("%d MB", s.Target.MemoryMB))
	}
	if s.Target.Via == dataset.ViaInvoke {
		facts = append(facts, "by Invoke, not through an API")
	}
	return facts
}

var historyHeadings = []string{"started, UTC", "deployment", "commit", "n", "p50, ms", intervalHeading}

func pointCells(pt stats.Point) []string {
	t := pt.Side.Target
	cells := []string{pt.Side.Header.Started.UTC().Format("2006-01-02 15:04"), Short(t.DeploymentID), Short(t.Commit), fmt.Sprint(pt.N), absent, absent}
	if t.Dirty != nil && *t.Dirty {
		cells[2] += changed
	}
	if pt.Median != nil {
		cells[4] = fmt.Sprintf("%.2f", 1e3**pt.Median)
	}
	if pt.Range != nil {
		cells[5] = fmt.Sprintf("%.2f–%.2f", 1e3*pt.Range.Low, 1e3*pt.Range.High)
	}
	return cells
}

// changed follows a commit of a work tree that had changes which no commit has.
const changed = "+"

const changedLegend = "a " + changed + " after a commit: with changes that no commit has"

// hasChanged reports whether the legend is needed.
func hasChanged(h stats.History) bool {
	return slices.ContainsFunc(h.Points, func(pt stats.Point) bool { d := pt.Side.Target.Dirty; return d != nil && *d })
}

// turn says what has changed from a point on, and is empty where nothing has.
func turn(h stats.History, pt stats.Point) string {
	c := pt.Change
	if c == nil || c.Ratio == nil {
		return ""
	}
	text := fmt.Sprintf("%s from here on: %s %s", c.Verdict, h.Measure, Change(*c.Ratio))
	if c.Interval != nil {
		text += fmt.Sprintf(" (%s %% interval %s)", decimals(100*c.Confidence, 2), spread(*c.Interval))
	}
	if c.Verdict == stats.Faster {
		return "▼ " + text
	}
	return "▲ " + text
}

// highest is the largest median of a history, at which bars are full.
func highest(h stats.History) (most float64) {
	for _, pt := range h.Points {
		if pt.Median != nil {
			most = math.Max(most, *pt.Median)
		}
	}
	return most
}

const barWidth = 10

// bar is a median as a part of the highest: it begins at zero, so that lengths are in
// proportion.
func bar(pt stats.Point, most float64) string {
	if pt.Median == nil || !(most > 0) {
		return ""
	}
	eighths := int(math.Round(8 * barWidth * *pt.Median / most))
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return text
}

func (p *printer) history(h stats.History) {
	lines := [][]string{historyHeadings}
	for _, pt := range h.Points {
		lines = append(lines, pointCells(pt))
	}
	widths, total := make([]int, len(historyHeadings)), 0
	for i := range widths {
		for _, l := range lines {
			widths[i] = max(widths[i], utf8.RuneCountInString(Clean(l[i])))
		}
		total += widths[i] + gap*min(i, 1)
	}
	fits := func(width int) bool { return p.width == 0 || width <= p.width }
	narrow, bars := !fits(total), fits(total+gap+barWidth)
	most := highest(h)
	for n, l := range lines {
		switch {
		case narrow && n > 0:
			p.facts(plain, []string{l[0], "deployment " + l[1], "commit " + l[2], "n " + l[3], "p50 " + l[4] + " ms", "interval " + l[5]})
		case !narrow:
			var b strings.Builder
			for i, cell := range l {
				width := widths[i]
				if i < 3 { // what is no number stands to the left
					width = -width
				}
				fmt.Fprintf(&b, "%*s%*s", gap*min(i, 1), "", width, Clean(cell))
			}
			style := faint
			if n > 0 {
				style = plain
			}
			if n > 0 && bars {
				fmt.Fprintf(&b, "%*s%s", gap, "", bar(h.Points[n-1], most))
			}
			p.row(style, strings.TrimRight(b.String(), " "))
		}
		if n > 0 {
			if text := turn(h, h.Points[n-1]); text != "" {
				p.line(alarm, text)
			}
		}
	}
}
