package recycle

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// Restore puts alias and description back as Begin found them and deletes the
// versions that the run has made. What somebody else changed meanwhile stays
// as they made it, and is an error that wraps ErrChanged. When all is as it
// was, the target leaves the journal. Restoring twice does nothing.
func (r *Recycler) Restore(ctx context.Context) error {
	err := errors.Join(r.restoreAlias(ctx), r.restoreDescription(ctx))
	if err != nil {
		return err // the journal stays; versions may be in use
	}
	if r.rounds > 0 && r.target.Settle > 0 {
		select { // requests under way may still reach the version
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(r.target.Settle):
		}
	}
	if err := r.deleteCreated(ctx); err != nil {
		return err
	}
	return r.journal.done(r.entry)
}

func (r *Recycler) restoreAlias(ctx context.Context) error {
	alias, err := r.target.Lambda.GetAlias(ctx, &lambda.GetAliasInput{
		FunctionName: aws.String(r.target.FunctionName),
		Name:         aws.String(r.target.Alias),
	})
	if err != nil {
		return r.wrap("read the alias", err)
	}
	now := aws.ToString(alias.FunctionVersion)
	if now == r.entry.Before.AliasVersion {
		return nil
	}
	fn, err := r.configuration(ctx, now)
	if err != nil {
		return err
	}
	if !r.ours(aws.ToString(fn.Description)) {
		return fmt.Errorf("%s: alias %s names version %s, which is not the run's: %w", r.target, r.target.Alias, now, ErrChanged)
	}
	r.aliasRev = aws.ToString(alias.RevisionId)
	before := r.entry.Before
	return r.moveAlias(ctx, before.AliasVersion, aws.String(before.AliasDescription), before.AliasWeights)
}

func (r *Recycler) restoreDescription(ctx context.Context) error {
	fn, err := r.configuration(ctx, "")
	if err != nil {
		return err
	}
	now := aws.ToString(fn.Description)
	if now == r.entry.Before.Description {
		return nil
	}
	if !r.ours(now) {
		return fmt.Errorf("%s: its description is not the run's: %w", r.target, ErrChanged)
	}
	r.description = now
	_, err = r.describe(ctx, r.entry.Before.Description)
	return err
}

// deleteCreated deletes every version with the run's description. It asks for
// the list instead of trusting the journal alone: a version may have been
// published just before the run was killed.
func (r *Recycler) deleteCreated(ctx context.Context) error {
	var numbers []int
	pages := lambda.NewListVersionsByFunctionPaginator(r.target.Lambda, &lambda.ListVersionsByFunctionInput{
		FunctionName: aws.String(r.target.FunctionName),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return r.wrap("list versions", err)
		}
		for _, v := range page.Versions {
			number, err := strconv.Atoi(aws.ToString(v.Version))
			if err != nil {
				continue // $LATEST
			}
			if r.ours(aws.ToString(v.Description)) {
				numbers = append(numbers, number)
			}
		}
	}
	for _, n := range numbers {
		if err := r.deleteVersion(ctx, n); err != nil {
			return err
		}
	}
	return nil
}
