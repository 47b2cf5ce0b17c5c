package render

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// column is a number of a Distribution under its heading.
type column struct {
	heading string
	time    bool // one time, not a count or an interval
	text    func(stats.Distribution) string
}

const (
	absent          = "–"
	intervalHeading = "95 % interval" // of the median, which stands before it
)

var columns = []column{
	{"n", false, func(d stats.Distribution) string { return fmt.Sprint(d.N) }},
	{"min", true, func(d stats.Distribution) string { return ms(&d.Min) }},
	{"p50", true, func(d stats.Distribution) string { return ms(&d.P50) }},
	{intervalHeading, false, Interval},
	{"p90", true, func(d stats.Distribution) string { return ms(d.P90) }},
	{"p99", true, func(d stats.Distribution) string { return ms(d.P99) }},
	{"max", true, func(d stats.Distribution) string { return ms(&d.Max) }},
}

// Interval writes the 95 % interval of the median in ms: "18.40–18.91".
func Interval(d stats.Distribution) string {
	if d.MedianLow == nil || d.MedianHigh == nil {
		return absent
	}
	return ms(d.MedianLow) + "–" + ms(d.MedianHigh)
}

// ms writes milliseconds with two decimals, as Lambda's REPORT does.
func ms(d *time.Duration) string {
	if d == nil {
		return absent
	}
	return trueMinus(fmt.Sprintf("%.2f", float64(*d)/float64(time.Millisecond)))
}

// layout is one way to show every grid of a table, so that blocks align.
type layout struct {
	columns []column
	widths  []int // of the columns
	name    int   // width of the names
	list    bool  // a list instead of a grid
	bare    bool  // without the interval
}

const (
	gap     = 2
	minGrid = 60 // columns of a terminal below which there is no grid
	indent  = "  "
	unit    = "ms"
)

// fit chooses the richest layout whose lines are at most width columns.
func fit(blocks []block, width int) layout {
	if width > 0 && width < minGrid {
		return layout{columns: columns, list: true}
	}
	bare := slices.DeleteFunc(slices.Clone(columns), func(c column) bool { return c.heading == intervalHeading })
	for _, cols := range [][]column{columns, bare} {
		l := measured(cols, blocks)
		l.bare = len(cols) < len(columns)
		total := l.name
		for _, w := range l.widths {
			total += gap + w
		}
		if width == 0 || total <= width {
			return l
		}
	}
	return layout{columns: columns, list: true}
}

func measured(cols []column, blocks []block) layout {
	l := layout{columns: cols, name: len(unit), widths: make([]int, len(cols))}
	times := 0 // width of the columns with one time each, equal to be calm
	for i, c := range cols {
		l.widths[i] = utf8.RuneCountInString(c.heading)
		for _, b := range blocks {
			for _, m := range b.grid {
				l.name = max(l.name, len(indent)+utf8.RuneCountInString(m.name))
				l.widths[i] = max(l.widths[i], utf8.RuneCountInString(c.text(m.d)))
			}
		}
		if c.time {
			times = max(times, l.widths[i])
		}
	}
	for i, c := range cols {
		if c.time {
			l.widths[i] = times
		}
	}
	return l
}

func (l layout) print(p *printer, grid []measure) {
	if l.list {
		l.printList(p, grid)
		return
	}
	line := func(style style, name string, cell func(column) string) {
		var b strings.Builder
		fmt.Fprintf(&b, "%-*s", l.name, name)
		for i, c := range l.columns {
			fmt.Fprintf(&b, "%*s", gap+l.widths[i], cell(c))
		}
		p.row(style, b.String())
	}
	line(faint, unit, func(c column) string { return c.heading })
	group := ""
	for _, m := range grid {
		if m.group != group {
			group = m.group
			p.line(faint, group)
		}
		style := plain
		if m.name == initName {
			style = strong // the question of the whole command
		}
		line(style, indent+m.name, func(c column) string { return c.text(m.d) })
	}
	for _, m := range grid {
		if l.bare && m.name == initName && m.d.MedianLow != nil {
			p.line(plain, fmt.Sprintf("95 %% interval of Init's p50: %s %s", Interval(m.d), unit))
		}
	}
}

func (l layout) printList(p *printer, grid []measure) {
	for _, m := range grid {
		p.line(strong, m.group+" "+m.name+", "+unit)
		for _, c := range l.columns {
			p.row(plain, Cut(fmt.Sprintf("%s%-*s  %s", indent, len(intervalHeading), c.heading, c.text(m.d)), p.width))
		}
	}
}

const legend = absent + " too few samples: p99 needs 100, p90 10, the interval 6"

// loadLegend says why medians of a load have a dash for their interval.
const loadLegend = absent + " a load's requests follow each other: their median has no interval"

// overLegend says how what is left of a time can be below zero.
const overLegend = "unexplained below 0: each part is a median of its own, and together they are more than the median of the whole"

// legends explain the dashes of the grids, and what looks impossible.
func legends(blocks []block) []string {
	few, load, over := false, false, false
	for _, b := range blocks {
		over = over || b.over
		for _, m := range b.grid {
			load = load || m.group == loadGroup
			few = few || m.d.P99 == nil || m.d.P90 == nil || m.d.MedianLow == nil && m.group != loadGroup
		}
	}
	var all []string
	if few {
		all = append(all, legend)
	}
	if load {
		all = append(all, loadLegend)
	}
	if over {
		all = append(all, overLegend)
	}
	return all
}
