package target

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// ErrNone is returned by Find where files and stacks describe no target.
var ErrNone = errors.New("no target in the outputs")

// ErrNoFile is in the error of Find where an outputs file is not there.
var ErrNoFile = errors.New("no outputs file")

// ErrNoRegion is returned by Find where nobody names a Region.
var ErrNoRegion = errors.New("no Region, neither in the outputs nor in the environment")

// ErrNoProfile is returned by Find where a profile is named that the AWS
// configuration files do not have.
var ErrNoProfile = errors.New("no such profile in the AWS configuration files")

// ErrBadRegion is returned by Find where a Region is named that cannot be one.
var ErrBadRegion = errors.New("no Region has that name")

// RegionError is a Region that Find was given and that a target is not in.
type RegionError struct {
	Target string
	In     string // where its outputs say that it is
	Asked  string
}

func (e *RegionError) Error() string {
	return fmt.Sprintf("%s is in %s, as its outputs say, not in %s", e.Target, e.In, e.Asked)
}

// StackError is a stack that CloudFormation does not describe.
type StackError struct {
	Stack  string
	Region string
	Err    error
}

func (e *StackError) Error() string {
	return fmt.Sprintf("stack %s in %s: %s", e.Stack, e.Region, reason(e.Err))
}

func (e *StackError) Unwrap() error { return e.Err }

// NameError is a name that Find was given and that fits no target, or several.
type NameError struct {
	Name string
	Fits []string // several targets, or all there are where none fits
	Many bool
}

func (e *NameError) Error() string {
	if e.Many {
		return fmt.Sprintf("%q fits several targets: %s", e.Name, strings.Join(e.Fits, ", "))
	}
	return fmt.Sprintf("no target is named %q; there are %s", e.Name, strings.Join(e.Fits, ", "))
}

// Where says where targets are looked for.
type Where struct {
	Files  []string // outputs files
	Stacks []string // names or ids of CloudFormation stacks

	// Profile of the AWS configuration files, and Region; where they are empty,
	// what the SDK's default chain says. The outputs of a target may name its
	// Region: another one is then a *RegionError.
	Profile, Region string

	Direct bool   // of the targets: requests are Lambda's Invoke, not the API's
	Ref    string // of the targets: they are the base of a comparison
}

// Find returns the targets that files and stacks describe, in their order; with
// names, only those, once each and in the order of names: Stack/Name or, where
// it is unambiguous, Name.
// Warnings tell what looked like a target and could not be read, and which stack
// is being changed.
// Errors: ErrNone, ErrNoRegion, ErrBadRegion,
// ErrNoProfile, *NameError, *RegionError, *StackError,
// *outputs.SyntaxError, a file that cannot be read, two targets of one
// Stack/Name, which results could not tell apart.
func (w Where) Find(ctx context.Context, names []string) (found []*Target, warnings []string, err error) {
	origin := map[string]string{}
	add := func(name string, f *outputs.File) error {
		for _, warning := range f.Warnings {
			warnings = append(warnings, name+": "+warning.String())
		}
		for _, t := range f.Targets {
			if other, twice := origin[t.String()]; twice {
				return fmt.Errorf("target %s is in %s and in %s: measure them in two runs", t, other, name)
			}
			origin[t.String()] = name
			found = append(found, &Target{Target: t, Executor: f.Executor, Direct: w.Direct, Ref: w.Ref, profile: w.Profile})
		}
		return nil
	}
	for _, name := range w.Files {
		f, err := outputs.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			return nil, warnings, fmt.Errorf("%w %s", ErrNoFile, name)
		}
		if err != nil {
			return nil, warnings, err
		}
		if err := add(name, f); err != nil {
			return nil, warnings, err
		}
	}
	if len(w.Stacks) > 0 {
		cfg, err := awsConfig(ctx, w.Profile, w.Region)
		if err != nil {
			return nil, warnings, err
		}
		api := cloudformation.NewFromConfig(cfg)
		for _, name := range w.Stacks {
			f, changing, err := readStack(ctx, api, name)
			if err != nil {
				return nil, warnings, &StackError{name, cfg.Region, err}
			}
			if changing != "" {
				warnings = append(warnings, fmt.Sprintf("stack %s: %s: what a deployment changes ends a run", name, changing))
			}
			for i := range f.Targets {
				if f.Targets[i].Region == "" {
					f.Targets[i].Region = cfg.Region
				}
			}
			if err := add("stack "+name, f); err != nil {
				return nil, warnings, err
			}
		}
	}
	if found == nil {
		return nil, warnings, ErrNone
	}
	if len(names) > 0 {
		if found, err = pick(found, names); err != nil {
			return nil, warnings, err
		}
	}
	for _, t := range found {
		if w.Region != "" {
			if t.Region != "" && t.Region != w.Region {
				return nil, warnings, &RegionError{t.String(), t.Region, w.Region}
			}
			t.Region = w.Region
		}
		if err := t.connect(ctx); err != nil {
			return nil, warnings, fmt.Errorf("%s: %w", t, err)
		}
	}
	return found, warnings, nil
}

// readStack asks CloudFormation for a stack's outputs. changing is the stack's
// status where an operation is under way (CloudFormation User Guide, "Stack
// status codes").
func readStack(ctx context.Context, api *cloudformation.Client, name string) (f *outputs.File, changing string, err error) {
	out, err := api.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(name)})
	if err != nil {
		return nil, "", err
	}
	if len(out.Stacks) != 1 {
		return nil, "", fmt.Errorf("%d stacks have that name", len(out.Stacks))
	}
	stack, values := out.Stacks[0], map[string]string{}
	for _, o := range stack.Outputs {
		values[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	if status := string(stack.StackStatus); strings.HasSuffix(status, "_IN_PROGRESS") {
		changing = status
	}
	return outputs.FromStack(aws.ToString(stack.StackName), values), changing, nil
}

func pick(all []*Target, names []string) ([]*Target, error) {
	var picked []*Target
	for _, name := range names {
		var fits, every []string
		var last *Target
		for _, t := range all {
			every = append(every, t.String())
			if t.Target.String() == name || t.Name == name {
				fits, last = append(fits, t.String()), t
			}
		}
		switch len(fits) {
		case 0:
			return nil, &NameError{Name: name, Fits: every}
		case 1:
			if !slices.Contains(picked, last) {
				picked = append(picked, last)
			}
		default:
			return nil, &NameError{Name: name, Fits: fits, Many: true}
		}
	}
	return picked, nil
}
