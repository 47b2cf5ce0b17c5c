package recycle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// aliasState is where an alias leads.
type aliasState struct {
	version     string
	description string
	weights     map[string]float64 // share of requests that another version gets, 0 to 1
}

func (a aliasState) equal(b aliasState) bool {
	return a.version == b.version && a.description == b.description && maps.Equal(a.weights, b.weights)
}

// versions are those that the alias leads to.
func (a aliasState) versions() []string {
	return append(slices.Sorted(maps.Keys(a.weights)), a.version)
}

// readAlias reads the alias, with the RevisionId that a change needs.
func (r *Recycler) readAlias(ctx context.Context) (now aliasState, revision *string, err error) {
	out, err := r.target.Lambda.GetAlias(ctx, &lambda.GetAliasInput{
		FunctionName: aws.String(r.target.FunctionName),
		Name:         aws.String(r.target.Alias),
	})
	if err != nil {
		return aliasState{}, nil, r.wrap("read the alias", err)
	}
	now = aliasState{version: aws.ToString(out.FunctionVersion), description: aws.ToString(out.Description)}
	if c := out.RoutingConfig; c != nil && len(c.AdditionalVersionWeights) > 0 {
		now.weights = c.AdditionalVersionWeights
	}
	return now, out.RevisionId, nil
}

// firstAlias reads the alias before the run has changed anything. While AWS
// moves an alias it shows weights of its own
// (https://github.com/hashicorp/terraform-provider-aws/pull/48116), and a
// deployment may just have moved it. Weights are the user's once they have
// stayed as they are for as long as requests may reach the version before.
func (r *Recycler) firstAlias(ctx context.Context) (first aliasState, err error) {
	var since time.Time
	err = r.poll(ctx, "alias "+r.target.Alias, func() (bool, error) {
		now, _, err := r.readAlias(ctx)
		if err != nil {
			return false, err
		}
		if since.IsZero() || !now.equal(first) {
			first, since = now, time.Now()
		}
		return now.weights == nil || time.Since(since) >= r.target.Settle, nil
	})
	return first, err
}

// moveAlias leads the alias, which must be as the run left it, to a version of
// the run's and nowhere else. What it shows once more of an earlier move is waited
// for: what was read first need not be what is read next where several answer
// (Lambda Developer Guide says nothing of it; weights that come and go are
// observed, see firstAlias).
func (r *Recycler) moveAlias(ctx context.Context, version string) error {
	var now aliasState
	var revision *string
	begun := time.Now()
	err := r.poll(ctx, "alias "+r.target.Alias, func() (done bool, err error) {
		now, revision, err = r.readAlias(ctx)
		return now.equal(r.alias) || !r.earlier(now) || time.Since(begun) >= r.target.Settle, err
	})
	if err != nil {
		return err
	}
	if !now.equal(r.alias) {
		return r.wrap("read the alias", ErrChanged)
	}
	return r.setAlias(ctx, aliasState{version: version, description: now.description}, revision)
}

// earlier reports whether the alias leads only to where the run found it or has led
// it, as on the way of an earlier move.
func (r *Recycler) earlier(now aliasState) bool {
	before := aliasState{version: r.entry.Before.AliasVersion, weights: r.entry.Before.AliasWeights}
	known := append(before.versions(), r.entry.Created...)
	return now.description == r.alias.description &&
		!slices.ContainsFunc(now.versions(), func(v string) bool { return !slices.Contains(known, v) })
}

// setAlias changes the alias and waits until it answers so, without transient
// weights: until then requests reach the version before.
func (r *Recycler) setAlias(ctx context.Context, to aliasState, revision *string) error {
	weights := to.weights
	if weights == nil {
		weights = map[string]float64{} // clears what is there
	}
	err := change(ctx, func(ctx context.Context) error {
		_, err := r.target.Lambda.UpdateAlias(ctx, &lambda.UpdateAliasInput{
			FunctionName:    aws.String(r.target.FunctionName),
			Name:            aws.String(r.target.Alias),
			FunctionVersion: aws.String(to.version),
			Description:     aws.String(to.description),
			RoutingConfig:   &types.AliasRoutingConfiguration{AdditionalVersionWeights: weights},
			RevisionId:      revision,
		})
		return err
	})
	if isRefused(err) {
		// As for the description: the first call may have taken effect.
		now, _, rerr := r.readAlias(ctx)
		if rerr != nil {
			return errors.Join(r.wrap("move the alias", err), rerr)
		}
		if now.version == to.version && now.description == to.description {
			err = nil
		}
	}
	if err != nil {
		return r.wrap("move the alias", err)
	}
	begun := time.Now()
	err = r.poll(ctx, "alias "+r.target.Alias, func() (bool, error) {
		now, _, err := r.readAlias(ctx)
		if err == nil && now.version != to.version && now.weights == nil && time.Since(begun) >= r.target.Settle {
			err = r.wrap("move the alias", ErrChanged) // it is not on its way, and leads elsewhere
		}
		return now.equal(to), err
	})
	if err == nil {
		r.alias = to
	}
	return err
}

// provisioned waits until the environments that the alias keeps are there again:
// Lambda initializes them anew for the version that it leads to now. Requests that
// come earlier meet environments made on demand (Lambda Developer Guide,
// "Configuring provisioned concurrency for a function").
func (r *Recycler) provisioned(ctx context.Context) error {
	return r.poll(ctx, "provisioned concurrency of alias "+r.target.Alias, func() (bool, error) {
		out, err := r.target.Lambda.GetProvisionedConcurrencyConfig(ctx, &lambda.GetProvisionedConcurrencyConfigInput{
			FunctionName: aws.String(r.target.FunctionName),
			Qualifier:    aws.String(r.target.Alias),
		})
		if err != nil {
			return false, r.wrap("read the provisioned concurrency", err)
		}
		if out.Status == types.ProvisionedConcurrencyStatusEnumFailed {
			return false, fmt.Errorf("%s: provisioned concurrency of alias %s failed: %s", r.target, r.target.Alias, aws.ToString(out.StatusReason))
		}
		return out.Status == types.ProvisionedConcurrencyStatusEnumReady, nil
	})
}
