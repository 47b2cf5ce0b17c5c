package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
)

// runFlags are the flags of coldcrank run.
type runFlags struct {
	outputs []string
	stacks  []string
	targets []string
	profile string
	region  string
	context []string
	noBuild bool
	yes     bool
	dryRun  bool
	invoke  bool
	cold    bool // start from the disk

	recycleProvisioned bool

	against, until string
	unpaired       bool    // a target that only one side has is no reason to stop
	goal           float64 // of until
	judgement      judgement

	memory memorySizes // to measure with
	dial   dialFlags

	load, arrival string
	loadFor       time.Duration
	schedule      *hammer.Schedule // of load

	burst, rounds, samples, warm int
	patience                     time.Duration

	method, body   string
	paths, headers []string

	labels    []string
	results   string
	json      bool
	reference bool
}

// define makes the flags of run known, each with its default.
func (f *runFlags) define(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.outputs, "outputs", nil, "outputs `file` of cdk deploy; repeatable (default: the local executor)")
	flags.StringArrayVar(&f.stacks, "stack", nil, "deployed stack of this `name`, by CloudFormation instead of an outputs file; repeatable")
	flags.StringVar(&f.profile, "profile", "", "AWS `profile` (default: as the AWS CLI finds credentials)")
	flags.StringVar(&f.region, "region", "", "AWS `Region` (default: that of the outputs, or as the AWS CLI finds it)")
	flags.BoolVar(&f.yes, "yes", false, "measure on AWS without asking whether the account is the right one")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print what would be called, how long it would take and what it would cost, and stop")
	flags.BoolVar(&f.noBuild, "no-build", false, "use the assembly of the last local run instead of a new synth")
	flags.BoolVar(&f.invoke, "invoke", false, "send requests to the function itself by Lambda's Invoke, not through its API")
	flags.BoolVar(&f.recycleProvisioned, "recycle-provisioned", false, "recycle targets with provisioned concurrency too, and wait each time until AWS has provisioned it anew")
	flags.BoolVar(&f.cold, "cold-disk", false, "start each environment from the disk: take its files out of the page cache before (local executor on Linux)")
	flags.StringVar(&f.against, "against", "", "compare with this base, measured by turns: a git `ref`, or with --outputs another outputs file, with --stack another stack")
	flags.BoolVar(&f.json, "json", false, "print the summary as JSON instead of a table")
	flags.BoolVar(&f.reference, "reference", false, "show the reference function's published samples beside the results")
	flags.Var(&f.memory, "memory", "measure with each of these memory sizes, in `MB`, by turns: 128,512,1769")
	f.dial.define(flags)
	flags.StringVar(&f.load, "load", "", "after the rounds, send this many requests to each target, answered or not: `rate`, such as 200/s or 90/m")
	flags.DurationVar(&f.loadFor, "for", defaultLoad, "how long the load lasts")
	flags.StringVar(&f.arrival, "arrival", string(hammer.Constant), "how requests of the load follow each other: constant, poisson, or ramp from none up to the rate")
	f.defineMeasuring(flags)
}

// defineMeasuring makes those known that say what is requested of what is here, how
// often, and what is kept of it.
func (f *runFlags) defineMeasuring(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.targets, "target", nil, "measure only the target of this `name`, Stack/Name or Name; repeatable")
	flags.StringArrayVarP(&f.context, "context", "c", nil, "CDK context for the local executor's synth, `key=value`; repeatable")
	flags.IntVar(&f.burst, "burst", 5, "simultaneous requests a round")
	flags.IntVar(&f.rounds, "rounds", 20, "rounds")
	flags.IntVar(&f.samples, "samples", 0, "cold starts a target, instead of --rounds")
	flags.IntVar(&f.warm, "warm", 10, "warm requests after each burst")
	flags.DurationVar(&f.patience, "patience", 0, "how long to wait for log lines (default: 180s on AWS, 5s locally)")
	flags.StringArrayVar(&f.paths, "path", nil, "path and query to request (default: the target's route), `/path` or target=/path; repeatable")
	flags.StringVar(&f.method, "method", "", "HTTP `method` (default: the target's route)")
	flags.StringArrayVar(&f.headers, "header", nil, "request header, `'Name: value'`; repeatable")
	flags.StringVar(&f.body, "body", "", "request body as `text`, or @FILE")
	flags.StringVar(&f.until, "until", "", "go on until the interval is this narrow, `±share`, or --rounds (then by default 80) is reached")
	f.judgement.define(flags)
	flags.StringArrayVar(&f.labels, "label", nil, "tag for the results, `key=value`; repeatable")
	flags.StringVar(&f.results, "results", "", "folder for results (default: results beside cdk.json, or here)")
}

