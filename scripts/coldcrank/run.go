package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

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
that the file of "cdk deploy --outputs-file" describes, with --stack a stack of
that name, and puts everything back.

--against measures a base as well, by turns, and compares: exit code 0 not slower,
1 slower, 3 inconclusive.

Before the first change it looks for what stands in the way and says all of it at
once. On AWS it names account and Region and asks; where nobody can be asked, it
needs --yes. --dry-run stops there.`,
		Example: `  coldcrank run                                    # 100 cold starts of what is here
  coldcrank run --burst 50 --rounds 2              # the same number, 50 at a time
  coldcrank run --target Orders --path /orders/7   # one of several targets
  coldcrank run --outputs cdk-outputs.json --label pr=42
  coldcrank run --against main --until 2%          # is this work tree slower than main?
  coldcrank run --stack Shop --region eu-west-1 --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd)
		},
	}
	f.define(cmd.Flags())
	return cmd
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
	if err := f.checkInvoke(req.body); err != nil {
		return err
	}
	talk := cmd.ErrOrStderr()
	signals, ctx := watchSignals(cmd.Context(), talk)
	defer signals.close()

	here, err := app.Find(".")
	if err != nil && !f.deployed() { // else it only tags the results, if it is there
		return err
	}
	stages, err := f.stages(ctx, here, extra, talk)
	defer func() {
		for _, s := range stages {
			if err := s.close(); err != nil {
				fmt.Fprintf(talk, "coldcrank: warning: %s\n", printable(err.Error()))
			}
		}
	}()
	if err != nil {
		return orSignal(ctx, err)
	}
	order, err := turns(stages, talk)
	if err != nil {
		return err
	}
	var found []*target.Target
	for _, c := range order {
		found = append(found, c.Target)
	}
	accounts, err := preflight(ctx, talk, found, target.Need{Burst: f.burst, MarkedBy: recycle.MarkedBy, RecycleProvisioned: f.recycleProvisioned})
	if err != nil {
		return orSignal(ctx, err)
	}
	header, plan, err := f.prepare(ctx, cmd, order, req)
	if err != nil {
		return orSignal(ctx, err)
	}
	if err := fits(stages, f.burst, len(plan.Targets)); err != nil {
		return err
	}
	header.Labels = labels
	f.watchFor(header, &plan)
	if f.dryRun {
		return printPlan(cmd.OutOrStdout(), header, plan, accounts)
	}
	if err := f.confirm(ctx, cmd, header, accounts); err != nil {
		return orSignal(ctx, err)
	}
	dir := f.resultsDir(here)
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
	if runErr != nil && result.Requests == 0 { // there is nothing to keep
		return errors.Join(runErr, writer.Close(), os.Remove(writer.Name()))
	}
	for _, s := range stages {
		if s.executor != nil {
			printFailures(talk, s.executor.Failures())
		}
	}
	name, err := writer.Finish(dataset.End{
		Finished: time.Now().UTC(), Interrupted: result.Interrupted, Restored: result.Restored, RoundsDone: result.Rounds,
	})
	if err != nil {
		return errors.Join(runErr, err)
	}
	err = f.conclude(cmd, name, result, journal)
	var exit exitError
	if runErr != nil && errors.As(err, &exit) {
		return runErr // it is why too few cold starts are verified
	}
	return errors.Join(runErr, err)
}

