// Package recycle makes sure that no warm execution environment is left: it
// publishes a new version of a function and moves the alias to it. Afterwards
// it puts everything back as it was, by a journal that is on disk before the
// first change.
//
// It changes the description of $LATEST, the alias, and versions that it made
// itself; nothing else.
package recycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// patience is how long a function or an alias may take to settle. AWS names no
// bound; the SDK's own waiters for function states give up after five minutes.
const patience = 5 * time.Minute

// ErrChanged is returned where somebody else changes the function or the alias
// while a run is on its way. Theirs is left as it is.
var ErrChanged = errors.New("somebody else changed it during the run")

// Recycler recycles one target.
type Recycler struct {
	target  *target.Target
	journal *Journal
	entry   *entry

	codeSHA256  string   // of the code that the run measures
	description string   // of $LATEST after our last change
	aliasRev    string   // the alias's RevisionId after our last change
	rounds      int      // recycles so far
	current     string   // version that the alias names
	left        []string // versions of ours that the alias has left, oldest first
}

// Begin reads the state that Restore will put back and writes it to the
// journal. It changes nothing on the target.
func Begin(ctx context.Context, t *target.Target, j *Journal) (*Recycler, error) {
	r := &Recycler{target: t, journal: j}
	fn, err := r.configuration(ctx, "")
	if err != nil {
		return nil, err
	}
	alias, err := r.settledAlias(ctx, "")
	if err != nil {
		return nil, err
	}
	r.codeSHA256 = aws.ToString(fn.CodeSha256)
	r.description = aws.ToString(fn.Description)
	r.current = aws.ToString(alias.FunctionVersion)
	r.aliasRev = aws.ToString(alias.RevisionId)
	r.entry = &entry{
		Target: t.String(), Region: t.Region, Function: t.FunctionName, Alias: t.Alias,
		Before: state{
			Description:      aws.ToString(fn.Description),
			AliasVersion:     aws.ToString(alias.FunctionVersion),
			AliasDescription: aws.ToString(alias.Description),
			AliasWeights:     weights(alias.RoutingConfig),
		},
	}
	if t.Executor != nil {
		r.entry.Endpoint = t.Executor.Endpoint
	}
	return r, j.change(func(d *journalData) { d.Entries = append(d.Entries, r.entry) })
}

// nonce is the description by which the run's versions are known again.
func (r *Recycler) nonce() string { return "coldcrank " + r.journal.data.Run + " " }

// Recycle publishes a version that no request has met and moves the alias to
// it. It returns the version's number once the alias answers with nothing else.
// A version that the alias left a round ago is deleted.
func (r *Recycler) Recycle(ctx context.Context) (string, error) {
	if err := r.deleteLeft(ctx, 1); err != nil {
		return "", err
	}
	r.rounds++
	description := r.nonce() + strconv.Itoa(r.rounds)
	revision, err := r.describe(ctx, description)
	if err != nil {
		return "", err
	}
	out, err := r.target.Lambda.PublishVersion(ctx, &lambda.PublishVersionInput{
		FunctionName: aws.String(r.target.FunctionName),
		CodeSha256:   aws.String(r.codeSHA256),
		RevisionId:   aws.String(revision),
	})
	if err != nil {
		return "", r.wrap("publish a version", err)
	}
	version := aws.ToString(out.Version)
	if err := r.journal.change(func(*journalData) { r.entry.Created = append(r.entry.Created, version) }); err != nil {
		return "", err
	}
	if err := r.active(ctx, version); err != nil {
		return "", err
	}
	if err := r.moveAlias(ctx, version, nil, nil); err != nil {
		return "", err
	}
	if slices.Contains(r.entry.Created, r.current) {
		r.left = append(r.left, r.current)
	}
	r.current = version
	return version, nil
}

// describe gives $LATEST a description, waits until the change has settled and
// returns the RevisionId that is valid then: the one that the update answers
// with changes once more when the update completes (aws/aws-sdk issue 377).
// It refuses where $LATEST is not as the run left it.
func (r *Recycler) describe(ctx context.Context, description string) (revision string, err error) {
	before, err := r.configuration(ctx, "")
	if err != nil {
		return "", err
	}
	if aws.ToString(before.Description) != r.description || aws.ToString(before.CodeSha256) != r.codeSHA256 {
		return "", r.wrap("read the function", ErrChanged)
	}
	if _, err := r.target.Lambda.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
		FunctionName: aws.String(r.target.FunctionName),
		Description:  aws.String(description),
		RevisionId:   before.RevisionId,
	}); err != nil {
		return "", r.wrap("change the description", err)
	}
	r.description = description
	err = r.poll(ctx, "the function's update", func() (bool, error) {
		fn, err := r.configuration(ctx, "")
		if err != nil {
			return false, err
		}
		switch fn.LastUpdateStatus {
		case types.LastUpdateStatusFailed:
			return false, fmt.Errorf("%s: the update of its description failed: %s", r.target, aws.ToString(fn.LastUpdateStatusReason))
		case types.LastUpdateStatusInProgress:
			return false, nil
		}
		if aws.ToString(fn.Description) != description || aws.ToString(fn.CodeSha256) != r.codeSHA256 {
			return false, r.wrap("read the function again", ErrChanged)
		}
		revision = aws.ToString(fn.RevisionId)
		return true, nil
	})
	return revision, err
}

