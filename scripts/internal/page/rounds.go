package page

import (
	"fmt"
	"math"
	"slices"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// course draws medians in their order: by round, or by run.
type course struct {
	Lines  []courseLine
	YTicks []tick
	XTicks []tick
	Alt    string
	Group  int // how many rounds a mark is of

	Rows []courseRow // the same as a table
}

// courseLine is one side's marks, joined by lines.
type courseLine struct {
	Side  string
	Marks []mark
	Joins []join
}

// mark is a median.
type mark struct {
	X, Y      string
	Low, High string // of its interval; empty without
	Change    string // what has changed here; empty where nothing has
	Class     string // of the change
	Anchor    string // of its text
}

type join struct{ X1, Y1, X2, Y2 string }

// courseRow is a line of the table: a round, or several, and a median a side.
type courseRow struct {
	Name  string
	Cells []string // n and median of each side
}

// mostMarks is how many medians a plot has room for.
const mostMarks = 120

// roundsOf draws the medians of rounds. Many rounds are put together.
func roundsOf(name string, sides []side) course {
	var c course
	last := int32(0)
	for _, x := range sides {
		for _, r := range x.series.Rounds {
			last = max(last, r)
		}
	}
	if last < 2 {
		return c // there is no course of one round
	}
	c.Group = (int(last) + mostMarks - 1) / mostMarks
	n := (int(last) + c.Group - 1) / c.Group
	medians := make([][]*float64, len(sides)) // by group of rounds
	counts := make([][]int, len(sides))
	low, high := math.Inf(1), math.Inf(-1)
	for i, x := range sides {
		medians[i], counts[i] = x.series.medians(n, c.Group)
		for _, m := range medians[i] {
			if m != nil {
				low, high = min(low, *m), max(high, *m)
			}
		}
	}
	if math.IsInf(low, 1) {
		return course{}
	}
	y := widen(low-(high-low)/8, high+(high-low)/8)
	xAt := func(i int) float64 { return 2 + 96*float64(i)/float64(max(n-1, 1)) }
	for i, x := range sides {
		line := courseLine{Side: x.name}
		previous := -1
		for k, m := range medians[i] {
			if m == nil {
				continue
			}
			at := mark{X: percent(xAt(k)), Y: percent(100 - y.at(*m))}
			if previous == k-1 && k > 0 {
				p := line.Marks[len(line.Marks)-1]
				line.Joins = append(line.Joins, join{p.X, p.Y, at.X, at.Y})
			}
			line.Marks, previous = append(line.Marks, at), k
		}
		c.Lines = append(c.Lines, line)
		c.Alt += x.courseAlt(name, medians[i])
	}
	for k := range n {
		row := courseRow{Name: fmt.Sprint(k*c.Group + 1)}
		if c.Group > 1 {
			row.Name += fmt.Sprintf("–%d", min((k+1)*c.Group, int(last)))
		}
		for i := range sides {
			median := absent
			if m := medians[i][k]; m != nil {
				median = fixed(1e3**m, 2)
			}
			row.Cells = append(row.Cells, fmt.Sprint(counts[i][k]), median)
		}
		c.Rows = append(c.Rows, row)
	}
	c.YTicks = y.rising(4, msOfSeconds)
	c.XTicks = roundTicks(n, c.Group, xAt)
	return c
}

// series is stats.Series with what a page asks of it.
type series stats.Series

// medians are those of n groups of rounds, nil for a group without values.
func (s series) medians(n, group int) (medians []*float64, counts []int) {
	values := make([][]float64, n)
	for i, v := range s.Values {
		if k := (int(s.Rounds[i]) - 1) / group; k >= 0 && k < n {
			values[k] = append(values[k], v)
		}
	}
	medians, counts = make([]*float64, n), make([]int, n)
	for k, v := range values {
		if counts[k] = len(v); len(v) > 0 {
			medians[k] = new(distribution(v).P50.Seconds())
		}
	}
	return medians, counts
}

// courseAlt says in a sentence what a line shows.
func (x side) courseAlt(name string, medians []*float64) string {
	var there []float64
	for _, m := range medians {
		if m != nil {
			there = append(there, *m)
		}
	}
	if there == nil {
		return ""
	}
	return fmt.Sprintf("%s%s by round: from %s to %s ms, first %s, last %s. ", x.prefix(), name,
		fixed(1e3*slices.Min(there), 2), fixed(1e3*slices.Max(there), 2), fixed(1e3*there[0], 2), fixed(1e3*there[len(there)-1], 2))
}

// roundTicks marks the first round, the last, and round ones between.
func roundTicks(n, group int, at func(int) float64) []tick {
	step := int(niceStep(float64(n*group)/6 + 0.5))
	ticks := []tick{{percent(at(0)), "1", "middle"}}
	for r := step; r <= n*group; r += step {
		if k := (r - 1) / group; k > 0 {
			ticks = append(ticks, tick{percent(at(k)), grouped(r), "middle"})
		}
	}
	return ticks
}
