package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/coldcrank/coldcrank/scripts/internal/explain"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/budget"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/pages"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
)

// exitOverBudget is the exit code of a function that has more than --budget allows.
const exitOverBudget = 1

func (f *explainFlags) parseBudget(text string) (err error) {
	f.budget, err = budget.Parse(text)
	return err
}

// checkBudget holds a function against the budget, if there is one.
func (f *explainFlags) checkBudget(ctx context.Context, s *subject.Subject, zipBytes int64, r *explain.Report) error {
	if f.budget == nil {
		return nil
	}
	if r.Failed != "" && r.Pages == nil && f.limits(budget.Pages) { // the command fails
		r.Missing = append(r.Missing, explain.Missing{Section: "budget", Reason: r.Failed})
		return nil
	}
	is, err := f.budgeted(ctx, s, zipBytes, r.Pages)
	if err != nil {
		return err
	}
	var base *budget.Base
	if ref := f.size.base; ref != "" {
		if f.size.old == nil { // its section was not asked for
			if err := f.readBase(ctx, s.Dir); err != nil {
				return &baseError{ref, err}
			}
		}
		if old := f.size.of(s.Target); old != nil {
			base = &budget.Base{Function: old.has, Ref: ref}
		}
	}
	if r.Budget, err = budget.Hold(f.budget, is, base); err != nil {
		return fmt.Errorf("%s: %w", s.Target, err)
	}
	return nil
}

// limits reports whether the budget has such a limit.
func (f *explainFlags) limits(key string) bool {
	return slices.ContainsFunc(f.budget, func(l budget.Limit) bool { return l.Key == key })
}

// budgeted is what a function has of what the budget limits. Pages are counted where
// that has not been done: their section may not have been asked for.
func (f *explainFlags) budgeted(ctx context.Context, s *subject.Subject, zipBytes int64, counted *pages.Pages) (is budget.Function, err error) {
	is = budget.Function{ZipBytes: zipBytes, Pages: counted}
	if is.Pages == nil && f.limits(budget.Pages) {
		if is.Pages, err = pages.Count(ctx, s); err != nil {
			return is, fmt.Errorf("%s: count pages: %w", s.Target, err)
		}
	}
	if is.Packages, err = pages.GoPackages(s.Shipped); err != nil {
		return is, fmt.Errorf("%s: %w", s.Target, err)
	}
	return is, nil
}

// overBudget ends the command with exitOverBudget where a function has more than it
// may have.
func overBudget(talk io.Writer, reports []*explain.Report) error {
	over := false
	for _, r := range reports {
		if r.Budget == nil {
			continue
		}
		for _, line := range r.Budget.Exceeded() {
			fmt.Fprintf(talk, "over budget: %s: %s\n", printable(r.Target), printable(line))
			over = true
		}
	}
	if over {
		return exitError{exitOverBudget}
	}
	return nil
}
