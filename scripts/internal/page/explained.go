package page

import (
	"fmt"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
	"github.com/coldcrank/coldcrank/scripts/internal/page/plot"
)

// Explained are sections of tables below a title: where a cold start goes, what memory
// sizes cost.
type Explained struct {
	Title  string
	Sheets []sheet.Sheet
}

// explained is an Explained as the template shows it.
type explained struct {
	ID, Title string
	Answer    string // of its section, if it has one alone
	Sections  []explainedSection
}

type explainedSection struct {
	ID string
	sheet.Sheet
	Spreads []plot.Spread
	Grids   []explainedGrid
}

type explainedGrid struct {
	Head []explainedCell
	Rows [][]explainedCell
}

type explainedCell struct {
	Text string
	Name bool // the first of its row
	Left bool // text, not a number
}

func explainedOf(i int, e Explained) explained {
	x := explained{ID: fmt.Sprintf("explained-%d", i), Title: e.Title}
	for k, s := range e.Sheets {
		section := explainedSection{ID: fmt.Sprintf("%s-%d", x.ID, k), Sheet: s}
		for _, p := range s.Plots {
			section.Spreads = append(section.Spreads, plot.SpreadOf(p))
		}
		for _, t := range s.Tables {
			section.Grids = append(section.Grids, gridOf(t))
		}
		x.Sections = append(x.Sections, section)
	}
	if len(x.Sections) == 1 {
		x.Answer = x.Sections[0].Answer
	}
	return x
}

func gridOf(t sheet.Table) explainedGrid {
	var g explainedGrid
	row := func(texts []string) []explainedCell {
		cells := make([]explainedCell, len(t.Header))
		for i := range cells {
			cells[i] = explainedCell{Name: i == 0, Left: !t.ToRight(i)}
			if i < len(texts) {
				cells[i].Text = texts[i]
			}
		}
		return cells
	}
	g.Head = row(t.Header)
	for _, r := range t.Rows {
		g.Rows = append(g.Rows, row(r))
	}
	return g
}
