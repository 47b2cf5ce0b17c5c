package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/export"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
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

--load sends a load afterwards, to environments that are warm: each request at its time,
whether or not those before are answered.

--against measures a base as well, by turns, and compares: exit code 0 not slower,
1 slower or failing, 3 inconclusive.

Before the first change it looks for what stands in the way and says all of it at
once. On AWS it names account and Region and asks; where nobody can be asked, it
needs --yes. --dry-run stops there.`,
		Example: `  coldcrank run                                    # 100 cold starts of what is here
  coldcrank run --burst 50 --rounds 2              # the same number, 50 at a time
  coldcrank run --target Orders --path /orders/7   # one of several targets
  coldcrank run --outputs cdk-outputs.json --label pr=42
  coldcrank run --load 200/s --for 10s             # and then 2,000 requests, most of them warm
  coldcrank run --against main --until 2%          # is this work tree slower than main?
  coldcrank run --stack Shop --region eu-west-1 --dry-run`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd)
		},
	}
	f.define(cmd.Flags())
	return cmd
}

func (f *runFlags) run(cmd *cobra.Command) error {
	m, err := f.begin(cmd)
	defer m.close()
	if err != nil {
		return m.orSignal(err)
	}
	header, plan, err := m.prepare(m.order)
	if err != nil {
		return m.orSignal(err)
	}
	if f.dryRun {
		stacks := len(f.stacks)
		if stacks > 0 && f.against != "" {
			stacks++
		}
		return printPlan(cmd.OutOrStdout(), header, plan, m.accounts, plannedChecks(m.order, len(m.accounts), stacks))
	}
	if err := f.confirm(m.ctx, cmd, header, m.accounts); err != nil {
		return m.orSignal(err)
	}
	done, runErr := m.carryOut(header, plan)
	if done == nil {
		return runErr
	}
	err = f.conclude(cmd, done)
	var exit exitError
	if runErr != nil && errors.As(err, &exit) {
		return runErr // it is why too few cold starts are verified
	}
	return errors.Join(runErr, err)
}

// conclude prints what the finished file holds and decides the exit code.
func (f *runFlags) conclude(cmd *cobra.Command, end *ended) error {
	talk, result := cmd.ErrOrStderr(), end.result
	run, err := dataset.ReadFile(end.file)
	if err != nil {
		end.tell(talk)
		return err
	}
	if f.against == "" || !f.json { // whose object is the comparison
		err = f.print(cmd.OutOrStdout(), run)
	}
	fmt.Fprintf(talk, "results: %s\n", near(end.file))
	if result.Interrupted {
		fmt.Fprintf(talk, "interrupted %s; what was measured is kept\n", render.Reached(run))
	}
	end.tell(talk)
	if run.Header.Executor == dataset.ExecutorAWS {
		fmt.Fprintln(talk, costOf(run))
	}
	// A load that was cut short is not what was asked for either.
	short := result.Interrupted && f.schedule != nil
	done := run.Header.Rounds
	if f.goal > 0 && (!result.Interrupted || result.LoadsDone != nil) {
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
	if err != nil { // nobody has the data
		return err
	}
	if f.against != "" {
		return f.judge(cmd, end.file)
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

// print prints a run's summary.
func (f *runFlags) print(w io.Writer, run *dataset.Run) error {
	o, err := f.dial.options()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if f.json {
		err = export.JSON(&b, run, o)
	} else if err = render.Table(&b, run, tableOptions(w, f.reference)); err == nil {
		err = showDials(&b, run, o, tableOptions(w, false))
	}
	if err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}
