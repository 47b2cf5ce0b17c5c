package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

func newShow() *cobra.Command {
	f := new(runFlags)
	var format string
	cmd := &cobra.Command{
		Use:   "show [FILE...]",
		Short: "What did a run find?",
		Long: `show prints what results files hold: without a FILE, the newest of the results
folder. The file of a run that was killed can be shown too, and says that it is
partial.`,
		Example: `  coldcrank show
  coldcrank show results/20261122T101500.123Z-0a1b2c3d4e5f.jsonl --reference
  coldcrank show --format csv results/*.jsonl > samples.csv`,
		RunE: func(cmd *cobra.Command, files []string) error {
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
			var runs []*dataset.Run
			for _, file := range files {
				run, err := dataset.ReadFile(file)
				if err != nil {
					return err
				}
				for _, w := range run.Warnings {
					fmt.Fprintf(cmd.ErrOrStderr(), "coldcrank: warning: %s\n", printable(w.Error()))
				}
				runs = append(runs, run)
			}
			out := cmd.OutOrStdout()
			switch format {
			case "csv":
				return render.CSV(out, runs...)
			case "table", "json":
				for _, run := range runs {
					if err := printRun(out, run, format == "json", f.reference); err != nil {
						return err
					}
				}
				return nil
			}
			return usagef("--format %q: table, json or csv", format)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&format, "format", "table", "`format`: table, json or csv")
	flags.StringVar(&f.results, "results", "", "folder to find the newest results in (default: results beside cdk.json, or here)")
	flags.BoolVar(&f.reference, "reference", false, "show the reference function's published samples beside the results")
	return cmd
}
