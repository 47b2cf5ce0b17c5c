// Package render shows people what runs and comparisons found: as text for a terminal,
// and as Markdown. What other programs read is in package export.
//
// It writes to the writer that it is given and decides nothing: neither which
// run is shown nor whether the writer is a terminal. Names, labels and errors
// come from elsewhere and may hold anything; no form lets a control character
// of theirs through.
package render

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// TableOptions says where a table is shown. The zero value suits a pipe.
type TableOptions struct {
	Width     int  // columns of the terminal; 0 where there is none, and lines may be as long as they are
	Color     bool // the caller looks at the terminal and at NO_COLOR
	Reference bool // shows the published samples of the reference function too
}

// Table writes a block for each target of the run: what became of the
// requests, the percentiles in milliseconds, memory and sizes. Where the grid
// of percentiles does not fit into the width, it loses its interval first, and
// then becomes a list.
func Table(w io.Writer, run *dataset.Run, o TableOptions) error {
	p := &printer{width: o.Width, color: o.Color}
	var blocks []block
	for _, s := range stats.Summarize(run) {
		blocks = append(blocks, targetBlock(s, run.Header.Executor == dataset.ExecutorLocal))
	}
	if o.Reference {
		blocks = append(blocks, referenceBlock())
	}

	p.facts(plain, RunFacts(run))
	p.line(plain, Place(run.Header))
	p.facts(faint, Machine(run.Header))
	for _, warning := range Warnings(run) {
		p.line(alarm, warning)
	}
	layout := fit(blocks, o.Width)
	for _, b := range blocks {
		p.blank()
		b.print(p, layout)
	}
	for i, l := range legends(blocks) {
		if i == 0 {
			p.blank()
		}
		p.line(faint, l)
	}
	return p.writeTo(w)
}

// RunFacts tell one run from another.
func RunFacts(run *dataset.Run) []string {
	h := run.Header
	rounds := fmt.Sprintf("%s of %d", Count(h.Rounds, "round"), h.Burst)
	if e := run.End; e != nil && !e.Interrupted && e.Error == "" && e.RoundsDone < h.Rounds { // --until needed no more
		rounds = fmt.Sprintf("%s of %d (at most %d)", Count(e.RoundsDone, "round"), h.Burst, h.Rounds)
	}
	facts := []string{"run " + h.Run, h.Started.UTC().Format("2006-01-02 15:04 UTC"), rounds}
	if h.Load != nil {
		facts = append(facts, loadPlan(*h.Load))
	}
	for _, k := range slices.Sorted(maps.Keys(h.Labels)) {
		facts = append(facts, k+"="+h.Labels[k])
	}
	return facts
}

// Place says plainly where the functions ran.
func Place(h dataset.Header) string {
	var places []string
	for _, t := range h.Targets {
		place := cmp.Or(t.Platform, t.Architecture)
		if h.Executor == dataset.ExecutorAWS && t.Region != "" {
			place = strings.TrimPrefix(place+" in "+t.Region, " ")
		}
		if place != "" && !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	where := ""
	if len(places) > 0 {
		where = " on " + strings.Join(places, ", ")
	}
	switch h.Executor {
	case dataset.ExecutorLocal:
		return "local executor" + where + ": not comparable with AWS"
	case dataset.ExecutorAWS:
		return "AWS" + where
	}
	return "executor " + h.Executor + where
}

// Machine tells what a local time depends on. On AWS the machine is only
// the client's, and nothing is told.
func Machine(h dataset.Header) []string {
	if h.Executor == dataset.ExecutorAWS {
		return nil
	}
	var facts []string
	if m := h.Machine; m != nil {
		if m.CPU != "" {
			facts = append(facts, m.CPU)
		}
		facts = append(facts, Count(m.CPUs, "CPU"))
	}
	for _, k := range slices.Sorted(maps.Keys(h.ExecutorSettings)) {
		facts = append(facts, k+" "+h.ExecutorSettings[k])
	}
	return facts
}

// Warnings say what is wrong with the run as a whole.
func Warnings(run *dataset.Run) []string {
	var warnings []string
	switch {
	case run.End == nil:
		last := 0
		for _, s := range run.Samples {
			last = max(last, s.Round)
		}
		warnings = append(warnings, fmt.Sprintf("partial: the run was killed or still goes on; round %d of %d is the last one here", last, run.Header.Rounds))
	case run.End.Error != "":
		warnings = append(warnings, "failed "+Reached(run)+": "+run.End.Error)
	case run.End.Interrupted:
		warnings = append(warnings, "interrupted "+Reached(run))
	}
	if run.End != nil {
		warnings = append(warnings, run.End.Warnings...)
	}
	if run.End != nil && !run.End.Restored {
		warnings = append(warnings, "not everything was put back: coldcrank restore")
	}
	if n := len(run.Warnings); n > 0 {
		warnings = append(warnings, Count(n, "line")+" of the file could not be read in full")
	}
	return warnings
}

// Reached says how far a run came that has its end in the file: "after 3 of 20
// rounds", or "in the load, after all rounds".
func Reached(run *dataset.Run) string {
	h, end := run.Header, run.End
	all := end.RoundsDone == h.Rounds
	switch done := end.LoadsDone; {
	case h.Load == nil || done != nil && len(done) >= len(h.Targets):
	case all: // also of older programs, which named no loads
		return "in the load, after all rounds"
	case done != nil: // --until needed fewer
		return "in the load, after " + Count(end.RoundsDone, "round")
	}
	return fmt.Sprintf("after %d of %s", end.RoundsDone, Count(h.Rounds, "round"))
}
