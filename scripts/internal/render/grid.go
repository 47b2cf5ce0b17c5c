package render

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// column is a number of a Distribution under its heading.
type column struct {
	heading string
	text    func(stats.Distribution) string
}

const absent = "–"

var columns = []column{
	{"n", func(d stats.Distribution) string { return fmt.Sprint(d.N) }},
	{"min", func(d stats.Distribution) string { return ms(&d.Min) }},
	{"p50", func(d stats.Distribution) string { return ms(&d.P50) }},
	{"95 % of p50", interval},
	{"p90", func(d stats.Distribution) string { return ms(d.P90) }},
	{"p99", func(d stats.Distribution) string { return ms(d.P99) }},
	{"max", func(d stats.Distribution) string { return ms(&d.Max) }},
}

func interval(d stats.Distribution) string {
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
	return fmt.Sprintf("%.2f", float64(*d)/float64(time.Millisecond))
}

// layout is one way to show every grid of a table, so that blocks align.
type layout struct {
	columns []column
	widths  []int // of the columns
	name    int   // width of the names
	list    bool  // a list instead of a grid
}

const (
	gap      = 2
	minGrid  = 60 // columns of a terminal below which there is no grid
	indent   = "  "
	unit     = "ms"
	interCol = 3 // index of the interval in columns
)

// fit chooses the richest layout whose lines are at most width columns.
func fit(blocks []block, width int) layout {
	if width > 0 && width < minGrid {
		return layout{columns: columns, list: true}
	}
	without := append(append([]column(nil), columns[:interCol]...), columns[interCol+1:]...)
	for _, cols := range [][]column{columns, without} {
		l := measured(cols, blocks)
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
	for i, c := range cols {
		l.widths[i] = utf8.RuneCountInString(c.heading)
	}
	for _, b := range blocks {
		for _, m := range b.grid {
			l.name = max(l.name, len(indent)+utf8.RuneCountInString(m.name))
			for i, c := range cols {
				l.widths[i] = max(l.widths[i], utf8.RuneCountInString(c.text(m.d)))
			}
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
		p.line(style, strings.TrimRight(b.String(), " "))
	}
	line(faint, unit, func(c column) string { return c.heading })
	group := ""
	for _, m := range grid {
		if m.group != group {
			group = m.group
			p.line(faint, group)
		}
		line(plain, indent+m.name, func(c column) string { return c.text(m.d) })
	}
}

func (l layout) printList(p *printer, grid []measure) {
	for _, m := range grid {
		p.line(strong, m.group+" "+m.name+", "+unit)
		for _, c := range l.columns {
			p.line(plain, fmt.Sprintf("%s%-*s  %s", indent, len("95 % of p50"), c.heading, c.text(m.d)))
		}
	}
}

// legend explains the dash where a grid has one.
func (p *printer) legend(blocks []block) {
	for _, b := range blocks {
		for _, m := range b.grid {
			if m.d.P99 == nil || m.d.P90 == nil || m.d.MedianLow == nil {
				p.blank()
				p.line(faint, absent+" too few samples: p99 needs 100, p90 10, the interval 6")
				return
			}
		}
	}
}
