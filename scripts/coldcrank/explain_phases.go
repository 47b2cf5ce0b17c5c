package main

import (
	"context"

	"github.com/coldcrank/coldcrank/scripts/internal/explain"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/phases"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
)

// phasesSection is where the time of a start goes.
func phasesSection(ctx context.Context, _ *explainFlags, s *subject.Subject, r *explain.Report) (err error) {
	r.Phases, err = phases.Measure(ctx, s)
	return err
}
