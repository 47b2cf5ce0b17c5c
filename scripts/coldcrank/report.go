package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/explain"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/logs"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
	"github.com/coldcrank/coldcrank/scripts/internal/page"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// reportFlags are the flags of coldcrank report.
type reportFlags struct {
	judgement judgement
	results   string
	output    string
	dial      dialFlags
	explained []string // files that explain has written
}

func newReport() *cobra.Command {
	f := new(reportFlags)
	cmd := &cobra.Command{
		Use:   "report [FILE...]",
		Short: "A page to look at and to pass on",
		Long: `report writes one HTML file that needs no server, no network and no other file:
verdict, distributions, the way of a request, rounds, cold against warm, memory,
size, errors, and all samples.

Each FILE is what compare takes: a results file, FILE:TARGET, or a run, deployment
or label of the results folder; without any, the newest results. One run is shown
alone, or with the two sides that it compared (run --against). Two are OLD and NEW.
Of more, the newest is shown so, and all of them are its history.

Exit code: 0, whatever the verdict; compare is the one for gates.`,
		Example: `  coldcrank report
  coldcrank report results/main.jsonl results/branch.jsonl -o report.html
  coldcrank report results/*.jsonl
  coldcrank explain --format json -o explain.json && coldcrank report --explain explain.json`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.report(cmd, args) },
	}
	f.judgement.define(cmd.Flags())
	f.dial.define(cmd.Flags())
	cmd.Flags().StringVarP(&f.output, "output", "o", "report.html", "`file` to write, - for stdout")
	cmd.Flags().StringArrayVar(&f.explained, "explain", nil, "show what explain has found of targets of these results, `file` of its JSON; repeatable")
	cmd.Flags().StringVar(&f.results, "results", "", "folder to look for runs in (default: results beside cdk.json, or here)")
	return cmd
}

func (f *reportFlags) report(cmd *cobra.Command, args []string) error {
	threshold, err := f.judgement.read()
	if err != nil {
		return err
	}
	here, err := app.Find(".")
	if err != nil {
		here = nil // then the results folder is here
	}
	s := selection{dir: (&runFlags{results: f.results}).resultsDir(here), talk: cmd.ErrOrStderr()}
	if len(args) == 0 {
		newest, err := dataset.Newest(s.dir)
		if err != nil {
			return err
		}
		args = []string{newest}
	}
	chosen, pair, err := s.chosen(args)
	if err != nil {
		return err
	}
	for _, c := range chosen {
		if sameFile(f.output, c.file) {
			return usagef("-o %s is one of the results files that the page is made of: name another file", f.output)
		}
	}
	runs, err := readChosen(chosen, s.talk)
	if err != nil {
		return err
	}
	o, err := f.dial.options()
	if err != nil {
		return err
	}
	r := page.Report{Runs: runs}
	for _, run := range runs {
		for _, s := range sheetsOf(run, o) {
			title := s.Title
			s.Title = "Cost and speed"
			r.Explained = append(r.Explained, page.Explained{Title: title, Sheets: []sheet.Sheet{s}})
		}
	}
	for _, file := range f.explained {
		reports, err := explain.Read(file)
		if err != nil {
			return err
		}
		for _, one := range reports {
			if !slices.ContainsFunc(runs, func(run *dataset.Run) bool { return logs.Name(run, one.Target) != "" }) {
				return usagef("--explain %s is of %s, which the results do not have: they have %s", file, one.Target, strings.Join(logs.Names(runs[len(runs)-1]), ", "))
			}
			r.Explained = append(r.Explained, page.Explained{Title: "Where the cold start of " + one.Target + " goes", Sheets: one.Sheets()})
		}
	}
	if r.Groups, err = f.groups(&s, chosen, runs, pair); err != nil {
		return err
	}
	var sides []*stats.Side
	for _, run := range runs {
		sides = append(sides, stats.Sides(run)...)
	}
	r.Histories = stats.Histories(sides, threshold)
	var b bytes.Buffer
	if err := page.Write(&b, r); err != nil {
		return err
	}
	if err := writeOutput(f.output, cmd.OutOrStdout(), b.Bytes()); err != nil {
		return err
	}
	if f.output != stdoutName {
		fmt.Fprintf(s.talk, "report: %s\n", near(f.output))
	}
	return nil
}

// chosen is what each argument names: of two, which make a pair, OLD and NEW; else
// the newest run of each, in the order in which they started.
func (s *selection) chosen(args []string) (chosen []choice, pair bool, err error) {
	if len(args) == 2 {
		old, new, err := s.both(args[0], args[1])
		return []choice{old, new}, true, err
	}
	for _, arg := range args {
		found, err := s.find(arg)
		if err != nil {
			return nil, false, err
		}
		c := found[0]
		if old, _, ok := c.compared(); ok { // FILE:TARGET names one side, and means both
			c.keys = slices.Compact(slices.Sorted(slices.Values(slices.Concat(c.keys, old.keys))))
		}
		if !slices.ContainsFunc(chosen, func(other choice) bool {
			return sameRun(other.candidate, c.candidate) && slices.Equal(other.keys, c.keys)
		}) {
			chosen = append(chosen, c)
		}
	}
	slices.SortStableFunc(chosen, func(a, b choice) int { return a.header.Started.Compare(b.header.Started) })
	return chosen, false, nil
}

// readChosen reads what is chosen, a run each.
func readChosen(chosen []choice, talk io.Writer) ([]*dataset.Run, error) {
	runs := make([]*dataset.Run, len(chosen))
	for i, c := range chosen {
		run, err := dataset.ReadFile(c.file)
		if err != nil {
			return nil, err
		}
		warnRun(talk, run)
		run.Header.Targets = slices.DeleteFunc(run.Header.Targets, func(t dataset.Target) bool { return !slices.Contains(c.keys, t.Key) })
		run.Samples = slices.DeleteFunc(run.Samples, func(x *dataset.Sample) bool { return !slices.Contains(c.keys, x.Target) })
		runs[i] = run
	}
	return runs, nil
}

// groups are what the page is about: the pair, or of the newest run what it compared,
// and what it compared with nothing.
func (f *reportFlags) groups(s *selection, chosen []choice, runs []*dataset.Run, pair bool) ([]page.Group, error) {
	last := len(chosen) - 1
	old, new, compared := chosen[last].compared()
	oldRun, newRun := runs[last], runs[last]
	if pair {
		old, new, compared, oldRun = chosen[0], chosen[1], true, runs[0]
	}
	var groups []page.Group
	shown := map[string]bool{}
	if compared {
		pairs, err := s.match(old, new)
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			add(p.Old, oldRun)
			add(p.New, newRun)
		}
		comparisons, err := f.judgement.compare(pairs)
		if err != nil {
			return nil, err
		}
		for i, p := range pairs {
			groups = append(groups, page.Group{Comparison: &comparisons[i], Old: &page.Source{Run: oldRun, Side: p.Old}, New: &page.Source{Run: newRun, Side: p.New}})
			shown[p.Old.Target.Key], shown[p.New.Target.Key] = true, true
		}
	}
	if pair {
		return groups, nil
	}
	for _, side := range stats.Sides(newRun) {
		if !shown[side.Target.Key] {
			groups = append(groups, page.Group{New: &page.Source{Run: newRun, Side: side}})
		}
	}
	return groups, nil
}

// add gives a side the samples of a run.
func add(side *stats.Side, run *dataset.Run) {
	for _, x := range run.Samples {
		side.Add(x)
	}
}
