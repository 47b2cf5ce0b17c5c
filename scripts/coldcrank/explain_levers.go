package main

import (
	"context"

	"github.com/coldcrank/coldcrank/scripts/internal/explain"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/levers"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
)

// explainLevers needs what the function costs, also where that is not asked for, and
// does without where it is not known.
func explainLevers(ctx context.Context, f *explainFlags, s *subject.Subject, r *explain.Report) error {
	m := r.Money
	if m == nil {
		var err error
		if m, err = f.money.of(ctx, s); err != nil && ctx.Err() != nil {
			return err
		}
	}
	l, err := levers.Measure(ctx, s, m)
	r.Levers = l
	return err
}
