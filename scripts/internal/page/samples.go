package page

import (
	"math"
	"slices"
	"strconv"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

// table is every sample of all runs, by columns, so that names stand there once and
// equal values beside each other.
type table struct {
	Rows    int       `json:"rows"`
	Columns []*values `json:"columns"`
}

// values is a column. Words are numbered where the column is of text. Times are
// whole microseconds. Of equal neighbours only one is written, and how many there
// are, where that is shorter.
type values struct {
	Name  string   `json:"name"`
	Unit  string   `json:"unit,omitempty"`  // "µs", which is shown as ms
	Words []string `json:"words,omitempty"` // by number
	All   cells    `json:"all,omitempty"`
	// Runs are values and how often each stands there, by turns.
	Runs cells `json:"runs,omitempty"`

	seen map[string]int64
	any  bool
}

// cells are numbers, and null where nobody said.
type cells []int64

// none stands for null: no column has a number so small.
const none = math.MinInt64

func (c cells) MarshalJSON() ([]byte, error) {
	out := append(make([]byte, 0, 6*len(c)), '[')
	for i, n := range c {
		if i > 0 {
			out = append(out, ',')
		}
		if n == none {
			out = append(out, "null"...)
		} else {
			out = strconv.AppendInt(out, n, 10)
		}
	}
	return append(out, ']'), nil
}

func (v *values) number(n int64) {
	v.any = v.any || n != none
	v.All = append(v.All, n)
}

func (v *values) time(ns *int64) {
	if ns == nil {
		v.number(none)
		return
	}
	v.number(int64(math.Round(float64(*ns) / 1000)))
}

func (v *values) word(s string) {
	if s == "" {
		v.number(none)
		return
	}
	n, ok := v.seen[s]
	if !ok {
		if v.seen == nil {
			v.seen = map[string]int64{}
		}
		n = int64(len(v.Words))
		v.seen[s] = n
		v.Words = append(v.Words, render.Clean(text(s)))
	}
	v.number(n)
}

// pack writes the column the shorter way.
func (v *values) pack() {
	var runs cells
	var length int64
	for i, n := range v.All {
		length++
		if i+1 < len(v.All) && n == v.All[i+1] {
			continue
		}
		runs = append(runs, n, length)
		length = 0
	}
	if len(runs) < len(v.All) {
		v.Runs, v.All = runs, nil
	}
}

// tableOf makes a table of all samples. Columns that nobody filled are left out.
func tableOf(runs []*dataset.Run) table {
	var t table
	column := func(name, unit string) *values {
		v := &values{Name: name, Unit: unit}
		t.Columns = append(t.Columns, v)
		return v
	}
	run, target := column("run", ""), column("target", "")
	round, phase, index := column("round", ""), column("phase", ""), column("index", "")
	outcome := column("outcome", "")
	client, init, restore := column("client", "µs"), column("init", "µs"), column("restore", "µs")
	duration, billed, memory := column("duration", "µs"), column("billed", "µs"), column("memory MB", "")
	late, wait, body := column("late", "µs"), column("wait", "µs"), column("body", "µs")
	dial, handshake := column("dial", "µs"), column("TLS", "µs")
	status, failure := column("status", ""), column("error", "")
	for _, r := range runs {
		for _, s := range r.Samples {
			t.Rows++
			run.word(render.Short(r.Header.Run))
			target.word(s.Target)
			round.number(int64(s.Round))
			phase.word(string(s.Phase))
			index.number(int64(s.Index))
			outcome.word(string(s.Outcome))
			if d, ok := s.Client(); ok {
				client.time(new(int64(d)))
			} else {
				client.time(nil)
			}
			init.time(s.InitNS)
			restore.time(s.RestoreNS)
			duration.time(s.DurationNS)
			billed.time(s.BilledNS)
			if m := s.MaxMemoryUsedMB; m != nil {
				memory.number(int64(*m))
			} else {
				memory.number(none)
			}
			late.time(between(&s.ScheduledNS, s.SentNS))
			wait.time(between(s.SentNS, s.FirstByteNS))
			body.time(between(s.FirstByteNS, s.DoneNS))
			dial.time(s.DialNS)
			handshake.time(s.TLSNS)
			if s.Status != 0 {
				status.number(int64(s.Status))
			} else {
				status.number(none) // no answer came
			}
			failure.word(failureOf(s))
		}
	}
	t.Columns = slices.DeleteFunc(t.Columns, func(v *values) bool { return !v.any })
	if len(runs) == 1 {
		t.Columns = slices.DeleteFunc(t.Columns, func(v *values) bool { return v == run })
	}
	for _, v := range t.Columns {
		v.pack()
	}
	return t
}

// between is the time from one moment to another, nil where one is not known.
func between(from, to *int64) *int64 {
	if from == nil || to == nil {
		return nil
	}
	return new(*to - *from)
}

// failureOf says why a request failed.
func failureOf(s *dataset.Sample) string {
	why := s.Error
	if why == "" {
		why = s.GatewayError
	}
	if why == "" {
		why = s.ReportStatus
	}
	if s.ErrorClass != "" && why != "" {
		return s.ErrorClass + ": " + why
	}
	return s.ErrorClass + why
}
