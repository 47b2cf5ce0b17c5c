package recycle

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// mark gives $LATEST, which must be as the run left it, a description of the
// run's and a memory size, and returns the RevisionId that is valid then.
func (r *Recycler) mark(ctx context.Context, description string, memoryMB int) (revision string, err error) {
	fn, err := r.settledFunction(ctx)
	if err != nil {
		return "", err
	}
	if now := aws.ToString(fn.Description); now != r.description || !r.measures(fn) {
		return "", r.changed("read the function", now)
	}
	if err := r.note(memoryMB); err != nil {
		return "", err
	}
	fn, err = r.describe(ctx, fn, description, memoryMB)
	if err != nil {
		return "", err
	}
	r.memoryMB = memoryMB
	if !r.measures(fn) {
		return "", r.wrap("read the function again", ErrChanged)
	}
	r.description = description
	return aws.ToString(fn.RevisionId), nil
}

// note writes a memory size to the journal before the function has it.
func (r *Recycler) note(memoryMB int) error {
	if memoryMB == r.entry.Before.MemoryMB || slices.Contains(r.entry.MemoryMB, memoryMB) {
		return nil
	}
	return r.journal.change(func(*journalData) { r.entry.MemoryMB = append(r.entry.MemoryMB, memoryMB) })
}

// measures reports whether the function has the code and the configuration that
// the run measures.
func (r *Recycler) measures(fn *lambda.GetFunctionConfigurationOutput) bool {
	return aws.ToString(fn.CodeSha256) == r.codeSHA256 && fingerprintOf(fn) == r.measured && int(aws.ToInt32(fn.MemorySize)) == r.memoryMB
}

// describe changes description and memory size of $LATEST, which was just read, waits until
// the change has settled and returns what is there then. Only that RevisionId
// is valid: the one that the update answers with changes once more when the
// update completes (https://github.com/aws/aws-sdk/issues/377).
func (r *Recycler) describe(ctx context.Context, now *lambda.GetFunctionConfigurationOutput, description string, memoryMB int) (*lambda.GetFunctionConfigurationOutput, error) {
	first := !r.touched
	r.touched = true
	in := &lambda.UpdateFunctionConfigurationInput{
		FunctionName: aws.String(r.target.FunctionName),
		Description:  aws.String(description),
		RevisionId:   now.RevisionId,
	}
	if memoryMB != int(aws.ToInt32(now.MemorySize)) {
		in.MemorySize = aws.Int32(int32(memoryMB))
	}
	err := change(ctx, func(ctx context.Context) error {
		_, err := r.target.Lambda.UpdateFunctionConfiguration(ctx, in)
		return err
	})
	// The SDK repeats a call whose answer was lost, and the repetition is refused
	// when the first one took effect: for its RevisionId, or while the update is
	// under way. What is there tells.
	var busy *types.ResourceConflictException
	refused := isRefused(err) || errors.As(err, &busy)
	if err != nil && !refused {
		return nil, r.wrap("change the description", err)
	}
	fn, err := r.settledFunction(ctx)
	if err != nil {
		return nil, err
	}
	switch got := aws.ToString(fn.Description); {
	case got != description && refused:
		r.touched = !first
		return nil, r.changed("change the description", got)
	case got != description:
		return nil, r.changed("read the function again", got)
	case fn.LastUpdateStatus == types.LastUpdateStatusFailed:
		return nil, fmt.Errorf("%s: the update of its description failed: %s", r.target, aws.ToString(fn.LastUpdateStatusReason))
	}
	return fn, nil
}

// settledFunction reads $LATEST once no update is under way: until then AWS
// refuses every change with ResourceConflictException, and the RevisionId is
// about to change.
func (r *Recycler) settledFunction(ctx context.Context) (fn *lambda.GetFunctionConfigurationOutput, err error) {
	err = r.poll(ctx, "the function's update", func() (bool, error) {
		fn, err = r.configuration(ctx, "")
		return err == nil && fn.LastUpdateStatus != types.LastUpdateStatusInProgress, err
	})
	return fn, err
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
