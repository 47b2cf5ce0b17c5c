package main

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/export"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// exitSlower says that a comparison found something slower, or failing more often.
const exitSlower = 1

// judgement are the flags of every command that compares.
type judgement struct {
	threshold string
	across    []string
}

func (j *judgement) define(flags *pflag.FlagSet) {
	flags.StringVar(&j.threshold, "threshold", "5%", "what grows by more than this is slower, as a `share`")
	flags.StringArrayVar(&j.across, "across", nil, "compare although this differs, and say so, `what`: "+strings.Join(stats.Differing, ", ")+"; repeatable")
}

// read reads the flags.
func (j *judgement) read() (threshold float64, err error) {
	for _, what := range j.across {
		if !contains(stats.Differing, what) {
			return 0, usagef("--across %q: one of %s", what, strings.Join(stats.Differing, ", "))
		}
	}
	return shareOf("threshold", j.threshold)
}

// compare compares pairs as the flags say.
func (j *judgement) compare(pairs []stats.Pair) ([]stats.Comparison, error) {
	threshold, err := j.read()
	if err != nil {
		return nil, err
	}
	return stats.ComparePairs(pairs, threshold, j.across)
}

func contains(all []string, s string) bool {
	for _, x := range all {
		if x == s {
			return true
		}
	}
	return false
}

// shareOf reads a share as people write it: 5%, ±2%, 0.05.
func shareOf(flag, text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(strings.TrimPrefix(text, "±")), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v > 0 && v < 1) {
		return 0, usagef("--%s %q: a share between 0 and 100 %%, such as 5%%", flag, text)
	}
	return v, nil
}

func newCompare() *cobra.Command {
	var j judgement
	var results, format string
	cmd := &cobra.Command{
		Use:   "compare OLD NEW",
		Short: "Did it change?",
		Long: `compare says whether NEW is slower than OLD: by how much, how surely, and in one
sentence. Each of both is

  a results file      results/20261122T101500.123Z-0a1b2c3d4e5f.jsonl
  one of its targets  FILE:Orders or FILE:Shop/Orders
  a run               the beginning of its id
  a deployment        the beginning of its DeploymentId
  a label             pr=42

where the last three look through the results folder and take the newest run, one
that holds both if there is. One FILE alone is enough where the run compared two
sides (run --against).

What the verdict means, how often it errs and what it does not see:
docs/verdict.md. Exit code: 0 not slower, 1 slower or failing more often,
3 inconclusive.`,
		Example: `  coldcrank compare results/main.jsonl results/branch.jsonl
  coldcrank compare run.jsonl:Orders run.jsonl:OrdersNew --threshold 10%
  coldcrank compare pr=41 pr=42`,
		Args: func(_ *cobra.Command, args []string) error {
			if n := len(args); n < 1 || n > 2 {
				return usagef("compare takes OLD and NEW, or one FILE of run --against, not %s: coldcrank compare results/main.jsonl results/branch.jsonl", counted(n, "argument"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if !contains(comparisonFormats, format) {
				return usagef("--format %q: one of %s", format, strings.Join(comparisonFormats, ", "))
			}
			here, err := app.Find(".")
			if err != nil {
				here = nil // then the results folder is here
			}
			f := runFlags{results: results}
			s := selection{dir: f.resultsDir(here), talk: cmd.ErrOrStderr()}
			pairs, err := s.pairs(args)
			if err != nil {
				return err
			}
			comparisons, err := j.compare(pairs)
			if err != nil {
				return err
			}
			if err := printComparisons(cmd.OutOrStdout(), comparisons, format); err != nil {
				return err
			}
			return exitFor(comparisons)
		},
	}
	j.define(cmd.Flags())
	cmd.Flags().StringVar(&format, "format", "table", "`format`: "+strings.Join(comparisonFormats, ", "))
	cmd.Flags().StringVar(&results, "results", "", "folder to look for runs in (default: results beside cdk.json, or here)")
	return cmd
}

var comparisonFormats = []string{"table", "markdown", "json"}

func printComparisons(w io.Writer, comparisons []stats.Comparison, format string) error {
	var b bytes.Buffer
	var err error
	switch format {
	case "json":
		err = export.ComparisonsJSON(&b, comparisons)
	case "markdown":
		err = render.ComparisonsMarkdown(&b, comparisons)
	default:
		err = render.Comparisons(&b, comparisons, tableOptions(w, false))
	}
	if err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

// exitFor is the exit code that comparisons lead to.
func exitFor(comparisons []stats.Comparison) error {
	switch stats.Worst(comparisons) {
	case stats.Slower, stats.Failing:
		return exitError{exitSlower}
	case stats.Inconclusive:
		return exitError{exitInconclusive}
	}
	return nil
}