// active waits until a version can be invoked.
func (r *Recycler) active(ctx context.Context, version string) error {
	return r.poll(ctx, "version "+version, func() (bool, error) {
		fn, err := r.configuration(ctx, version)
		if err != nil {
			return false, err
		}
		switch fn.State {
		case types.StatePending:
			return false, nil
		case types.StateFailed:
			return false, fmt.Errorf("%s: version %s failed: %s", r.target, version, aws.ToString(fn.StateReason))
		}
		return true, nil
	})
}

// moveAlias points the alias at a version and waits until it answers so.
func (r *Recycler) moveAlias(ctx context.Context, version string, description *string, to map[string]float64) error {
	if to == nil {
		to = map[string]float64{} // clears what may be there
	}
	_, err := r.target.Lambda.UpdateAlias(ctx, &lambda.UpdateAliasInput{
		FunctionName:    aws.String(r.target.FunctionName),
		Name:            aws.String(r.target.Alias),
		FunctionVersion: aws.String(version),
		Description:     description,
		RoutingConfig:   &types.AliasRoutingConfiguration{AdditionalVersionWeights: to},
		RevisionId:      aws.String(r.aliasRev),
	})
	if err != nil {
		return r.wrap("move the alias", err)
	}
	if len(to) > 0 {
		return nil // the weights that it is to have
	}
	alias, err := r.settledAlias(ctx, version)
	if err != nil {
		return err
	}
	r.aliasRev = aws.ToString(alias.RevisionId)
	return nil
}

// settledAlias reads the alias until it names the version, or with an empty
// version any, and nothing beside it: while AWS moves an alias it may show
// transient weights of its own (terraform-provider-aws issue 48116). Weights
// that stay, before the run has changed anything, are the user's.
func (r *Recycler) settledAlias(ctx context.Context, version string) (alias *lambda.GetAliasOutput, err error) {
	looks := 0
	err = r.poll(ctx, "alias "+r.target.Alias, func() (bool, error) {
		alias, err = r.target.Lambda.GetAlias(ctx, &lambda.GetAliasInput{
			FunctionName: aws.String(r.target.FunctionName),
			Name:         aws.String(r.target.Alias),
		})
		if err != nil {
			return false, r.wrap("read the alias", err)
		}
		looks++
		if version == "" {
			const enough = 10 // looks after which weights are no longer transient
			return len(weights(alias.RoutingConfig)) == 0 || looks >= enough, nil
		}
		return aws.ToString(alias.FunctionVersion) == version && len(weights(alias.RoutingConfig)) == 0, nil
	})
	return alias, err
}

func (r *Recycler) configuration(ctx context.Context, version string) (*lambda.GetFunctionConfigurationOutput, error) {
	in := &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(r.target.FunctionName)}
	if version != "" {
		in.Qualifier = aws.String(version)
	}
	out, err := r.target.Lambda.GetFunctionConfiguration(ctx, in)
	if err != nil {
		return nil, r.wrap("read the function", err)
	}
	return out, nil
}

// deleteLeft deletes the versions that the alias has left, except the newest
// keep of them: requests under way may still reach those.
func (r *Recycler) deleteLeft(ctx context.Context, keep int) error {
	for len(r.left) > keep {
		number, err := strconv.Atoi(r.left[0])
		if err != nil {
			return fmt.Errorf("%s: version %q is no number", r.target, r.left[0])
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
	_, err := r.target.Lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{
		FunctionName: aws.String(r.target.FunctionName),
		Qualifier:    aws.String(version),
	})
	var gone *types.ResourceNotFoundException
	if err != nil && !errors.As(err, &gone) {
		return r.wrap("delete version "+version, err)
	}
	return r.journal.change(func(*journalData) {
		r.entry.Created = slices.DeleteFunc(r.entry.Created, func(v string) bool { return v == version })
	})
}

// wrap names target and step. A refused precondition is somebody else's change.
func (r *Recycler) wrap(step string, err error) error {
	var refused *types.PreconditionFailedException
	if errors.As(err, &refused) {
		err = fmt.Errorf("%w (%s)", ErrChanged, refused.ErrorMessage())
	}
	return fmt.Errorf("%s: %s: %w", r.target, step, err)
}

// poll looks until look says so, at the target's pace.
func (r *Recycler) poll(ctx context.Context, what string, look func() (bool, error)) error {
	deadline := time.Now().Add(patience)
	for {
		done, err := look()
		if done || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: %s has not settled after %s", r.target, what, patience)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(r.target.StatePoll):
		}
	}
}

func weights(c *types.AliasRoutingConfiguration) map[string]float64 {
	if c == nil {
		return nil
	}
	return c.AdditionalVersionWeights
}

// ours reports whether a description is one that this run gave.
func (r *Recycler) ours(description string) bool {
	return strings.HasPrefix(description, r.nonce())
}
