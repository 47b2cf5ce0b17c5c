package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// reviewFlags are the flags of coldcrank review.
type reviewFlags struct {
	runFlags
	cdk, format, output string
}

func newReview() *cobra.Command {
	f := new(reviewFlags)
	cmd := &cobra.Command{
		Use:   "review",
		Short: "What does this branch change: template, size, cold start, money?",
		Long: `review compares the CDK app of this work tree with that of a base, on the local
executor and without an AWS account, and writes what a reviewer asks for as one
comment: the verdict on the cold start with its interval, size and modules, cost,
and cdk diff, permissions first.

A target whose deployment is the base's is not measured: nothing that runs has
changed. The diff needs the CDK CLI, of node_modules or on the PATH.

Exit code: 0 not slower, 1 slower, 3 inconclusive.`,
		Example: `  coldcrank review
  coldcrank review --base origin/main --until 2% -o review.md`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.review(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.against, "base", "main", "git `ref` to compare with")
	flags.StringVar(&f.cdk, "cdk", "", "CDK CLI, a `program` (default: node_modules/.bin/cdk beside cdk.json, or cdk on the PATH)")
	flags.StringVar(&f.format, "format", "markdown", "`format`: markdown or json")
	flags.StringVarP(&f.output, "output", "o", "", "`file` to write to (default: stdout)")
	f.defineMeasuring(flags)
	return cmd
}

func (f *reviewFlags) review(cmd *cobra.Command) error {
	if f.format != "markdown" && f.format != "json" {
		return usagef("--format %q: markdown or json", f.format)
	}
	m, err := f.begin(cmd)
	defer m.close()
	if err != nil {
		return m.orSignal(err)
	}
	header, _, err := m.prepare(m.order) // what each target is
	if err != nil {
		return m.orSignal(err)
	}
	r := render.Review{Base: f.against, Command: reproduces(cmd)}
	var changed []turn
	for _, t := range m.order {
		if t.against == nil {
			continue
		}
		// The local executor's ports say nothing, and would differ each time.
		one := render.TargetReview{Old: tagged(header, t.against.String()), New: tagged(header, t.String())}
		if one.New.Key == "" || one.Old.Key == "" {
			continue // prepare has said why it is left out
		}
		if one.Old.DeploymentID != one.New.DeploymentID || one.Old.CodeSHA256 != one.New.CodeSHA256 {
			if one.Modules, err = m.modules(t); err != nil {
				return err
			}
			changed = append(changed, m.turnOf(t.against), t)
		}
		one.Old.URL, one.New.URL = "", ""
		r.BaseCommit = one.Old.Commit
		r.Targets = append(r.Targets, one)
	}
	if err := f.diff(m, &r); err != nil {
		return m.orSignal(err)
	}
	if len(changed) > 0 {
		if err := f.measure(m, changed, &r); err != nil {
			return err
		}
	}
	return f.finish(cmd, &r)
}

// reproduces is the command without what is of this machine alone.
func reproduces(cmd *cobra.Command) string {
	line := slices.DeleteFunc(commandLine(cmd), func(arg string) bool {
		return slices.ContainsFunc([]string{"--cdk=", "--output=", "--format=", "--results="}, func(flag string) bool { return strings.HasPrefix(arg, flag) })
	})
	return strings.Join(line, " ")
}

// tagged are the tags of a target; without any where it is left out.
func tagged(h dataset.Header, key string) dataset.Target {
	for _, t := range h.Targets {
		if t.Key == key {
			return t
		}
	}
	return dataset.Target{}
}

// turnOf is the turn of a base.
func (m *measurement) turnOf(base *target.Target) turn {
	for _, t := range m.order {
		if t.Target == base {
			return t
		}
	}
	panic("a base that is not measured") // turns puts every base into the order
}

// modules compares what the executables of a target and its base were built from.
func (m *measurement) modules(t turn) ([]app.ModuleChange, error) {
	var sides [2][]app.Module
	for i, side := range []turn{m.turnOf(t.against), t} {
		dir, ok := side.stage.executor.ShippedCode(side.FunctionName)
		if !ok {
			return nil, nil // a zip file that others made
		}
		var err error
		if sides[i], err = app.ReadModules(filepath.Join(dir, "bootstrap")); err != nil {
			return nil, err
		}
	}
	return app.CompareModules(sides[0], sides[1]), nil
}

// diff asks the CDK CLI. A review without it says why.
func (f *reviewFlags) diff(m *measurement, r *render.Review) error {
	main, base := m.stages[0], m.stages[1]
	stacks, err := main.app.Diff(m.ctx, f.cdk, base.app.AssemblyDir(), main.app.AssemblyDir())
	switch {
	case m.ctx.Err() != nil:
		return m.ctx.Err()
	case errors.Is(err, app.ErrNoCDK):
		r.DiffError = err.Error() + ": npm install -g aws-cdk@" + cdkVersion
	case err != nil:
		r.DiffError = err.Error()
	}
	r.Stacks = stacks
	return nil
}

// measure measures the turns and puts the comparisons into the review.
func (f *reviewFlags) measure(m *measurement, order []turn, r *render.Review) error {
	header, plan, err := m.prepare(order)
	if err != nil {
		return m.orSignal(err)
	}
	done, err := m.carryOut(header, plan)
	if err != nil {
		return err
	}
	fmt.Fprintf(m.talk, "results: %s\n", near(done.file))
	s := selection{talk: m.talk}
	pairs, err := s.pairs([]string{done.file})
	if err != nil {
		return err
	}
	comparisons, err := f.judgement.compare(pairs)
	if err != nil {
		return err
	}
	for _, c := range comparisons {
		for i := range r.Targets {
			if r.Targets[i].New.Key == c.New.Target.Key {
				r.Targets[i].Comparison = &c
			}
		}
	}
	return nil
}

// finish writes the review and decides the exit code.
func (f *reviewFlags) finish(cmd *cobra.Command, r *render.Review) error {
	var comparisons []stats.Comparison
	for _, t := range r.Targets {
		if t.Comparison != nil {
			comparisons = append(comparisons, *t.Comparison)
		}
	}
	r.Verdict = stats.Worst(comparisons)
	if len(comparisons) < len(r.Targets) && r.Verdict == stats.Faster {
		r.Verdict = stats.NotSlower
	}
	var b bytes.Buffer
	write := render.ReviewMarkdown
	if f.format == "json" {
		write = render.ReviewJSON
	}
	if err := write(&b, *r); err != nil {
		return err
	}
	if f.output != "" {
		if err := os.WriteFile(f.output, b.Bytes(), 0o644); err != nil {
			return err
		}
	} else if _, err := cmd.OutOrStdout().Write(b.Bytes()); err != nil {
		return err
	}
	return exitFor(comparisons)
}
