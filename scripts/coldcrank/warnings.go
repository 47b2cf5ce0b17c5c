package main

import (
	"fmt"
	"io"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

// warnLines says which lines of a results file were not understood.
func warnLines(talk io.Writer, run *dataset.Run) {
	for _, w := range run.Warnings {
		shown := *w
		shown.File = near(w.File)
		fmt.Fprintf(talk, "coldcrank: warning: %s\n", printable(shown.Error()))
	}
}

// warnRun says what of a results file was not understood, and that a run did not
// come to its end.
func warnRun(talk io.Writer, run *dataset.Run) {
	warnLines(talk, run)
	if run.Partial {
		fmt.Fprintf(talk, "coldcrank: warning: %s is partial: the run did not come to its end\n", printable(near(run.File)))
	}
	if run.End != nil && run.End.Error != "" {
		fmt.Fprintf(talk, "coldcrank: warning: %s: the run failed %s: %s\n", printable(near(run.File)), render.Reached(run), printable(run.End.Error))
	}
}
