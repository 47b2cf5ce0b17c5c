package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/machine"
	"github.com/coldcrank/coldcrank/scripts/internal/recycle"
	"github.com/coldcrank/coldcrank/scripts/internal/rounds"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// measurement is a run on its way: where it measures, and what, in which order.
type measurement struct {
	flags   *runFlags
	cmd     *cobra.Command
	talk    io.Writer
	ctx     context.Context // done at a signal
	signals *signals
	here    *app.App // nil where none is here

	request  request
	labels   map[string]string
	stages   []*stage
	order    []turn
	accounts []target.Account
}

// begin reads the flags, prepares the places, finds the targets and looks what
// stands in the way. What it returns must be closed, also with an error.
func (f *runFlags) begin(cmd *cobra.Command) (m *measurement, err error) {
	m = &measurement{flags: f, cmd: cmd, talk: cmd.ErrOrStderr(), ctx: cmd.Context()}
	if m.labels, err = pairs("label", f.labels); err != nil {
		return m, err
	}
	extra, err := pairs("context", f.context)
	if err != nil {
		return m, err
	}
	if m.request, err = f.request(); err != nil {
		return m, err
	}
	if err := f.check(cmd); err != nil {
		return m, err
	}
	if err := f.checkInvoke(m.request.body); err != nil {
		return m, err
	}
	m.signals, m.ctx = watchSignals(cmd.Context(), m.talk)
	if m.here, err = app.Find("."); err != nil && !f.deployed() { // else it only tags the results, if it is there
		return m, err
	}
	if m.stages, err = f.stages(m.ctx, m.here, extra, m.talk); err != nil {
		return m, err
	}
	if m.order, err = turns(m.stages, f.unpaired, m.talk); err != nil {
		return m, err
	}
	var found []*target.Target
	for _, t := range m.order {
		found = append(found, t.Target)
	}
	if local := found[0].Executor; local != nil && f.profile != "" {
		fmt.Fprintf(m.talk, "coldcrank: warning: --profile is of no use here: executor %s takes no credentials\n", printable(strconv.Quote(local.Name)))
	}
	m.accounts, err = preflight(m.ctx, m.talk, found, target.Need{Burst: f.burst, Rate: f.loadRate(), MarkedBy: recycle.MarkedBy, RecycleProvisioned: f.recycleProvisioned})
	m.order = f.dialled(m.order)
	return m, err
}

// orSignal is the signal that ended the measurement, or else the error.
func (m *measurement) orSignal(err error) error { return orSignal(m.ctx, err) }

func (m *measurement) close() {
	for _, s := range m.stages {
		if err := s.close(); err != nil {
			fmt.Fprintf(m.talk, "coldcrank: warning: %s\n", printable(err.Error()))
		}
	}
	if m.signals != nil {
		m.signals.close()
	}
}

// prepare makes header and plan of some turns.
func (m *measurement) prepare(order []turn) (dataset.Header, rounds.Plan, error) {
	header, plan, err := m.flags.prepare(m.ctx, m.cmd, order, m.request)
	if err != nil {
		return header, plan, err
	}
	header.Labels = m.labels
	m.flags.watchFor(header, &plan)
	return header, plan, fits(m.stages, m.flags.burst, len(plan.Targets))
}

// ended is what a run has left.
type ended struct {
	file    string // of results
	result  rounds.Result
	journal *recycle.Journal
}

// tell says whether everything is as it was before the run.
func (e *ended) tell(talk io.Writer) {
	if e.result.Restored {
		fmt.Fprintln(talk, "everything is put back as it was")
		return
	}
	journal := near(e.journal.File())
	fmt.Fprintf(talk, "not everything could be put back; what is left stands in %s\n", journal)
	fmt.Fprintf(talk, "coldcrank: hint: when the cause is mended, this puts it back: coldcrank restore %s\n", journal)
}

// tellPartial says where the samples are of a file that could not be finished. One
// without any is removed.
func tellPartial(talk io.Writer, file string) error {
	samples := 0
	if _, err := dataset.ScanFile(file, func(*dataset.Sample) { samples++ }); err != nil {
		return err
	}
	if samples == 0 {
		return os.Remove(file)
	}
	fmt.Fprintf(talk, "what was measured before is kept: %s in %s\n", counted(samples, "sample"), near(file))
	return nil
}

// carryOut runs a plan. What it returns is nil where no results file is there; then
// it has told whether everything is put back, else conclude does. An error may come
// with it.
func (m *measurement) carryOut(header dataset.Header, plan rounds.Plan) (*ended, error) {
	dir := m.flags.resultsDir(m.here)
	writer, err := dataset.Create(dir, header)
	if err != nil {
		fmt.Fprintln(m.talk, "nothing was changed")
		return nil, err
	}
	defer writer.Close()
	e := &ended{journal: recycle.NewJournal(dir, header.Run, header.Started)}
	progress := newProgress(m.talk)
	m.signals.atRoundEnd()
	var runErr error
	e.result, runErr = rounds.Run(m.ctx, m.signals.stop, plan, writer, e.journal, progress.show)
	progress.end()
	for _, w := range e.result.Warnings {
		fmt.Fprintf(m.talk, "coldcrank: warning: %s\n", printable(w))
	}
	if e.result.Requests == 0 && (runErr != nil || e.result.Interrupted) { // there is nothing to keep
		e.tell(m.talk)
		if err := errors.Join(runErr, writer.Close(), os.Remove(writer.Name())); err != nil {
			return nil, err
		}
		fmt.Fprintln(m.talk, "interrupted before the first round: nothing was measured")
		return nil, exitError{exitInconclusive}
	}
	for _, s := range m.stages {
		if s.executor != nil {
			printFailures(m.talk, s.executor.Failures())
			starts, partial := s.executor.Evictions()
			printEvictions(m.talk, starts, partial)
		}
	}
	e.file, err = writer.Finish(dataset.End{
		Finished: time.Now().UTC(), Interrupted: e.result.Interrupted, Error: inOneLine(e.result.Failed), Restored: e.result.Restored,
		RoundsDone: e.result.Rounds, LoadsDone: e.result.LoadsDone, Warnings: e.result.Warnings, Sender: e.result.Sender,
	})
	if err != nil {
		e.tell(m.talk)
		return nil, errors.Join(runErr, err, tellPartial(m.talk, writer.Name()))
	}
	return e, runErr
}

// prepare asks each target what it is and makes header and plan.
func (f *runFlags) prepare(ctx context.Context, cmd *cobra.Command, order []turn, req request) (dataset.Header, rounds.Plan, error) {
	id := make([]byte, 6)
	rand.Read(id) // never returns an error
	header := dataset.Header{
		Tool: "coldcrank " + version(), Run: hex.EncodeToString(id), Started: time.Now().UTC(),
		Command: commandLine(cmd), Machine: machine.This(),
		Executor: order[0].ExecutorName(), Burst: f.burst, Rounds: f.rounds, Warm: f.warm, Load: loadPlan(f.schedule),
	}
	if x := order[0].Executor; x != nil {
		header.ExecutorSettings = x.Settings
	}
	plan := rounds.Plan{Rounds: f.rounds, Burst: f.burst, Warm: f.warm, Load: f.schedule}
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
		if t.MemoryMB != 0 && t.Provisioned > 0 {
			return header, plan, usagef("%s: with provisioned concurrency each memory size takes AWS minutes a round: leave it out with --target, or leave --memory out", t.Target)
		}
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
