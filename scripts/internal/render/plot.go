package render

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
)

const (
	plotWidth  = 64 // columns of a plot at most, its scale included
	plotHeight = 9  // rows
	plotLeast  = 36 // columns below which there is no plot
	scaleWidth = 9  // columns of the scale to the left
)

// plot draws a plot with characters: ● is marked, ○ is not. Intervals stand in the
// table, and a label that has no room is left out.
func (p *printer) plot(s sheet.Plot) {
	width := plotWidth
	if p.width > 0 {
		width = min(width, p.width)
	}
	if width < plotLeast || len(s.Points) == 0 {
		return
	}
	width -= scaleWidth + 2
	c := newCanvas(s, width)
	title := Clean(s.Title)
	if s.Marked != "" {
		title += ": ● " + Clean(s.Marked) + ", ○ not"
	}
	p.row(faint, Cut(title, p.width))
	for i, line := range c.cells {
		scale := ""
		switch i {
		case 0:
			scale = fmt.Sprintf("%.2f", c.high)
		case plotHeight - 1:
			scale = fmt.Sprintf("%.2f", c.low)
		}
		p.row(plain, strings.TrimRight(fmt.Sprintf("%*s │%s", scaleWidth-1, scale, string(line)), " "))
	}
	p.row(faint, strings.Repeat(" ", scaleWidth)+"└"+strings.Repeat("─", width))
	left, right := fmt.Sprintf("%.2f", c.left), fmt.Sprintf("%.2f", c.right)
	middle := " " + Clean(s.X) + " "
	if space := width - len(left) - len(right) - utf8.RuneCountInString(middle); space > 0 {
		middle = strings.Repeat(" ", space/2) + middle + strings.Repeat(" ", space-space/2)
	}
	p.row(faint, strings.Repeat(" ", scaleWidth+1)+left+middle+right)
}

// canvas is the rows of a plot, from the top.
type canvas struct {
	cells       [][]rune
	low, high   float64
	left, right float64
}

func newCanvas(s sheet.Plot, width int) canvas {
	c := canvas{low: math.Inf(1), high: math.Inf(-1), left: math.Inf(1), right: math.Inf(-1)}
	for _, p := range s.Points {
		c.low, c.high = min(c.low, p.Y), max(c.high, p.Y)
		c.left, c.right = min(c.left, p.X), max(c.right, p.X)
	}
	if l := s.Limit; l != nil {
		c.low, c.high = min(c.low, l.Y), max(c.high, l.Y)
	}
	for range plotHeight {
		c.cells = append(c.cells, []rune(strings.Repeat(" ", width)))
	}
	if l := s.Limit; l != nil {
		row := c.row(l.Y)
		c.write(row, 0, strings.Repeat("╌", width))
		c.write(row, width-utf8.RuneCountInString(Clean(l.Text))-1, " "+Clean(l.Text))
	}
	at := func(p sheet.Point) (row, column int) {
		return c.row(p.Y), place(p.X, c.left, c.right, width-1)
	}
	for _, p := range s.Points {
		row, column := at(p)
		mark := '○'
		if p.Marked {
			mark = '●'
		}
		c.cells[row][column] = mark
	}
	for _, p := range s.Points {
		row, column := at(p)
		text := Clean(p.Label)
		n := utf8.RuneCountInString(text)
		for _, to := range [][2]int{{row, column + 2}, {row, column - n - 1}, {row - 1, column - n/2}, {row + 1, column - n/2}} {
			if c.free(to[0], to[1], n) {
				c.write(to[0], to[1], text)
				break
			}
		}
	}
	return c
}

func (c canvas) row(y float64) int { return plotHeight - 1 - place(y, c.low, c.high, plotHeight-1) }

// place is where a value stands between 0 and most; in the middle where all are one.
func place(v, low, high float64, most int) int {
	if !(high > low) {
		return most / 2
	}
	return int(math.Round((v - low) / (high - low) * float64(most)))
}

// free reports whether n cells and one at either side are empty, or a limit's line.
func (c canvas) free(row, column, n int) bool {
	if row < 0 || row >= len(c.cells) || column < 0 || column+n > len(c.cells[row]) {
		return false
	}
	for _, r := range c.cells[row][max(column-1, 0):min(column+n+1, len(c.cells[row]))] {
		if r != ' ' && r != '╌' && r != '●' && r != '○' {
			return false
		}
	}
	for _, r := range c.cells[row][column : column+n] {
		if r == '●' || r == '○' {
			return false
		}
	}
	return true
}

func (c canvas) write(row, column int, text string) {
	copy(c.cells[row][max(column, 0):], []rune(text))
}
