package recycle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// Restore puts alias and description back as Begin found them and deletes the
// versions that the run has made. What somebody else changed meanwhile stays
// as they made it, and is an error that wraps ErrChanged; everything else is
// put back nevertheless. When all is as it was, the target leaves the journal,
// and further calls do nothing; after an error Restore may be called again.
func (r *Recycler) Restore(ctx context.Context) error {
	if r.restored {
		return nil
	}
	if r.rounds > 0 {
		if err := r.putBack(ctx); err != nil {
			return err
		}
	}
	r.restored = true
	return r.journal.done(r.entry)
}

func (r *Recycler) putBack(ctx context.Context) error {
	aliasErr := r.restoreAlias(ctx)
	err := errors.Join(aliasErr, r.restoreDescription(ctx))
	if aliasErr != nil && !errors.Is(aliasErr, ErrChanged) {
		return err // the alias may still lead to a version of the run's
	}
	// Requests under way may still reach the version that the alias has left.
	if werr := wait(ctx, r.target.Settle); werr != nil {
		return errors.Join(err, werr)
	}
	return errors.Join(err, r.deleteCreated(ctx))
}

// restoreAlias puts the alias back where it leads to a version of the run's.
func (r *Recycler) restoreAlias(ctx context.Context) error {
	before := aliasState{
		version:     r.entry.Before.AliasVersion,
		description: r.entry.Before.AliasDescription,
		weights:     r.entry.Before.AliasWeights,
	}
	now, revision, err := r.readAlias(ctx)
	if err != nil || now.equal(before) {
		return err
	}
	ours := 0
	for _, version := range append(slices.Sorted(maps.Keys(now.weights)), now.version) {
		if _, ok := before.weights[version]; ok || version == before.version {
			continue
		}
		fn, err := r.configuration(ctx, version)
		if err != nil {
			return err
		}
		if !r.ours(fn.Description) {
			return fmt.Errorf("%s: alias %s leads to version %s, which is not the run's: %w", r.target, r.target.Alias, version, ErrChanged)
		}
		ours++
	}
	var changed error
	if now.description != before.description {
		before.description = now.description
		changed = fmt.Errorf("%s: the description of alias %s is new: %w", r.target, r.target.Alias, ErrChanged)
	}
	if ours == 0 {
		if changed == nil {
			changed = fmt.Errorf("%s: alias %s has other weights: %w", r.target, r.target.Alias, ErrChanged)
		}
		return changed
	}
	return errors.Join(r.setAlias(ctx, before, revision), changed)
}

// restoreDescription puts the description of $LATEST back where it is the
// run's. Code and configuration may be new: they are not touched by that.
func (r *Recycler) restoreDescription(ctx context.Context) error {
	fn, err := r.settledFunction(ctx)
	if err != nil {
		return err
	}
	switch now := aws.ToString(fn.Description); {
	case now == r.entry.Before.Description:
		return nil
	case !strings.HasPrefix(now, r.latestMark()):
		return fmt.Errorf("%s: its description is not the run's: %w", r.target, ErrChanged)
	}
	_, err = r.describe(ctx, fn, r.entry.Before.Description)
	return err
}

// ours reports whether the run has published the version of that description.
func (r *Recycler) ours(description *string) bool {
	return strings.HasPrefix(aws.ToString(description), r.versionMark())
}

// deleteCreated deletes every version that bears the run's mark. It asks for
// the list instead of trusting the journal: a version may have been published
// whose answer never came.
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
			if number, err := strconv.Atoi(aws.ToString(v.Version)); err == nil && r.ours(v.Description) { // $LATEST is no number
				numbers = append(numbers, number)
			}
		}
	}
	var errs []error
	for _, n := range numbers {
		errs = append(errs, r.deleteVersion(ctx, n))
	}
	return errors.Join(errs...)
}

// deleteLeft deletes the versions that the alias left in an earlier Recycle,
// except those that requests under way may still reach: AWS answers 502 for a
// version that is deleted as soon as the alias has left it
// (https://github.com/DataBiosphere/azul/issues/7883).
func (r *Recycler) deleteLeft(ctx context.Context) error {
	for len(r.left) > 0 && time.Since(r.left[0].at) >= r.target.Settle {
		number, err := strconv.Atoi(r.left[0].version)
		if err != nil {
			return fmt.Errorf("%s: version %q is no number", r.target, r.left[0].version)
		}
		if err := r.deleteVersion(ctx, number); err != nil {
			return err
		}
		r.left = r.left[1:]
	}
	return nil
}

// deleteVersion is the only place that deletes. It takes a number, so that no
// mistake elsewhere can make it delete $LATEST, an alias or the function.
func (r *Recycler) deleteVersion(ctx context.Context, number int) error {
	version := strconv.Itoa(number)
	err := change(ctx, func(ctx context.Context) error {
		_, err := r.target.Lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{
			FunctionName: aws.String(r.target.FunctionName),
			Qualifier:    aws.String(version),
		})
		return err
	})
	var gone *types.ResourceNotFoundException
	if err != nil && !errors.As(err, &gone) {
		return r.wrap("delete version "+version, err)
	}
	return r.journal.change(func(*journalData) {
		r.entry.Created = slices.DeleteFunc(r.entry.Created, func(v string) bool { return v == version })
	})
}
