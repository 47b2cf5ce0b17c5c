package page

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/page/plot"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// change is a line of what changed.
type change struct {
	Name, Old, New, Change, Interval, Verdict string
	Class, Symbol                             string
	Decides                                   bool
}

// changesOf puts render's lines into columns with names; the first decides.
func changesOf(c stats.Comparison) []change {
	var all []change
	for i, l := range render.Changes(c)[1:] {
		one := change{Name: l[0], Old: l[1], New: l[2], Change: l[3], Interval: l[4], Verdict: l[5], Decides: i == 0}
		if l[5] != "" {
			v := c.Verdict // of what decides, be it a time or the requests that fail
			if i < len(c.Measures) && (i > 0 || c.Verdict == stats.Failing) {
				v = c.Measures[i].Verdict
			}
			one.Class, one.Symbol = plot.Class(v), symbolOf(v)
		}
		all = append(all, one)
	}
	return all
}

// timesRow is a distribution of one side.
type timesRow struct {
	Group, Name, Side string
	First             bool // of its name
	Span              int  // sides that have it, with First

	N                                  int
	Min, P50, Interval, P90, P99, Most string
}

// timesOf lists cold and warm times, sides below each other.
func timesOf(sides []side) []timesRow {
	var rows []timesRow
	for _, m := range []struct {
		group, name string
		of          func(stats.Summary) stats.Distribution
	}{
		{"cold", "Init", func(s stats.Summary) stats.Distribution { return s.Init }},
		{"cold", "Duration", func(s stats.Summary) stats.Distribution { return s.DurationCold }},
		{"cold", "Client", func(s stats.Summary) stats.Distribution { return s.ClientCold }},
		{"cold", "Billed", func(s stats.Summary) stats.Distribution { return s.BilledCold }},
		{"restored", "Restore", func(s stats.Summary) stats.Distribution { return s.RestoreBurst }},
		{"warm", "Duration", func(s stats.Summary) stats.Distribution { return s.DurationWarm }},
		{"warm", "Client", func(s stats.Summary) stats.Distribution { return s.ClientWarm }},
		{"warm", "Billed", func(s stats.Summary) stats.Distribution { return s.BilledWarm }},
		{"load, warm", "Duration", ofLoad(func(l *stats.Load) stats.Distribution { return l.Duration })},
		{"load, warm", "Client", ofLoad(func(l *stats.Load) stats.Distribution { return l.Client })},
		{"load, warm", "from schedule", ofLoad(func(l *stats.Load) stats.Distribution { return l.Scheduled })},
	} {
		from := len(rows)
		for _, x := range sides {
			d := m.of(x.summary)
			if d.N == 0 {
				continue
			}
			row := timesRow{Group: m.group, Name: m.name, Side: x.Name, N: d.N, Min: plot.MS(d.Min), P50: plot.MS(d.P50), Interval: plot.Absent, P90: plot.MSOf(d.P90), P99: plot.MSOf(d.P99), Most: plot.MS(d.Max)}
			if d.MedianLow != nil {
				row.Interval = plot.MS(*d.MedianLow) + "–" + plot.MS(*d.MedianHigh)
			}
			rows = append(rows, row)
		}
		if n := len(rows) - from; n > 0 {
			rows[from].First, rows[from].Span = true, n
		}
	}
	return rows
}

// sizeRow is a size with a bar for each side.
type sizeRow struct {
	Name, Change string
	Bars         []sizeBar
}

type sizeBar struct {
	Side, Text string
	Width      string // of the whole, which is the largest side, or the memory size
}

func sizesOf(sides []side) []sizeRow {
	var rows []sizeRow
	for _, m := range []struct {
		name string
		of   func(side) (n float64, text string, whole float64)
	}{
		{"Max Memory Used", func(x side) (float64, string, float64) {
			used := x.summary.MaxMemoryUsedMB
			if used == nil {
				return 0, "", 0
			}
			return float64(*used), fmt.Sprintf("%d of %d MB", *used, x.target.MemoryMB), float64(x.target.MemoryMB)
		}},
		{"zip", func(x side) (float64, string, float64) {
			return float64(x.target.ZipBytes), render.Size(x.target.ZipBytes), 0
		}},
		{"executable", func(x side) (float64, string, float64) {
			return float64(x.target.ExecutableBytes), render.Size(x.target.ExecutableBytes), 0
		}},
	} {
		row := sizeRow{Name: m.name}
		most := 0.0
		for _, x := range sides {
			n, _, whole := m.of(x)
			most = max(most, n, whole)
		}
		var known []float64
		for _, x := range sides {
			n, text, _ := m.of(x)
			if n <= 0 {
				continue
			}
			known = append(known, n)
			row.Bars = append(row.Bars, sizeBar{x.Name, text, plot.Percent(100 * n / most)})
		}
		if len(known) == 2 {
			row.Change = render.Change(known[1] / known[0])
		}
		if known != nil {
			rows = append(rows, row)
		}
	}
	return rows
}

// countRow says how many requests had an outcome.
type countRow struct {
	Name   string
	Values []int // a side each
	Bad    bool
}

// countsOf lists outcomes that any side has, in bursts and after them.
func countsOf(sides []side) []countRow {
	rows := []struct {
		name string
		of   func(stats.Summary) int
		bad  bool
	}{
		{"requested in bursts", func(s stats.Summary) int { return s.Requested }, false},
		{"cold", func(s stats.Summary) int { return s.Cold }, false},
		{"restored", func(s stats.Summary) int { return s.Restored }, false},
		{"warm", func(s stats.Summary) int { return s.Counts.Warm }, false},
		{"stale", func(s stats.Summary) int { return s.Stale }, true},
		{"failed", func(s stats.Summary) int { return s.Failed }, true},
		{"throttled", func(s stats.Summary) int { return s.Throttled }, true},
		{"log missing", func(s stats.Summary) int { return s.LogMissing }, true},
		{"requested after bursts", func(s stats.Summary) int { return s.AfterBurst.Requested }, false},
		{"warm after bursts", func(s stats.Summary) int { return s.AfterBurst.Warm }, false},
		{"neither warm nor cold after bursts", func(s stats.Summary) int {
			return s.AfterBurst.Requested - s.AfterBurst.Warm - s.AfterBurst.Cold
		}, true},
	}
	var all []countRow
	for i, r := range rows {
		row := countRow{Name: r.name, Bad: r.bad}
		some := i < 2
		for _, x := range sides {
			n := r.of(x.summary)
			some = some || n != 0
			row.Values = append(row.Values, n)
		}
		if some {
			all = append(all, row)
		}
	}
	return all
}

// errorRow is one reason for which requests failed.
type errorRow struct {
	Side, Status, Class, Text string
	N                         int
}

// mostErrors is how many reasons of a side are listed, the most frequent first.
const mostErrors = 20

func errorsOf(sides []side) []errorRow {
	var rows []errorRow
	for _, x := range sides {
		for i, e := range x.summary.Errors {
			if i == mostErrors {
				rows = append(rows, errorRow{Side: x.Name, Text: fmt.Sprintf("and %d more reasons", len(x.summary.Errors)-i), Status: plot.Absent, Class: plot.Absent})
				break
			}
			row := errorRow{Side: x.Name, Status: plot.Absent, Class: cmp.Or(text(e.Class), plot.Absent), Text: cmp.Or(text(strings.TrimSpace(e.Text)), plot.Absent), N: e.N}
			if e.Status != 0 {
				row.Status = fmt.Sprint(e.Status)
			}
			rows = append(rows, row)
		}
	}
	return rows
}
