package plot

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// seriesOf is a series of values in ms, five a round.
func seriesOf(values ...float64) stats.Series {
	var s stats.Series
	for i, v := range values {
		s.Add(i/5+1, v/1e3)
	}
	return s
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		a    axis
		want string
	}{
		{axis{0, 0.03035}, "0 10 20 30"},
		{axis{0.0021, 0.0042}, "2.5 3.0 3.5 4.0"},
		{axis{1.95, 2.05}, "1960 1980 2000 2020 2040"},
		{axis{1e-6, 2e-6}, "0.0010 0.0012 0.0014 0.0016 0.0018 0.0020"},
		{widen(0.02, 0.02), "18 19 20 21 22"},
		{widen(0, 0), "-0.0010 -0.0005 0.0000 0.0005 0.0010"},
	} {
		var got []string
		for _, tick := range c.a.ticks(5, msOfSeconds) {
			got = append(got, strings.ReplaceAll(tick.Text, "−", "-"))
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%v: ticks %s, want %s", c.a, g, c.want)
		}
	}
	up := axis{0.010, 0.020}.rising(5, msOfSeconds)
	if first := up[len(up)-1]; first.Text != "10" || first.At != "100.00%" {
		t.Errorf("the lowest of rising ticks is %+v", first)
	}
}

// TestStrip counts the dots: each value has one, up to how many a dot is of.
func TestStrip(t *testing.T) {
	var many []float64
	for i := range 50_000 {
		many = append(many, 20+math.Sin(float64(i)))
	}
	many = append(many, 900)
	for _, c := range []struct {
		values []float64
		note   string
	}{
		{[]float64{20, 21, 22, 23, 24, 25}, "A dot is one request."},
		{[]float64{20, 20, 20}, "A dot is one request."},
		{many, "A dot is up to "},
	} {
		s := StripOf("Init Duration", []Side{{Name: "old"}, {Name: "new", Series: seriesOf(c.values...)}})
		if len(s.Lanes) != 1 || !strings.HasPrefix(s.Note, c.note) {
			t.Fatalf("%d lanes, %q", len(s.Lanes), s.Note)
		}
		l := s.Lanes[0]
		per := 1
		fmt.Sscanf(s.Note, "A dot is up to %d", &per)
		if n := len(l.Dots); n > columns*mostDots || n*per < len(c.values)-1 || per == 1 && n != len(c.values) {
			t.Errorf("%d dots of up to %d for %d values", n, per, len(c.values))
		}
		d := Distribute(seriesOf(c.values...).Values)
		if l.N != len(c.values) || l.Median != MS(d.P50) || !strings.Contains(l.Alt, "median "+MS(d.P50)+" ms") {
			t.Errorf("lane %d, %s, %q", l.N, l.Median, l.Alt)
		}
		if hasRange := l.Range != Absent; hasRange != (d.MedianLow != nil) || hasRange != (l.Width != "") {
			t.Errorf("range %q, width %q of %d", l.Range, l.Width, len(c.values))
		}
	}
	if s := StripOf("Init Duration", []Side{{Name: "new", Series: seriesOf(many...)}}); !strings.Contains(s.Note, "Beyond the scale: 1, up to 900.00 ms.") {
		t.Errorf("the straggler is not named: %q", s.Note)
	}
	if s := StripOf("Init Duration", []Side{{}}); s.Lanes != nil {
		t.Errorf("lanes of nothing: %v", s.Lanes)
	}
}

// TestWay adds the pieces up: they end at the sum of the parts, and a part that is
// negative has none.
func TestWay(t *testing.T) {
	l := stats.Layout{N: 9, Client: 30e6, Network: 5e6, Gateway: 0, Lambda: 10e6, Init: 12e6, Handler: 4e6, Unexplained: -1e6}
	w := WayOf([]Side{{Name: "old"}, {Name: "new"}}, []*stats.Layout{nil, &l}, true)
	if len(w.Bars) != 1 || w.Bars[0].Side != "new" {
		t.Fatalf("bars %+v", w.Bars)
	}
	var numbers []int
	sum := 0.0
	for _, p := range w.Bars[0].Pieces {
		numbers = append(numbers, p.Number)
		var width float64
		fmt.Sscanf(p.Width, "%f%%", &width)
		sum += width
	}
	if !slices.Equal(numbers, []int{1, 3, 4, 5}) || math.Abs(sum-100) > 0.05 {
		t.Errorf("pieces %v, %.2f %% wide", numbers, sum)
	}
	if w.Bars[0].TotalAt != Percent(100*30./31) || !strings.HasSuffix(w.Bars[0].Alt, "Lambda with queue 10.00, init 12.00, handler 4.00, unexplained −1.00") {
		t.Errorf("total at %s, %q", w.Bars[0].TotalAt, w.Bars[0].Alt)
	}
	if w := WayOf([]Side{{}}, []*stats.Layout{nil}, false); w.Bars != nil {
		t.Errorf("bars of nothing: %v", w.Bars)
	}
}

