// Package export writes what runs and comparisons found for other programs: JSON, CSV,
// the Go benchmark format, and what trackers of benchmarks read.
//
// What people read is in package render, and so are the words that both say. Names,
// labels and errors come from elsewhere and may hold anything; no form lets a control
// character of theirs through.
package export

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/dial"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// report is the JSON form of a run. Times are in ns, as their names say.
type report struct {
	File      string          `json:"file,omitempty"`
	Partial   bool            `json:"partial"`
	Warnings  []string        `json:"warnings,omitempty"`
	Header    dataset.Header  `json:"header"`
	End       *dataset.End    `json:"end,omitempty"`
	Summaries []stats.Summary `json:"summaries"`
	Dials     []dial.Dial     `json:"dials,omitempty"` // where the run turned the memory dial
}

// JSON writes one object: the header of the run, its end, and a summary for
// each target. What the samples cannot support is absent. The samples
// themselves are in the results file, one JSON object a line.
func JSON(w io.Writer, run *dataset.Run, o dial.Options) error { return Value(w, reportOf(run, o)) }

// RunsJSON writes one object for several runs: in "runs" what JSON writes of each, in
// "histories" what they say of a target over time, where two or more of them measured
// it. Medians are in seconds.
func RunsJSON(w io.Writer, runs []*dataset.Run, histories []stats.History, o dial.Options) error {
	type point struct {
		Run      string            `json:"run"`
		Started  time.Time         `json:"started"`
		Executor string            `json:"executor"`
		Labels   map[string]string `json:"labels,omitempty"`
		stats.Point
	}
	type history struct {
		stats.History
		Points []point `json:"points"`
	}
	out := struct {
		Runs      []report  `json:"runs"`
		Histories []history `json:"histories"`
	}{[]report{}, []history{}}
	for _, run := range runs {
		out.Runs = append(out.Runs, reportOf(run, o))
	}
	for _, h := range stats.OverTime(histories) {
		one := history{History: h}
		for _, p := range h.Points {
			r := p.Side.Header
			one.Points = append(one.Points, point{r.Run, r.Started, r.Executor, r.Labels, p})
		}
		out.Histories = append(out.Histories, one)
	}
	return Value(w, out)
}

func reportOf(run *dataset.Run, o dial.Options) report {
	r := report{
		File: run.File, Partial: run.Partial, Header: run.Header, End: run.End,
		Summaries: stats.Summarize(run), Dials: dial.Of(run, o),
	}
	for _, warning := range run.Warnings {
		r.Warnings = append(r.Warnings, warning.Error())
	}
	return r
}

// ComparisonsJSON writes one object: the verdict on all comparisons, and each with
// its measures. Medians are in seconds where the unit is "s"; ratios are new to
// old.
func ComparisonsJSON(w io.Writer, comparisons []stats.Comparison) error {
	type side struct {
		Run      string `json:"run"`
		Executor string `json:"executor"`
		*stats.Side
	}
	type comparison struct {
		Old side `json:"old"`
		New side `json:"new"`
		stats.Comparison
		Sentence string `json:"sentence"`
	}
	out := struct {
		Verdict     stats.Verdict `json:"verdict"`
		Comparisons []comparison  `json:"comparisons"`
	}{stats.Worst(comparisons), []comparison{}}
	of := func(s *stats.Side) side { return side{s.Header.Run, s.Header.Executor, s} }
	for _, c := range comparisons {
		out.Comparisons = append(out.Comparisons, comparison{of(c.Old), of(c.New), c, render.Sentence(c)})
	}
	return Value(w, out)
}

// Value writes any value as indented JSON that no terminal obeys.
func Value(w io.Writer, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	if _, err := w.Write(append(escapeJSON(text), '\n')); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// escapeJSON escapes what encoding/json lets through and a terminal may obey:
// C1 control characters, DEL, and those that change the direction of text. They
// occur only within strings, where an escape means the same.
func escapeJSON(text []byte) []byte {
	var out []byte
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r < 0x7f || unicode.IsPrint(r):
			out = append(out, text[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		text = text[size:]
	}
	return out
}
