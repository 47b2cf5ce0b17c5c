package main

import (
	"context"

	"github.com/coldcrank/coldcrank/scripts/internal/explain"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/levers"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
)

// explainLevers needs what the function costs, also where that is not asked for. Where
// that is not known, it does without and says why.
func explainLevers(ctx context.Context, f *explainFlags, s *subject.Subject, r *explain.Report) error {
	given := levers.Given{Money: r.Money, Memory: f.memory}
	var unknown error
	if given.Money == nil {
		if given.Money, unknown = f.money.of(ctx, s, r.Logs); unknown != nil && (ctx.Err() != nil || f.asked(unknown)) {
			return unknown
		}
	}
	if r.Logs != nil {
		if times, ok := r.Logs.Times(); ok {
			given.There = &levers.There{MS: float64(times.Init) / 1e6, From: r.Logs.From()}
		}
	}
	l, err := levers.Measure(ctx, s, given)
	if err != nil {
		return err
	}
	if unknown != nil {
		l.Missing = append(l.Missing, "money: "+unknown.Error())
	}
	r.Levers = l
	return nil
}
