package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// stage is where targets are: the local executor with an app on it, or what is
// deployed.
type stage struct {
	app      *app.App        // whose functions run; nil where none is here
	assembly string          // the folder that the executor runs
	options  local.Options   // of the executor
	executor *local.Executor // nil for what is deployed
	where    target.Where
	targets  []*target.Target

	undo []func() error // by close, the last first
}

func (s *stage) close() error {
	var errs []error
	for i := len(s.undo) - 1; i >= 0; i-- {
		errs = append(errs, s.undo[i]())
	}
	s.undo = nil
	return errors.Join(errs...)
}

// stages prepares the places of a run: what is measured and, with --against, the
// base that it is compared with. They must be closed also where an error is
// returned.
func (f *runFlags) stages(ctx context.Context, here *app.App, extra map[string]string, talk io.Writer) (stages []*stage, err error) {
	main := &stage{app: here, options: local.Options{ColdDisk: f.cold}, where: target.Where{Files: f.outputs, Stacks: f.stacks, Profile: f.profile, Region: f.region, Direct: f.invoke}}
	stages = append(stages, main)
	if f.against != "" {
		base := &stage{app: here, options: main.options, where: main.where}
		base.where.Ref = f.against
		switch stages = append(stages, base); {
		case f.outputs != nil:
			base.where.Files = []string{f.against}
			base.where.Ref = filepath.Base(f.against)
		case f.stacks != nil:
			base.where.Stacks = []string{f.against}
		default:
			var close func() error
			base.app, close, err = here.At(ctx, f.against)
			switch {
			case f.unpaired && errors.Is(err, app.ErrNotFound):
				fmt.Fprintf(talk, "nothing to compare with: %s\n", printable(err.Error()))
				stages = stages[:1]
			case err != nil:
				return stages, err
			default:
				base.undo = append(base.undo, close)
			}
		}
	}
	for _, s := range stages {
		if !f.deployed() {
			if err := s.startLocal(ctx, f.noBuild && s == main, extra, talk); err != nil {
				return stages, ofBase(s, err)
			}
		}
		var warnings []string
		s.targets, warnings, err = s.where.Find(ctx, f.targets)
		for _, w := range warnings {
			fmt.Fprintf(talk, "coldcrank: warning: %s\n", printable(w))
		}
		if err != nil && !f.mayLack(s, err) {
			return stages, ofBase(s, err)
		}
	}
	return stages, nil
}

// mayLack reports whether a side without targets, or without the one that is named,
// is no reason to stop: the other side's are new, or have been removed.
func (f *runFlags) mayLack(s *stage, err error) bool {
	name, ok := errors.AsType[*target.NameError](err)
	return f.unpaired && (errors.Is(err, target.ErrNone) || ok && !name.Many && s.where.Ref != "")
}

// baseError is an error of the base of a comparison, not of what is here.
type baseError struct {
	ref string
	err error
}

func (e *baseError) Error() string { return fmt.Sprintf("base %s: %v", e.ref, e.err) }

func (e *baseError) Unwrap() error { return e.err }

func ofBase(s *stage, err error) error {
	if s.where.Ref == "" {
		return err
	}
	return &baseError{s.where.Ref, err}
}

// startLocal synthesizes the app and starts the local executor on it.
func (s *stage) startLocal(ctx context.Context, noBuild bool, extra map[string]string, talk io.Writer) (err error) {
	dir := s.app.AssemblyDir()
	if !noBuild {
		if dir, err = s.synth(ctx, extra, talk); err != nil {
			return err
		}
	} else if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err != nil {
		return usagef("--no-build: no assembly of an earlier run: %v", err)
	}
	// Putting back needs the executor also when the run has been broken off: it
	// ends at close.
	o := s.options
	o.TLS = true // the way that requests take on AWS
	x, err := local.Start(context.WithoutCancel(ctx), dir, o)
	if err != nil {
		return err
	}
	s.executor, s.assembly = x, dir
	s.undo = append(s.undo, x.Close)
	for _, w := range x.Warnings() {
		fmt.Fprintf(talk, "coldcrank: warning: %s\n", printable(w))
	}
	// A file of its own: another run may be under way here.
	file := filepath.Join(s.app.StateDir(), fmt.Sprintf("outputs-%d.json", os.Getpid()))
	if err := x.WriteOutputs(file); err != nil {
		return err
	}
	s.undo = append(s.undo, func() error { return os.Remove(file) })
	s.where.Files = []string{file}
	fmt.Fprintf(talk, "local executor: AWS API at %s\n", x.Endpoint())
	return nil
}

