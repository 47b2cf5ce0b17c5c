// Package table holds what was measured of ours and of peers, repetition by
// repetition, says whether what must hold does, and prints it as Markdown.
package table

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Unit says how values are printed.
type Unit int

// The units of values.
const (
	Milliseconds Unit = iota
	Share             // 1 is 100 %
	Megabytes         // of 1,000,000 bytes
	Kilobytes         // of 1,000 bytes
)

// Must is what has to hold of a line: its values, or its ratios, lie between Least
// and Most.
type Must struct {
	Least, Most float64
	Ratio       bool
	// Every asks it of each repetition, and not of the median.
	Every bool
	Text  string
}

// Line is what one contestant showed of one measure.
type Line struct {
	What string
	Who  string
	Unit Unit
	// Values has one value a repetition, or none: then Missing says why, or the line
	// is about ratios only.
	Values  []float64
	Missing string
	// Ratios are ours divided by Values, repetition by repetition; nil for ours. Where
	// Over is set, they are what it says.
	Ratios []float64
	Over   string // heading of the column of ratios; "" is "coldcrank ÷ it"
	Must   *Must
}

// Pair sets the ratios of ours to the line's values, where both are there.
func (l *Line) Pair(ours Line) {
	if len(ours.Values) != len(l.Values) {
		return
	}
	l.Ratios = make([]float64, len(l.Values))
	for i, v := range l.Values {
		if l.Ratios[i] = ours.Values[i] / v; v == 0 && ours.Values[i] == 0 {
			l.Ratios[i] = 1 // nothing beside nothing, as of shares that are late
		}
	}
}

// Divide sets the ratios of the line's values to others, where both are there.
func (l *Line) Divide(by Line) {
	if len(by.Values) != len(l.Values) {
		return
	}
	l.Ratios = make([]float64, len(l.Values))
	for i, v := range l.Values {
		l.Ratios[i] = v / by.Values[i]
	}
}

// What Holds answers.
const (
	Yes         = "holds"
	No          = "does not hold"
	Unclear     = "unclear"
	NotMeasured = "not measured"
)

// Holds judges the line's must: "" where there is none, Unclear where the interval
// lies on both sides of the bound. Without an interval, for fewer than six
// repetitions, the median alone decides.
func (l Line) Holds() string {
	if l.Must == nil {
		return ""
	}
	m, values := *l.Must, l.Values
	if m.Ratio {
		values = l.Ratios
	}
	if len(values) == 0 {
		return NotMeasured
	}
	inside := func(v float64) bool { return m.Least <= v && v <= m.Most }
	if m.Every {
		for _, v := range values {
			if !inside(v) {
				return No
			}
		}
		return Yes
	}
	s := stats.MedianOf(values)
	low, high := s.Low, s.High
	if !s.Bounded || math.IsNaN(s.P50) {
		low, high = s.P50, s.P50
	}
	switch {
	case inside(low) && inside(high):
		return Yes
	case high < m.Least || low > m.Most || math.IsNaN(s.P50):
		return No
	}
	return Unclear
}

// Write prints the lines as a table, and as one more where the ratios are of
// something else.
func Write(w io.Writer, lines []Line) error {
	var b strings.Builder
	what := ""
	for i, l := range lines {
		if i == 0 || l.Over != lines[i-1].Over {
			if i > 0 {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "| what | who | median (95 %% interval) | %s | must | outcome |\n| --- | --- | --- | --- | --- | --- |\n", cell(cmp.Or(l.Over, "coldcrank ÷ it")))
			what = ""
		}
		name := l.What
		if name == what {
			name = ""
		}
		what = l.What
		value, must := "not measured: "+l.Missing, ""
		switch {
		case len(l.Values) == 0 && l.Missing == "":
			value = ""
		case l.Missing == "":
			value = l.Unit.describe(l.Values)
		}
		if l.Must != nil {
			must = l.Must.Text
		}
		ratio := ""
		if len(l.Ratios) > 0 {
			ratio = describe(l.Ratios, times, "")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", cell(name), cell(l.Who), cell(value), ratio, cell(must), l.Holds())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// describe is a median with its interval, or without where there is none.
func describe(values []float64, format func(float64) string, unit string) string {
	m := stats.MedianOf(values)
	if !m.Bounded {
		return format(m.P50) + unit
	}
	return fmt.Sprintf("%s (%s–%s)%s", format(m.P50), format(m.Low), format(m.High), unit)
}

// times keeps three digits, for a ratio may be small.
func times(v float64) string {
	if v < 0.1 {
		return fmt.Sprintf("%.3g", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func (u Unit) describe(values []float64) string {
	switch u {
	case Share:
		return describe(values, func(v float64) string {
			return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", 100*v), "0"), ".")
		}, " %")
	case Megabytes:
		return describe(values, func(v float64) string { return fmt.Sprintf("%.1f", v) }, " MB")
	case Kilobytes:
		return describe(values, func(v float64) string { return fmt.Sprintf("%.0f", v) }, " kB")
	}
	return describe(values, func(v float64) string { return fmt.Sprintf("%.2f", v) }, " ms")
}

// cell keeps text from ending its cell or beginning markup: errors of peers come
// from outside.
func cell(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "&", "&amp;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`).Replace(s)
}
