package main

import (
	"context"

	"github.com/coldcrank/coldcrank/scripts/internal/explain"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/pages"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
)

// pagesSection is how many pages of code the init of what is shipped executes.
func pagesSection(ctx context.Context, _ *explainFlags, s *subject.Subject, r *explain.Report) (err error) {
	r.Pages, err = pages.Count(ctx, s)
	return err
}
