package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/explain"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/budget"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/levers"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
	"github.com/coldcrank/coldcrank/scripts/internal/export"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

// explainFlags are the flags of coldcrank explain.
type explainFlags struct {
	context        []string
	noBuild        bool
	sections       []string // asked for by name; nil: all in short
	without        []string // sections that are not wanted, by --name=false
	format, output string
	budget         []budget.Limit
	money          moneyFlags
	size           sizeFlags

	from   string         // results file
	run    *dataset.Run   // what it holds; nil without --from
	memory *levers.Memory // what that says of the target at hand; nil where nothing
}

func newExplain() *cobra.Command {
	f := new(explainFlags)
	cmd := &cobra.Command{
		Use:   "explain [TARGET]",
		Short: "Where does the cold start go, and what would help?",
		Long: `explain synthesizes the CDK app found here or in a parent folder and looks into
the function of each target, or of TARGET alone, without changing it and without an
AWS account:

  --phases   provision, runtime, load and init, by the kernel's times
  --pages    4 kB pages of code that the init executes, of the shipped file
  --size     bytes by package, and what brings each package in
  --money    what a million requests cost
  --levers   what would help, ranked, and whether anything is worth doing

Without any of these it shows them all in short, on one screen: the answer of each,
first what would help, and the top of its table. A section alone is whole, and so are
all of them in Markdown and JSON. What cannot be found out on this machine says why.

Exit code: 0 explained, 1 over the budget, 2 usage, or a function that does not come to
its first request or cannot be looked into; the others are explained all the same.

With --from, the results of a run on AWS say what only AWS knows: Init Duration, what
a request waits for beside it, and which inits failed.`,
		Example: `  coldcrank explain
  coldcrank explain Health --size --pages
  coldcrank explain --from results/20261122T101500.123Z-0a1b2c3d4e5f.jsonl
  coldcrank explain --format markdown -o explain.md`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.explain(cmd, args) },
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.context, "context", "c", nil, "CDK context for the synth, `key=value`; repeatable")
	flags.BoolVar(&f.noBuild, "no-build", false, "explain the assembly of the last local run instead of a new synth")
	flags.StringVar(&f.format, "format", "table", "`format`: table, markdown or json")
	flags.StringVarP(&f.output, "output", "o", stdoutName, "`file` to write to, - for stdout")
	flags.Func("budget", "exit with 1 where a function has more: `limits` of pages, zip and packages, as pages=320,zip=2300kB,packages=90", f.parseBudget)
	flags.StringVar(&f.from, "from", "", "results `file` of run, of AWS or of here: what its logs tell of the phases, its times for money and levers, and of --memory its sizes")
	f.money.register(flags)
	f.size.define(flags)
	for _, s := range explainSections {
		flags.BoolFunc(s.name, "only this section, with all that it has: "+s.what, func(text string) error {
			yes, err := strconv.ParseBool(text)
			if yes {
				f.sections = append(f.sections, s.name)
			} else {
				f.without = append(f.without, s.name)
			}
			return err
		})
	}
	return cmd
}

// section makes one part of a report.
type section struct {
	name, what string
	starts     bool // the function, on this machine
	make       func(context.Context, *explainFlags, *subject.Subject, *explain.Report) error
}

// explainSections are in the order in which they are made: a later one may look at
// what an earlier one has found.
var explainSections = []section{
	{"phases", "what the time of a start goes to, phase by phase and package by package", true, phasesSection},
	{"pages", "pages of code that the init of what is shipped executes", false, pagesSection},
	{"size", "bytes by package, and which import brings it in", false, explainSize},
	{"money", "what a million requests cost, and when provisioned concurrency pays", false, explainMoney},
	{"levers", "what would make the cold start shorter, measured and documented", true, explainLevers},
}

func (f *explainFlags) explain(cmd *cobra.Command, args []string) error {
	talk := cmd.ErrOrStderr()
	f.size.talk = talk
	extra, err := pairs("context", f.context)
	switch {
	case err != nil:
		return err
	case f.noBuild && f.context != nil:
		return usagef("--no-build uses the last assembly: --context cannot change it")
	case f.size.base != "" && f.budget == nil && !f.wants("size"):
		return usagef("--base is what size and --budget compare with: ask for one of them")
	case !f.wants("money") && !f.wants("levers") && f.money.given():
		return usagef("--prices, --region, --cold-share and --times are of money and levers: ask for one of them")
	case !slices.Contains([]string{"table", "markdown", "json"}, f.format):
		return usagef("--format %q: table, markdown or json", f.format)
	}
	if err := checkOutput(f.output); err != nil {
		return err
	}
	if err := f.readFrom(); err != nil {
		return err
	}
	signals, ctx := watchSignals(cmd.Context(), talk)
	defer signals.close()
	here, err := app.Find(".")
	if err != nil {
		return atSource(err)
	}
	s := &stage{app: here, options: local.Options{Inspect: true}}
	err = s.startLocal(ctx, f.noBuild, extra, talk)
	if err == nil {
		err = f.write(ctx, cmd, s, args)
	}
	if closeErr := s.close(); err == nil {
		err = closeErr
	}
	return orSignal(ctx, err)
}

// write explains the targets that are asked for, and writes it.
func (f *explainFlags) write(ctx context.Context, cmd *cobra.Command, s *stage, args []string) error {
	targets, _, err := s.where.Find(ctx, args)
	if err != nil {
		return err
	}
	if err := f.unknown(targets); err != nil {
		return err
	}
	var reports []*explain.Report
	for _, t := range targets {
		r, err := f.target(ctx, s, t)
		if err != nil {
			return err
		}
		reports = append(reports, r)
	}
	var b bytes.Buffer
	if f.format == "json" {
		err = export.Value(&b, reports)
	}
	for i, r := range reports {
		switch f.format {
		case "table":
			if i > 0 {
				b.WriteByte('\n')
			}
			err = errors.Join(err, f.table(&b, r, tableOptions(cmd.OutOrStdout(), false)))
		case "markdown":
			err = errors.Join(err, render.SheetsMarkdown(&b, r.Target, r.Sheets()))
		}
	}
	if err != nil {
		return err
	}
	if err := writeOutput(f.output, cmd.OutOrStdout(), b.Bytes()); err != nil {
		return err
	}
	over := overBudget(cmd.ErrOrStderr(), reports)
	if err := failed(reports); err != nil {
		return err
	}
	return over
}

// asked reports whether an error is of what a flag names, not of this machine.
func (f *explainFlags) asked(err error) bool {
	_, ofBase := errors.AsType[*baseError](err)
	_, ofRegion := errors.AsType[*price.UnknownRegionError](err)
	return ofBase || ofRegion && f.money.region != ""
}
