package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/recycle"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/rounds"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// enough is the share of the requested cold starts that must be verified for a
// run to count as measured. Below it the exit code is exitInconclusive.
const enough = 0.9

// runFlags are the flags of coldcrank run.
type runFlags struct {
	outputs []string
	targets []string
	context []string
	noBuild bool

	burst, rounds, samples, warm int
	patience                     time.Duration

	path, method, body string
	headers            []string

	labels    []string
	results   string
	json      bool
	reference bool
}

func newRun() *cobra.Command {
	f := new(runFlags)
	cmd := &cobra.Command{
		Use:   "run",
		Short: "What is the cold start of what is deployed, or without an account of what is here?",
		Long: `run forces cold starts and measures them: for each round and target it makes sure
that no warm execution environment is left, releases a burst of simultaneous
requests, sends warm requests to the same environments, and joins every request
with the REPORT line that the platform wrote about it.

Without --outputs it synthesizes the CDK app found here or in a parent folder and
runs its functions on the local executor. With --outputs it measures the stacks
that the file of "cdk deploy --outputs-file" describes, and puts everything back.`,
		Example: `  coldcrank run                                    # 100 cold starts of what is here
  coldcrank run --burst 50 --rounds 2              # the same number, 50 at a time
  coldcrank run --target Orders --path /orders/7   # one of several targets
  coldcrank run --outputs cdk-outputs.json --label pr=42`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.outputs, "outputs", nil, "outputs `file` of cdk deploy; repeatable (default: the local executor)")
	flags.StringArrayVar(&f.targets, "target", nil, "measure only the target of this `name`, Stack/Name or Name; repeatable")
	flags.StringArrayVarP(&f.context, "context", "c", nil, "CDK context for the local executor's synth, `key=value`; repeatable")
	flags.BoolVar(&f.noBuild, "no-build", false, "use the assembly of the last local run instead of a new synth")
	flags.IntVar(&f.burst, "burst", 5, "simultaneous requests a round")
	flags.IntVar(&f.rounds, "rounds", 20, "rounds")
	flags.IntVar(&f.samples, "samples", 0, "cold starts a target, instead of --rounds")
	flags.IntVar(&f.warm, "warm", 10, "warm requests after each burst")
	flags.DurationVar(&f.patience, "patience", 0, "how long to wait for log lines (default: 180s on AWS, 5s locally)")
	flags.StringVar(&f.path, "path", "", "`path` and query to request (default: the target's route)")
	flags.StringVar(&f.method, "method", "", "HTTP `method` (default: the target's route)")
	flags.StringArrayVar(&f.headers, "header", nil, "request header, `'Name: value'`; repeatable")
	flags.StringVar(&f.body, "body", "", "request body as `text`, or @FILE")
	flags.StringArrayVar(&f.labels, "label", nil, "tag for the results, `key=value`; repeatable")
	flags.StringVar(&f.results, "results", "", "folder for results (default: results beside cdk.json, or here)")
	flags.BoolVar(&f.json, "json", false, "print the summary as JSON instead of a table")
	flags.BoolVar(&f.reference, "reference", false, "show the reference function's published samples beside the results")
	return cmd
}

// request is what is sent, apart from the target.
type request struct {
	header http.Header
	body   []byte
}

