package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/dial"
	"github.com/coldcrank/coldcrank/scripts/internal/export"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

func newShow() *cobra.Command {
	f := new(runFlags)
	var format, threshold string
	cmd := &cobra.Command{
		Use:   "show [FILE...]",
		Short: "What did a run find?",
		Long: `show prints what results files hold: without a FILE, the newest of the results
folder. The file of a run that was killed can be shown too, and says that it is
partial.

With several files, table, markdown and json end with the history of each target
that two or more of them measured: a line a run, and where the target became
slower or faster by more than --threshold. Only runs that can be compared share a
history.

Formats:

  table, markdown        for people; markdown as GitHub has it
  json                   the same for programs
  csv                    every sample
  benchfmt               the samples that count, for Go's benchstat:
                         benchstat -col deployment
  bmf                    medians for Bencher: bencher run --adapter json
  customSmallerIsBetter  medians for github-action-benchmark, by its tool's name

docs/formats.md shows each of them.`,
		Example: `  coldcrank show
  coldcrank show results/20261122T101500.123Z-0a1b2c3d4e5f.jsonl --reference
  coldcrank show results/*.jsonl
  coldcrank show --format csv results/*.jsonl > samples.csv
  coldcrank show --format benchfmt results/*.jsonl | benchstat -col deployment -`,
		RunE: func(cmd *cobra.Command, files []string) error {
			show, ok := showFormats[format]
			if !ok {
				return usagef("--format %q: one of %s", format, strings.Join(showFormatNames, ", "))
			}
			limit, err := shareOf("threshold", threshold)
			if err != nil {
				return err
			}
			if len(files) == 0 {
				here, err := app.Find(".")
				if err != nil {
					here = nil // then the results folder is here
				}
				newest, err := dataset.Newest(f.resultsDir(here))
				if err != nil {
					return err
				}
				files = []string{newest}
			}
			o, err := f.dial.options()
			if err != nil {
				return err
			}
			s := shown{table: tableOptions(cmd.OutOrStdout(), f.reference), dial: o}
			for _, file := range files {
				info, err := os.Stat(file)
				switch {
				case errors.Is(err, os.ErrNotExist):
					return usagef("%s is no file: show takes results files, such as results/*.jsonl", file)
				case err == nil && info.IsDir():
					return usagef("%s is a folder: name results files in it, such as %s", file, filepath.Join(file, "*.jsonl"))
				}
				run, err := dataset.ReadFile(file)
				if err != nil {
					return err
				}
				warnLines(cmd.ErrOrStderr(), run)
				s.runs = append(s.runs, run)
			}
			if len(s.runs) > 1 {
				var sides []*stats.Side
				for _, run := range s.runs {
					sides = append(sides, stats.Sides(run)...)
				}
				s.histories = stats.Histories(sides, limit)
			}
			err = show(cmd.OutOrStdout(), s)
			if repeated, ok := errors.AsType[*export.RepeatedError](err); ok {
				return usagef("--format %s: %v: name files that hold it once", format, repeated)
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&format, "format", "table", "`format`: "+strings.Join(showFormatNames, ", "))
	flags.StringVar(&threshold, "threshold", "5%", "what changes by more than this is marked in a history, as a `share`")
	flags.StringVar(&f.results, "results", "", "folder to find the newest results in (default: results beside cdk.json, or here)")
	flags.BoolVar(&f.reference, "reference", false, "show the reference function's published samples beside the results")
	f.dial.define(flags)
	return cmd
}

// shown is what a format writes.
type shown struct {
	runs      []*dataset.Run
	histories []stats.History // of several runs
	table     render.TableOptions
	dial      dial.Options
}

// each shows the runs with a line free between two of them.
func (s shown) each(w io.Writer, show func(run *dataset.Run, last bool) error) error {
	for i, run := range s.runs {
		if i > 0 {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return err
			}
		}
		if err := show(run, i == len(s.runs)-1); err != nil {
			return err
		}
	}
	return nil
}

var showFormatNames = []string{"table", "markdown", "json", "csv", "benchfmt", "bmf", "customSmallerIsBetter"}

var showFormats = map[string]func(io.Writer, shown) error{
	"table": func(w io.Writer, s shown) error {
		err := s.each(w, func(run *dataset.Run, last bool) error {
			o := s.table
			o.Reference = o.Reference && last
			if err := render.Table(w, run, o); err != nil {
				return err
			}
			return showDials(w, run, s.dial, s.table)
		})
		if err != nil {
			return err
		}
		return render.Histories(w, s.histories, s.table)
	},
	"markdown": func(w io.Writer, s shown) error {
		err := s.each(w, func(run *dataset.Run, last bool) error {
			if err := render.Markdown(w, run, s.table.Reference && last); err != nil {
				return err
			}
			if sheets := sheetsOf(run, s.dial); sheets != nil {
				if _, err := io.WriteString(w, "\n"); err != nil {
					return err
				}
				return render.SheetsMarkdown(w, "", sheets)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return render.HistoriesMarkdown(w, s.histories)
	},
	"json": func(w io.Writer, s shown) error {
		if len(s.runs) == 1 {
			return export.JSON(w, s.runs[0], s.dial)
		}
		return export.RunsJSON(w, s.runs, s.histories, s.dial)
	},
	"csv":                   func(w io.Writer, s shown) error { return export.CSV(w, s.runs...) },
	"benchfmt":              func(w io.Writer, s shown) error { return export.Benchfmt(w, s.runs...) },
	"bmf":                   func(w io.Writer, s shown) error { return export.BMF(w, s.runs...) },
	"customSmallerIsBetter": func(w io.Writer, s shown) error { return export.CustomSmallerIsBetter(w, s.runs...) },
}