func TestByRound(t *testing.T) {
	s := seriesOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
	for i, r := range s.Rounds { // round 2 has nothing
		if r == 2 {
			s.Rounds[i] = 4
		}
	}
	c := ByRound("Init Duration", []Side{{Name: "old"}, {Name: "new", Series: s}})
	var rows []string
	for _, r := range c.Rows {
		rows = append(rows, r.Name+" "+strings.Join(r.Cells[2:], " "))
	}
	if got, want := strings.Join(rows, ", "), "1 5 3.00, 2 0 –, 3 5 13.00, 4 5 8.00"; got != want {
		t.Errorf("rows %s, want %s", got, want)
	}
	if l := c.Lines[1]; len(l.Marks) != 3 || len(l.Joins) != 1 {
		t.Errorf("%d marks and %d joins, want 3 and 1: nothing joins over a round without values", len(l.Marks), len(l.Joins))
	}
	if want := "new: Init Duration by round: from 3.00 to 13.00 ms, first 3.00, last 8.00. "; c.Alt != want {
		t.Errorf("alt %q, want %q", c.Alt, want)
	}

	// Many rounds are put together, and one round has no course.
	var long stats.Series
	for round := 1; round <= 100_001; round++ {
		long.Add(round, 1)
	}
	c = ByRound("Init Duration", []Side{{Series: long}})
	if n := len(c.Lines[0].Marks); n > mostMarks || n*c.Group < 100_001 || c.Rows[n-1].Name != "99247–100001" {
		t.Errorf("%d marks of %d rounds, the last %s", n, c.Group, c.Rows[n-1].Name)
	}
	if c := ByRound("Init Duration", []Side{{Series: seriesOf(1, 2, 3)}}); c.Rows != nil {
		t.Error("one round has a course")
	}
	odd := stats.Series{Values: []float64{1, 1, 1}, Rounds: []int32{math.MaxInt32, -5, 0}}
	if c := ByRound("Init Duration", []Side{{Series: odd}}); len(c.Rows) > mostMarks {
		t.Errorf("%d rows", len(c.Rows))
	}
}

func TestByRun(t *testing.T) {
	h := stats.History{Key: "Shop/Orders", Measure: "Init Duration"}
	for i := range 130 {
		p := stats.Point{Side: &stats.Side{Header: dataset.Header{Started: time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC)}}}
		if i != 125 {
			p.N, p.Median, p.Range = 100, new(0.02), &stats.Interval{Low: 0.019, High: 0.021}
		}
		h.Points = append(h.Points, p)
	}
	h.Points[127].Change = &stats.Shift{Ratio: new(1.2), Verdict: stats.Slower}
	c, leftOut := ByRun(h)
	marks := c.Lines[0].Marks
	if leftOut != 10 || len(marks) != mostMarks-1 {
		t.Fatalf("%d left out and %d marks", leftOut, len(marks))
	}
	if m := marks[len(marks)-3]; m.Change != "+20.0 %" || m.Class != "slower" || m.Anchor != "end" || m.Low == "" {
		t.Errorf("the change is %+v", m)
	}
	if want := "Init Duration of 119 runs from 2026-01-11 to 2026-05-10: between 19.00 and 21.00 ms; 1 change."; c.Alt != want {
		t.Errorf("alt %q, want %q", c.Alt, want)
	}
	for i := range h.Points {
		h.Points[i].Median, h.Points[i].Range = nil, nil
	}
	if c, _ := ByRun(h); c.Lines != nil {
		t.Error("a line of no median")
	}
}

func TestScale(t *testing.T) {
	m := stats.Measure{Name: "Init Duration", Shift: stats.Shift{Ratio: new(0.9), Interval: &stats.Interval{Low: 0.85, High: 0.95}, Threshold: 0.05}}
	s := ScaleOf(m)
	if want := "Change of Init Duration: −10.0 %, interval from −15.0 % to −5.0 %; threshold +5.0 %."; s.Alt != want {
		t.Errorf("alt %q, want %q", s.Alt, want)
	}
	var texts []string
	for _, tick := range s.Ticks {
		texts = append(texts, tick.Text)
	}
	if got, want := strings.Join(texts, " "), "−15 % −10 % −5 % 0 % +5 %"; got != want {
		t.Errorf("ticks %s, want %s", got, want)
	}
	m.Interval = nil
	if s := ScaleOf(m); s.Width != "" {
		t.Errorf("an interval %s wide of none", s.Width)
	}
	m.Ratio = nil
	if ScaleOf(m) != nil {
		t.Error("a scale of no change")
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Fixed(-0.001, 2), "0.00"}, {Fixed(-1.5, 1), "−1.5"}, {Fixed(12.345, 2), "12.35"},
		{Grouped(999), "999"}, {Grouped(1000), "1,000"}, {Grouped(1234567), "1,234,567"},
		{Count(1, "run"), "1 run"}, {Count(2000, "run"), "2,000 runs"},
		{MSOf(nil), Absent}, {MS(1234567), "1.23"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