func (f *runFlags) run(cmd *cobra.Command) error {
	labels, err := pairs("label", f.labels)
	if err != nil {
		return err
	}
	extra, err := pairs("context", f.context)
	if err != nil {
		return err
	}
	req, err := f.request()
	if err != nil {
		return err
	}
	if err := f.check(cmd); err != nil {
		return err
	}
	talk := cmd.ErrOrStderr()
	signals, ctx := watchSignals(cmd.Context(), talk)
	defer signals.close()

	here, err := app.Find(".")
	if err != nil && !(f.outputs != nil && errors.Is(err, app.ErrNotFound)) {
		return err
	}
	files := f.outputs
	var executor *local.Executor
	if files == nil {
		executor, files, err = f.startLocal(ctx, here, extra, talk)
		if err != nil {
			return orSignal(ctx, err)
		}
		defer executor.Close()
	}
	found, warnings, err := target.Find(ctx, files, f.targets)
	for _, w := range warnings {
		fmt.Fprintf(talk, "coldcrank: warning: %s\n", printable(w))
	}
	if err != nil {
		return orSignal(ctx, err)
	}
	dir := f.resultsDir(here)
	header, plan, err := f.prepare(ctx, cmd, here, executor, found, req)
	if err != nil {
		return orSignal(ctx, err)
	}
	header.Labels = labels
	writer, err := dataset.Create(dir, header)
	if err != nil {
		return err
	}
	defer writer.Close()
	journal := recycle.NewJournal(dir, header.Run, header.Started)

	progress := newProgress(talk)
	signals.atRoundEnd()
	result, runErr := rounds.Run(ctx, signals.stop, plan, writer, journal, progress.show)
	progress.end()
	for _, w := range result.Warnings {
		fmt.Fprintf(talk, "coldcrank: warning: %s\n", printable(w))
	}
	name, err := writer.Finish(dataset.End{
		Finished: time.Now().UTC(), Interrupted: result.Interrupted, Restored: result.Restored, RoundsDone: result.Rounds,
	})
	if err != nil {
		return errors.Join(runErr, err)
	}
	return errors.Join(runErr, f.conclude(cmd, name, result, journal))
}

// conclude prints what the finished file holds and decides the exit code.
func (f *runFlags) conclude(cmd *cobra.Command, file string, result rounds.Result, journal *recycle.Journal) error {
	talk := cmd.ErrOrStderr()
	run, err := dataset.ReadFile(file)
	if err != nil {
		return err
	}
	if err := printRun(cmd.OutOrStdout(), run, f.json, f.reference); err != nil {
		return err
	}
	fmt.Fprintf(talk, "results: %s\n", near(file))
	if result.Interrupted {
		fmt.Fprintf(talk, "interrupted after %d of %d rounds; what was measured is kept\n", result.Rounds, run.Header.Rounds)
	}
	if result.Restored {
		fmt.Fprintln(talk, "everything is put back as it was")
	} else {
		fmt.Fprintf(talk, "not everything could be put back; what is left stands in %s\n", near(journal.File()))
	}
	short := false
	for _, s := range stats.Summarize(run) {
		asked := run.Header.Rounds * run.Header.Burst
		if float64(s.Cold) < enough*float64(asked) {
			short = true
			fmt.Fprintf(talk, "%s: %d of %d cold starts verified, fewer than %.0f %%: inconclusive\n",
				printable(s.Target.Key), s.Cold, asked, 100*enough)
		}
	}
	if short {
		return exitError{exitInconclusive}
	}
	return nil
}

// startLocal synthesizes the app and starts the local executor on it.
func (f *runFlags) startLocal(ctx context.Context, here *app.App, extra map[string]string, talk io.Writer) (_ *local.Executor, files []string, err error) {
	dir := here.AssemblyDir()
	if !f.noBuild {
		fmt.Fprintf(talk, "synthesizing the CDK app of %s\n", printable(near(filepath.Join(here.Dir, "cdk.json"))))
		patience := time.AfterFunc(10*time.Second, func() {
			fmt.Fprintln(talk, "still synthesizing: the first time, Go compiles the CDK library, which takes minutes")
		})
		dir, err = here.Synth(ctx, extra, talk)
		patience.Stop()
		if err != nil {
			return nil, nil, err
		}
	} else if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err != nil {
		return nil, nil, usagef("--no-build: no assembly of an earlier run: %v", err)
	}
	// Putting back needs the executor also when the run has been broken off: it
	// ends at Close.
	executor, err := local.Start(context.WithoutCancel(ctx), dir, local.Options{})
	if err != nil {
		return nil, nil, err
	}
	for _, w := range executor.Warnings() {
		fmt.Fprintf(talk, "coldcrank: warning: %s\n", printable(w))
	}
	file := filepath.Join(here.StateDir(), "outputs.json")
	if err := executor.WriteOutputs(file); err != nil {
		executor.Close()
		return nil, nil, err
	}
	fmt.Fprintf(talk, "local executor: AWS API at %s\n", executor.Endpoint())
	return executor, []string{file}, nil
}

