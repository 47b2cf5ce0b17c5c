// Package recycle makes sure that no warm execution environment is left: it
// publishes a new version of a function and moves the alias to it. Afterwards
// it puts everything back as it was, by a journal that is on disk before the
// first change.
//
// It changes the description of $LATEST, its memory size where that is asked for,
// the alias, and versions that it made itself; nothing else.
package recycle

import (
	"cmp"
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

const (
	// patience is how long a function or an alias may take to settle. AWS names
	// no bound; the SDK's own waiters for function states give up after five
	// minutes.
	patience = 5 * time.Minute
	// callLimit bounds a call that changes something, the SDK's repetitions
	// included.
	callLimit = 30 * time.Second
)

// ErrChanged is returned where somebody else changes the function or the alias
// while a run is on its way. Theirs is left as it is.
var ErrChanged = errors.New("somebody else changed it during the run")

// ErrUnfinished is returned where a function bears the mark of another run,
// which goes on or was killed.
var ErrUnfinished = errors.New("another run has not put it back")

// Recycler recycles one target.
type Recycler struct {
	target  *target.Target
	journal *Journal
	entry   *entry

	codeSHA256  string // of the code that the run measures
	measured    fingerprint
	description string     // of $LATEST after our last change
	memoryMB    int        // as well
	alias       aliasState // after our last change
	rounds      int        // recycles begun so far
	touched     bool       // something may have been changed
	left        []left     // versions of ours that the alias has left, oldest first
	report      Report
	restored    bool
}

// left is a version that the alias has left.
type left struct {
	version string
	at      time.Time
}

// Begin reads the state that Restore will put back and writes it to the
// journal. It changes nothing on the target. A function or an alias that bears
// the mark of another run is refused with ErrUnfinished: what that run has made
// of it is not what is to be put back.
//
// Two runs that begin at once both find the target unmarked. RevisionIds let
// only one of them set the first mark; the other's Recycle refuses with
// ErrUnfinished before it has changed anything.
func Begin(ctx context.Context, t *target.Target, j *Journal) (*Recycler, error) {
	r := &Recycler{target: t, journal: j}
	fn, err := r.settledFunction(ctx)
	if err != nil {
		return nil, err
	}
	r.codeSHA256, r.measured, r.description = aws.ToString(fn.CodeSha256), fingerprintOf(fn), aws.ToString(fn.Description)
	r.memoryMB = int(aws.ToInt32(fn.MemorySize))
	if run, ok := MarkedBy(r.description); ok {
		return nil, r.unfinished(run)
	}
	if r.alias, err = r.firstAlias(ctx); err != nil {
		return nil, err
	}
	for _, version := range r.alias.versions() {
		if _, err := strconv.Atoi(version); err != nil {
			continue // $LATEST, which is not marked
		}
		v, err := r.configuration(ctx, version)
		if err != nil {
			return nil, err
		}
		if run, ok := MarkedBy(aws.ToString(v.Description)); ok {
			return nil, r.unfinished(run)
		}
	}
	r.entry = &entry{
		Target: t.String(), Region: t.Region, Function: t.FunctionName, Alias: t.Alias,
		ARN: aws.ToString(fn.FunctionArn),
		Before: state{
			Description:      r.description,
			MemoryMB:         r.memoryMB,
			AliasVersion:     r.alias.version,
			AliasDescription: r.alias.description,
			AliasWeights:     r.alias.weights,
		},
	}
	if t.Executor != nil {
		r.entry.Endpoint = t.Executor.Endpoint
	}
	if err := j.add(r.entry); err != nil {
		return nil, err
	}
	return r, nil
}

// The run marks what is its own by two descriptions: one of $LATEST, one of the
// versions that it publishes. They differ because a version that somebody else
// publishes meanwhile inherits the description of $LATEST (Lambda API
// Reference, PublishVersion, "Description"), and is not ours to delete.
func (r *Recycler) latestMark() string  { return "coldcrank " + r.journal.data.Run + " round " }
func (r *Recycler) versionMark() string { return "coldcrank " + r.journal.data.Run + " version " }

// MarkedBy returns the run whose mark a description is.
func MarkedBy(description string) (run string, ok bool) {
	words := strings.Split(description, " ")
	if len(words) != 4 || words[0] != "coldcrank" || words[2] != "round" && words[2] != "version" {
		return "", false
	}
	return words[1], true
}

func (r *Recycler) unfinished(run string) error {
	return fmt.Errorf("%s: %w: it bears the mark of run %s", r.target, ErrUnfinished, run)
}

// changed is the error for a description of $LATEST that the run did not set.
func (r *Recycler) changed(step, description string) error {
	if run, ok := MarkedBy(description); ok && run != r.journal.data.Run {
		return r.unfinished(run)
	}
	return r.wrap(step, ErrChanged)
}

// Recycle publishes a version that no request has met and moves the alias to
// it. It returns the version's number once the alias answers with nothing else,
// and with provisioned concurrency once all environments of it stand ready.
// Versions that the alias left in an earlier Recycle are deleted, when requests
// can no longer be on their way to them.
// Errors wrap ErrChanged where $LATEST or the alias is not as the run left it,
// and ErrUnfinished where another run has marked it.
func (r *Recycler) Recycle(ctx context.Context) (string, error) { return r.RecycleAt(ctx, 0) }

// RecycleAt is Recycle with another memory size; 0 is the one from before the run.
func (r *Recycler) RecycleAt(ctx context.Context, memoryMB int) (string, error) {
	if err := r.deleteLeft(ctx); err != nil {
		return "", err
	}
	r.rounds++
	round := strconv.Itoa(r.rounds)
	revision, err := r.mark(ctx, r.latestMark()+round, cmp.Or(memoryMB, r.entry.Before.MemoryMB))
	if err != nil {
		return "", err
	}
	version, err := r.publish(ctx, r.versionMark()+round, revision)
	if err != nil {
		return "", err
	}
	if err := r.active(ctx, version); err != nil {
		return "", err
	}
	before := r.alias.version
	if err := r.moveAlias(ctx, version); err != nil {
		return "", err
	}
	if r.target.Provisioned > 0 {
		if err := r.provisioned(ctx); err != nil {
			return "", err
		}
	}
	if slices.Contains(r.entry.Created, before) {
		r.left = append(r.left, left{before, time.Now()})
	}
	return version, nil
}

// publish makes a version of $LATEST as it is at that revision. AWS answers with
// an older version where it sees no change since; that one is not the run's.
func (r *Recycler) publish(ctx context.Context, description, revision string) (version string, err error) {
	var out *lambda.PublishVersionOutput
	err = change(ctx, func(ctx context.Context) (err error) {
		out, err = r.target.Lambda.PublishVersion(ctx, &lambda.PublishVersionInput{
			FunctionName: aws.String(r.target.FunctionName),
			Description:  aws.String(description),
			CodeSha256:   aws.String(r.codeSHA256),
			RevisionId:   aws.String(revision),
		})
		return err
	})
	if err != nil {
		return "", r.wrap("publish a version", err)
	}
	version = aws.ToString(out.Version)
	if got := aws.ToString(out.Description); got != description {
		return "", fmt.Errorf("%s: publish a version: the answer is version %s with the description %q, which is not new", r.target, version, got)
	}
	return version, r.journal.change(func(*journalData) { r.entry.Created = append(r.entry.Created, version) })
}

// active waits until a version can be invoked.
func (r *Recycler) active(ctx context.Context, version string) error {
	return r.poll(ctx, "version "+version, func() (bool, error) {
		fn, err := r.configuration(ctx, version)
		if isGone(err) { // with the version that was just made
			err = fmt.Errorf("%w (%w)", ErrChanged, err)
		}
		if err != nil {
			return false, err
		}
		if fn.State == types.StateFailed {
			return false, fmt.Errorf("%s: version %s failed: %s", r.target, version, aws.ToString(fn.StateReason))
		}
		return fn.State != types.StatePending, nil
	})
}

// wrap names target and step. A refused precondition is somebody else's change.
func (r *Recycler) wrap(step string, err error) error {
	if isRefused(err) {
		err = fmt.Errorf("%w (%w)", ErrChanged, err)
	}
	return fmt.Errorf("%s: %s: %w", r.target, step, err)
}

// isRefused reports whether a RevisionId was not the valid one.
func isRefused(err error) bool {
	var refused *types.PreconditionFailedException
	return errors.As(err, &refused)
}

// change makes a call that changes something. It does not begin once ctx is
// done, but goes on when ctx is done meanwhile: a call that is broken off may
// still take effect, after Restore has looked.
func change(ctx context.Context, call func(context.Context) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callLimit)
	defer cancel()
	return call(ctx)
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
		if err := wait(ctx, r.target.StatePoll); err != nil {
			return err
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