// mostRounds is how many a run may take until its interval is narrow enough, if
// --rounds does not say.
const mostRounds = 80

// check refuses flags that make no sense.
func (f *runFlags) check(cmd *cobra.Command) error {
	changed := cmd.Flags().Changed
	switch {
	case changed("base") && f.against == "":
		return usagef("--base is empty: give the git ref to compare with, such as origin/main, or leave it out for main")
	case changed("against") && f.against == "":
		return usagef("--against is empty: give the base to compare with, such as main, or leave it out to measure without one")
	case changed("until") && f.until == "":
		return usagef("--until is empty: give a share, such as 2%%, or leave it out")
	case f.burst < 1:
		return usagef("--burst %d: at least one request makes a burst", f.burst)
	case f.rounds < 1:
		return usagef("--rounds %d: at least one round makes a run", f.rounds)
	case f.warm < 0:
		return usagef("--warm %d: a number of requests", f.warm)
	case f.patience < 0:
		return usagef("--patience %s: a time to wait", f.patience)
	case changed("samples") && f.samples < 1:
		return usagef("--samples %d: at least one cold start", f.samples)
	case changed("samples") && changed("rounds"):
		return usagef("--samples and --rounds both say how long the run is: use one")
	case f.outputs != nil && f.stacks != nil:
		return usagef("--outputs and --stack are two ways to find what is deployed: use one")
	case f.deployed() && (f.noBuild || f.context != nil):
		return usagef("--outputs and --stack measure what is deployed: --no-build and --context are of no use with them")
	case f.deployed() && f.cold:
		return usagef("--cold-disk is of this machine's page cache: it is of no use with --outputs and --stack")
	case !f.deployed() && (f.profile != "" || f.region != ""):
		return usagef("--profile and --region are for what is deployed: name it with --outputs or --stack")
	case changed("until") && changed("samples"):
		return usagef("--until and --samples both say how many cold starts are made: use --rounds for the most that --until may take")
	case f.against != "" && f.noBuild:
		return usagef("--against compares what is built now: leave --no-build out")
	case f.noBuild && f.context != nil:
		return usagef("--no-build uses the last assembly: --context cannot change it")
	}
	if err := f.twice(); err != nil {
		return err
	}
	if f.until != "" {
		goal, err := shareOf("until", f.until)
		if err != nil {
			return err
		}
		if f.goal = goal; !changed("rounds") {
			f.rounds = mostRounds
		}
	}
	if err := f.checkMemory(cmd); err != nil {
		return err
	}
	if err := f.checkLoad(cmd); err != nil {
		return err
	}
	if _, err := f.judgement.read(); err != nil {
		return err
	}
	if f.samples > 0 {
		f.rounds = (f.samples + f.burst - 1) / f.burst
	}
	return nil
}

// twice refuses a file or a stack that is named twice, whatever its names.
func (f *runFlags) twice() error {
	for i, file := range f.outputs {
		for _, other := range f.outputs[:i] {
			if file == other || sameFile(file, other) {
				return usagef("--outputs %s and --outputs %s are one file: name it once", other, file)
			}
		}
	}
	for i, stack := range f.stacks {
		if slices.Contains(f.stacks[:i], stack) {
			return usagef("--stack %s stands twice: name it once", stack)
		}
	}
	return nil
}

// sameFile reports whether two names lead to one file. Of one that is not there,
// reading it tells.
func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// deployed reports whether the run is of what is deployed, not of what is here.
func (f *runFlags) deployed() bool { return f.outputs != nil || f.stacks != nil }

// resultsDir is where results go: the flag, else a folder beside cdk.json, else
// one here.
func (f *runFlags) resultsDir(here *app.App) string {
	switch {
	case f.results != "":
		return f.results
	case here != nil:
		return filepath.Join(here.Dir, "results")
	}
	return "results"
}

// pairs reads flags of the form key=value.
func pairs(flag string, values []string) (map[string]string, error) {
	if values == nil {
		return nil, nil
	}
	m := map[string]string{}
	for _, v := range values {
		key, value, ok := strings.Cut(v, "=")
		if !ok || key == "" {
			return nil, usagef("--%s %q: not of the form key=value", flag, v)
		}
		if _, twice := m[key]; twice {
			return nil, usagef("--%s %q: the key stands twice", flag, v)
		}
		m[key] = value
	}
	return m, nil
}