// prepare asks each target what it is and makes header and plan.
func (f *runFlags) prepare(ctx context.Context, cmd *cobra.Command, here *app.App, executor *local.Executor, found []*target.Target, req request) (dataset.Header, rounds.Plan, error) {
	id := make([]byte, 6)
	rand.Read(id) // never returns an error
	header := dataset.Header{
		Tool: "coldcrank " + version(), Run: hex.EncodeToString(id), Started: time.Now().UTC(),
		Command: commandLine(cmd), Machine: thisMachine(),
		Executor: found[0].ExecutorName(), Burst: f.burst, Rounds: f.rounds, Warm: f.warm,
	}
	if x := found[0].Executor; x != nil {
		header.ExecutorSettings = x.Settings
	}
	plan := rounds.Plan{Rounds: f.rounds, Burst: f.burst, Warm: f.warm}
	for _, t := range found {
		if t.ExecutorName() != header.Executor {
			return header, plan, usagef("the outputs files are of different executors, %s and %s: measure them in two runs", header.Executor, t.ExecutorName())
		}
		if f.patience > 0 {
			t.Patience = f.patience
		}
		about, err := t.Describe(ctx)
		if err != nil {
			return header, plan, err
		}
		url, err := t.URLFor(f.path)
		if err != nil {
			return header, plan, usageError{err.Error()}
		}
		method := f.method
		if method == "" {
			method = t.Method()
		}
		tags, err := tagsOf(ctx, here, executor, t, about)
		if err != nil {
			return header, plan, err
		}
		tags.URL, tags.Method = url, method
		header.Targets = append(header.Targets, tags)
		plan.Targets = append(plan.Targets, rounds.Target{
			Target: t, JSONLogs: about.JSONLogs, Method: method, URL: url, Header: req.header, Body: req.body,
		})
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s %s\n", printable(t.String()), method, printable(url))
	}
	return header, plan, nil
}

// check refuses flags that make no sense.
func (f *runFlags) check(cmd *cobra.Command) error {
	changed := cmd.Flags().Changed
	switch {
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
	case f.outputs != nil && (f.noBuild || f.context != nil):
		return usagef("--outputs measures what is deployed: --no-build and --context are of no use with it")
	case f.noBuild && f.context != nil:
		return usagef("--no-build uses the last assembly: --context cannot change it")
	}
	if f.samples > 0 {
		f.rounds = (f.samples + f.burst - 1) / f.burst
	}
	return nil
}

func (f *runFlags) request() (request, error) {
	r := request{header: http.Header{}, body: []byte(f.body)}
	if name, ok := strings.CutPrefix(f.body, "@"); ok {
		data, err := os.ReadFile(name)
		if err != nil {
			return r, usagef("--body: %v", err)
		}
		r.body = data
	}
	for _, h := range f.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return r, usagef("--header %q: not of the form 'Name: value'", name)
		}
		r.header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return r, nil
}

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

// near is a file's name as seen from here, where that is shorter.
func near(file string) string {
	here, err := os.Getwd()
	if err != nil {
		return file
	}
	if rel, err := filepath.Rel(here, file); err == nil && len(rel) < len(file) {
		return rel
	}
	return file
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
		m[key] = value
	}
	return m, nil
}

// printRun prints a run's summary.
func printRun(w io.Writer, run *dataset.Run, asJSON, reference bool) error {
	var b bytes.Buffer
	var err error
	if asJSON {
		err = render.JSON(&b, run)
	} else {
		err = render.Table(&b, run, tableOptions(w, reference))
	}
	if err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}
