package plot

import (
	"fmt"
	"math"
	"slices"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Course draws medians in their order: by round, or by run.
type Course struct {
	Lines  []Line
	YTicks []Tick
	XTicks []Tick
	Alt    string
	Group  int // how many rounds a mark is of

	Rows []Row // the same as a table
}

// Line is one side's marks, joined by lines.
type Line struct {
	Side  string
	Marks []Mark
	Joins []Join
}

// Mark is a median.
type Mark struct {
	X, Y      string
	Low, High string // of its interval; empty without
	Change    string // what has changed here; empty where nothing has
	Class     string // of the change
	Anchor    string // of its text
}

// Join is a line from one mark to the next.
type Join struct{ X1, Y1, X2, Y2 string }

// Row is a line of the table: a round, or several, and a median a side.
type Row struct {
	Name  string
	Cells []string // n and median of each side
}

// mostMarks is how many medians a plot has room for.
const mostMarks = 120

// ByRound draws the medians of rounds. Many rounds are put together.
func ByRound(name string, sides []Side) Course {
	var c Course
	last := int32(0)
	for _, x := range sides {
		for _, r := range x.Series.Rounds {
			last = max(last, r)
		}
	}
	if last < 2 {
		return c // there is no course of one round
	}
	c.Group = (int(last) + mostMarks - 1) / mostMarks
	n := (int(last) + c.Group - 1) / c.Group
	found := make([][]*float64, len(sides)) // by group of rounds
	counts := make([][]int, len(sides))
	low, high := math.Inf(1), math.Inf(-1)
	for i, x := range sides {
		found[i], counts[i] = medians(x.Series, n, c.Group)
		for _, m := range found[i] {
			if m != nil {
				low, high = min(low, *m), max(high, *m)
			}
		}
	}
	if math.IsInf(low, 1) {
		return Course{}
	}
	y := widen(low-(high-low)/8, high+(high-low)/8)
	xAt := func(i int) float64 { return 2 + 96*float64(i)/float64(max(n-1, 1)) }
	for i, x := range sides {
		line := Line{Side: x.Name}
		previous := -1
		for k, m := range found[i] {
			if m == nil {
				continue
			}
			at := Mark{X: Percent(xAt(k)), Y: Percent(100 - y.at(*m))}
			if previous == k-1 && k > 0 {
				p := line.Marks[len(line.Marks)-1]
				line.Joins = append(line.Joins, Join{p.X, p.Y, at.X, at.Y})
			}
			line.Marks, previous = append(line.Marks, at), k
		}
		c.Lines = append(c.Lines, line)
		c.Alt += x.courseAlt(name, found[i])
	}
	for k := range n {
		row := Row{Name: fmt.Sprint(k*c.Group + 1)}
		if c.Group > 1 {
			row.Name += fmt.Sprintf("–%d", min((k+1)*c.Group, int(last)))
		}
		for i := range sides {
			median := Absent
			if m := found[i][k]; m != nil {
				median = Fixed(1e3**m, 2)
			}
			row.Cells = append(row.Cells, fmt.Sprint(counts[i][k]), median)
		}
		c.Rows = append(c.Rows, row)
	}
	c.YTicks = y.rising(5, msOfSeconds)
	c.XTicks = roundTicks(n, c.Group, xAt)
	return c
}

// medians are those of n groups of rounds, nil for a group without values.
func medians(s stats.Series, n, group int) (found []*float64, counts []int) {
	values := make([][]float64, n)
	for i, v := range s.Values {
		if k := (int(s.Rounds[i]) - 1) / group; k >= 0 && k < n {
			values[k] = append(values[k], v)
		}
	}
	found, counts = make([]*float64, n), make([]int, n)
	for k, v := range values {
		if counts[k] = len(v); len(v) > 0 {
			found[k] = new(Distribute(v).P50.Seconds())
		}
	}
	return found, counts
}

// courseAlt says in a sentence what a line shows.
func (x Side) courseAlt(name string, medians []*float64) string {
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
		Fixed(1e3*slices.Min(there), 2), Fixed(1e3*slices.Max(there), 2), Fixed(1e3*there[0], 2), Fixed(1e3*there[len(there)-1], 2))
}

// roundTicks marks the first round, the last, and round ones between.
func roundTicks(n, group int, at func(int) float64) []Tick {
	step := int(niceStep(float64(n*group)/6 + 0.5))
	ticks := []Tick{{Percent(at(0)), "1", "middle"}}
	for r := step; r <= n*group; r += step {
		if k := (r - 1) / group; k > 0 {
			ticks = append(ticks, Tick{Percent(at(k)), Grouped(r), "middle"})
		}
	}
	return ticks
}