// synth synthesizes the app.
func (s *stage) synth(ctx context.Context, extra map[string]string, talk io.Writer) (dir string, err error) {
	what := ""
	if s.where.Ref != "" {
		what = " at " + s.where.Ref
	}
	fmt.Fprintf(talk, "synthesizing the CDK app of %s%s\n", printable(near(filepath.Join(s.app.Dir, "cdk.json"))), printable(what))
	patience := time.AfterFunc(10*time.Second, func() {
		if s.executor == nil {
			fmt.Fprintln(talk, "still synthesizing: the first time, Go compiles the CDK library, which takes minutes")
		}
	})
	defer patience.Stop()
	return s.app.Synth(ctx, extra, talk)
}

// fits reports as an error that a burst is more than the executors, which share
// this process's open files with the sender, have room for.
func fits(stages []*stage, burst, targets int) error {
	for _, s := range stages {
		if s.executor == nil {
			continue
		}
		if n := s.executor.Capacity(targets); burst > n {
			return &hammer.LimitError{Requested: burst, Fits: n}
		}
	}
	return nil
}

// turn is a target's place in each round, and with --against the base that it is
// compared with.
type turn struct {
	*target.Target
	stage   *stage
	against *target.Target
}

// turns lists the targets of a run in the order of their turns. With a base,
// each comes after what it is compared with. What has no counterpart could not be
// compared: it is left out, or with unpaired comes by itself.
func turns(stages []*stage, unpaired bool, talk io.Writer) ([]turn, error) {
	var list []turn
	if len(stages) == 1 {
		for _, t := range stages[0].targets {
			list = append(list, turn{t, stages[0], nil})
		}
		if list == nil {
			return nil, target.ErrNone
		}
		return list, nil
	}
	main, base := stages[0], stages[1]
	used := map[*target.Target]bool{}
	for _, t := range main.targets {
		b := counterpart(t, base.targets)
		if b == nil && len(main.targets) == 1 && len(base.targets) == 1 {
			b = base.targets[0]
		}
		switch {
		case b != nil && !used[b]:
			used[b] = true
			list = append(list, turn{b, base, nil}, turn{t, main, b})
		case unpaired:
			list = append(list, turn{t, main, nil})
		default:
			fmt.Fprintf(talk, "coldcrank: warning: left out: %s has no counterpart in %s\n", printable(t.String()), printable(base.where.Ref))
		}
	}
	for _, b := range base.targets {
		switch {
		case used[b]:
		case unpaired:
			list = append(list, turn{b, base, nil})
		default:
			fmt.Fprintf(talk, "coldcrank: warning: left out: %s is only in %s\n", printable(b.Target.String()), printable(base.where.Ref))
		}
	}
	if list == nil && unpaired {
		return nil, target.ErrNone
	}
	if list == nil {
		return nil, usagef("--against %s: it has no target of a name that is measured", base.where.Ref)
	}
	return list, nil
}

// counterpart is the target of the same stack and name, else of the same name
// where that is one.
func counterpart(t *target.Target, among []*target.Target) *target.Target {
	var named []*target.Target
	for _, b := range among {
		if b.Target.String() == t.Target.String() {
			return b
		}
		if b.Name == t.Name {
			named = append(named, b)
		}
	}
	if len(named) == 1 {
		return named[0]
	}
	return nil
}