// conclude prints what the finished file holds and decides the exit code.
func (f *runFlags) conclude(cmd *cobra.Command, file string, result rounds.Result, journal *recycle.Journal) error {
	talk := cmd.ErrOrStderr()
	run, err := dataset.ReadFile(file)
	if err != nil {
		return err
	}
	if f.against == "" || !f.json { // whose object is the comparison
		if err := printRun(cmd.OutOrStdout(), run, f.json, f.reference); err != nil {
			return err
		}
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
	if run.Header.Executor == dataset.ExecutorAWS {
		fmt.Fprintln(talk, costOf(run))
	}
	short := false
	done := run.Header.Rounds
	if f.goal > 0 && !result.Interrupted {
		done = result.Rounds // it may have needed fewer
	}
	for _, s := range stats.Summarize(run) {
		asked := done * run.Header.Burst
		if verified := s.Verified(); float64(verified) < enough*float64(asked) {
			short = true
			what := "cold starts"
			if s.Target.StartType == dataset.StartProvisioned {
				what = "requests"
			}
			fmt.Fprintf(talk, "%s: %d of %d %s verified, fewer than %.0f %%: inconclusive\n",
				printable(s.Target.Key), verified, asked, what, 100*enough)
		}
	}
	if f.against != "" {
		return f.judge(cmd, file)
	}
	if short {
		return exitError{exitInconclusive}
	}
	return nil
}

// judge compares what a run has measured by turns.
func (f *runFlags) judge(cmd *cobra.Command, file string) error {
	s := selection{talk: cmd.ErrOrStderr()}
	pairs, err := s.pairs([]string{file})
	if err != nil {
		return err
	}
	comparisons, err := f.judgement.compare(pairs)
	if err != nil {
		return err
	}
	form := "table"
	if f.json {
		form = "json"
	} else {
		fmt.Fprintln(cmd.OutOrStdout())
	}
	if err := printComparisons(cmd.OutOrStdout(), comparisons, form); err != nil {
		return err
	}
	return exitFor(comparisons)
}

// prepare asks each target what it is and makes header and plan.
func (f *runFlags) prepare(ctx context.Context, cmd *cobra.Command, order []turn, req request) (dataset.Header, rounds.Plan, error) {
	id := make([]byte, 6)
	rand.Read(id) // never returns an error
	header := dataset.Header{
		Tool: "coldcrank " + version(), Run: hex.EncodeToString(id), Started: time.Now().UTC(),
		Command: commandLine(cmd), Machine: thisMachine(),
		Executor: order[0].ExecutorName(), Burst: f.burst, Rounds: f.rounds, Warm: f.warm,
	}
	if x := order[0].Executor; x != nil {
		header.ExecutorSettings = x.Settings
	}
	plan := rounds.Plan{Rounds: f.rounds, Burst: f.burst, Warm: f.warm}
	if name, ok := req.unused(order); ok {
		return header, plan, usagef("--path %s=…: no target of that name is measured", name)
	}
	var left []error // targets that cannot be asked for
	for _, c := range order {
		t := c.Target
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
		planned, err := req.to(ctx, t)
		if err != nil {
			left = append(left, err)
			continue
		}
		planned.JSONLogs = about.JSONLogs
		if t.Provisioned > 0 && !f.recycleProvisioned {
			planned.Fixed = about.Version
		}
		tags, err := tagsOf(ctx, c.stage, t, about)
		if err != nil {
			return header, plan, err
		}
		tags.URL, tags.Method = planned.URL, planned.Method
		switch {
		case t.Provisioned > 0:
			tags.StartType = dataset.StartProvisioned
		case about.SnapStart:
			tags.StartType = dataset.StartSnapshot
		}
		if c.against != nil {
			tags.Against = c.against.String()
		}
		if t.Direct {
			tags.Via = dataset.ViaInvoke
		}
		header.Targets = append(header.Targets, tags)
		plan.Targets = append(plan.Targets, planned)
		if !f.dryRun { // whose plan says it
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s %s\n", printable(t.String()), planned.Method, printable(planned.URL))
		}
	}
	if len(plan.Targets) == 0 || left != nil && f.targets != nil {
		return header, plan, usageError{errors.Join(left...).Error()}
	}
	for _, err := range left {
		fmt.Fprintf(cmd.ErrOrStderr(), "coldcrank: warning: left out: %s\n", printable(err.Error()))
	}
	return header, plan, nil
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
