package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/pages"
	"github.com/coldcrank/coldcrank/scripts/internal/review"
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
comment: the verdict on the cold start with its interval, size and modules, the
pages of code that init executes, cost, and cdk diff, permissions first.

A target whose deployment is the base's is not measured: nothing that runs has
changed. A target that only one side has is named, and not compared. The diff needs
the CDK CLI, of node_modules or on the PATH.

Exit code: 0 not slower or nothing to compare, 1 slower or failing, 3 inconclusive.
In a pull request: docs/review.md.`,
		Example: `  coldcrank review
  coldcrank review --base origin/main --until 2% -o review.md`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.review(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.against, "base", "main", "git `ref` to compare with")
	flags.StringVar(&f.cdk, "cdk", "", "CDK CLI, a `program` (default: node_modules/.bin/cdk beside cdk.json, or cdk on the PATH)")
	flags.StringVar(&f.format, "format", "markdown", "`format`: markdown or json")
	flags.StringVarP(&f.output, "output", "o", stdoutName, "`file` to write to, - for stdout")
	f.defineMeasuring(flags)
	return cmd
}

func (f *reviewFlags) review(cmd *cobra.Command) error {
	if f.format != "markdown" && f.format != "json" {
		return usagef("--format %q: markdown or json", f.format)
	}
	if err := checkOutput(f.output); err != nil { // measuring takes minutes
		return err
	}
	f.unpaired = true
	f.judgement.across = append(f.judgement.across, stats.DiffersMemory) // which a branch may change
	m, err := f.begin(cmd)
	defer m.close()
	if err != nil {
		return m.orSignal(err)
	}
	header, _, err := m.prepare(m.order) // what each target is
	if err != nil {
		return m.orSignal(err)
	}
	r := review.Review{Base: f.against, Command: reproduces(m)}
	var changed []turn
	for _, t := range m.sides() {
		one := t.review(m, header)
		if one.State == review.StateChanged {
			if one.Modules, err = m.modules(t); err != nil {
				return err
			}
			if err := m.pages(t, &one); err != nil {
				return m.orSignal(err)
			}
			changed = append(changed, m.turnOf(t.against), t)
		}
		r.Targets = append(r.Targets, one)
	}
	f.commits(m, &r)
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

// sides are the turns without those that are the base of another.
func (m *measurement) sides() []turn {
	bases := map[*target.Target]bool{}
	for _, t := range m.order {
		bases[t.against] = true
	}
	return slices.DeleteFunc(slices.Clone(m.order), func(t turn) bool { return bases[t.Target] })
}

// review is what there is to say of a target before it is measured.
func (t turn) review(m *measurement, h dataset.Header) review.Target {
	one := review.Target{Key: t.String(), New: tagged(h, t.String())}
	if t.stage != m.stages[0] {
		one.Key = t.Stack + "/" + t.Name
		one.Old, one.New, one.State = one.New, nil, review.StateRemoved
		return one
	}
	if t.against != nil {
		one.Old = tagged(h, t.against.String())
	}
	for _, side := range []*target.Target{t.against, t.Target} {
		if side == nil || tagged(h, side.String()) != nil {
			continue
		}
		one.State, one.Reason = review.StateLeftOut, side.String()+" was left out"
		if _, err := m.request.to(m.ctx, side); err != nil { // which is why
			one.Reason = err.Error()
		}
		return one
	}
	switch {
	case t.against == nil:
		one.State = review.StateNew
	case one.Old.DeploymentID == one.New.DeploymentID && one.Old.CodeSHA256 == one.New.CodeSHA256:
		one.State = review.StateUnchanged
	default:
		one.State = review.StateChanged
	}
	return one
}

// commits says what is compared.
func (f *reviewFlags) commits(m *measurement, r *review.Review) {
	if c, ok := m.here.Commit(m.ctx); ok {
		r.Commit, r.Dirty = c.Hash, c.Dirty
	}
	if len(m.stages) > 1 {
		if c, ok := m.stages[1].app.Commit(m.ctx); ok {
			r.BaseCommit = c.Hash
		}
	}
}

// tagged are the tags of a target; nil where it is left out. The local executor's
// ports say nothing, and would differ each time.
func tagged(h dataset.Header, key string) *dataset.Target {
	for _, t := range h.Targets {
		if t.Key == key {
			t.URL = ""
			return &t
		}
	}
	return nil
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

// pages counts what the inits of a target and its base execute. What cannot be counted
// here is no reason to stop.
func (m *measurement) pages(t turn, one *review.Target) (err error) {
	base := m.turnOf(t.against)
	fmt.Fprintf(m.talk, "counting the pages of code that the init of %s executes\n", printable(t.String()))
	if one.OldPages, err = base.stage.countPages(m.ctx, base.Target); err == nil {
		one.NewPages, err = t.stage.countPages(m.ctx, t.Target)
	}
	if m.ctx.Err() != nil {
		return m.ctx.Err()
	}
	if err != nil {
		one.OldPages, one.NewPages, one.NoPages = nil, nil, err.Error()
	}
	return nil
}

func (s *stage) countPages(ctx context.Context, t *target.Target) (*pages.Pages, error) {
	sub, err := s.subject(t)
	if err != nil {
		return nil, err
	}
	return pages.Count(ctx, sub)
}

// diff asks the CDK CLI. A review without it says why.
func (f *reviewFlags) diff(m *measurement, r *review.Review) error {
	base := ""
	if len(m.stages) > 1 {
		base = m.stages[1].assembly
	}
	stacks, err := m.here.Diff(m.ctx, f.cdk, base, m.stages[0].assembly)
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
func (f *reviewFlags) measure(m *measurement, order []turn, r *review.Review) error {
	header, plan, err := m.prepare(order)
	if err != nil {
		return m.orSignal(err)
	}
	done, err := m.carryOut(header, plan)
	if done != nil {
		fmt.Fprintf(m.talk, "results: %s\n", near(done.file))
		if err != nil || !done.result.Restored {
			done.tell(m.talk)
		}
	}
	if err != nil {
		return err
	}
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
			if r.Targets[i].Key == c.New.Target.Key {
				r.Targets[i].Comparison = &c
			}
		}
	}
	return nil
}

// finish writes the review and decides the exit code.
func (f *reviewFlags) finish(cmd *cobra.Command, r *review.Review) error {
	var comparisons []stats.Comparison
	unchanged := false
	for _, t := range r.Targets {
		unchanged = unchanged || t.State == review.StateUnchanged
		if t.Comparison != nil {
			comparisons = append(comparisons, *t.Comparison)
		}
	}
	r.Verdict = stats.Worst(comparisons)
	switch {
	case comparisons == nil && !unchanged:
		r.Verdict = review.NotCompared
	case unchanged && r.Verdict == stats.Faster:
		r.Verdict = stats.NotSlower
	}
	var b bytes.Buffer
	write := review.Markdown
	if f.format == "json" {
		write = review.JSON
	}
	if err := write(&b, *r); err != nil {
		return err
	}
	if err := writeOutput(f.output, cmd.OutOrStdout(), b.Bytes()); err != nil {
		if f.output != stdoutName { // what was measured is not lost
			_, printErr := cmd.OutOrStdout().Write(b.Bytes())
			err = errors.Join(err, printErr)
		}
		return err
	}
	return exitFor(comparisons)
}
