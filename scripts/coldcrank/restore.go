package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/recycle"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

func newRestore() *cobra.Command {
	f := new(runFlags)
	cmd := &cobra.Command{
		Use:   "restore [JOURNAL...]",
		Short: "Put back what a killed run left",
		Long: `restore puts every target that a journal names back as it was before the run:
alias and description; versions that the run published are deleted. What somebody
else has changed since stays as they made it, and is named.

A run writes its journal before its first change and removes it when everything is
put back. Without a JOURNAL, restore takes all that are in the results folder.`,
		Example: `  coldcrank restore
  coldcrank restore --profile work
  coldcrank restore results/20261122T101500.123Z-0a1b2c3d4e5f.journal.json`,
		RunE: func(cmd *cobra.Command, files []string) error {
			signals, ctx := watchSignals(cmd.Context(), cmd.ErrOrStderr())
			defer signals.close()
			out := cmd.OutOrStdout()
			if len(files) == 0 {
				here, err := app.Find(".")
				if err != nil && !errors.Is(err, app.ErrNotFound) {
					return err
				}
				dir := f.resultsDir(here)
				if files, err = recycle.Journals(dir); err != nil {
					return err
				}
				if len(files) == 0 {
					fmt.Fprintf(out, "no journal in %s: every run there has put everything back\n", printable(near(dir)))
					return nil
				}
			}
			var errs []error
			for _, file := range files {
				if err := f.restoreFile(ctx, file, out); err != nil {
					errs = append(errs, orSignal(ctx, err))
				}
				if ctx.Err() != nil {
					break
				}
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().StringVar(&f.profile, "profile", "", "AWS `profile` that the run had (default: as the AWS CLI finds credentials)")
	cmd.Flags().StringVar(&f.results, "results", "", "folder to find journals in (default: results beside cdk.json, or here)")
	return cmd
}

// restoreFile puts back what one journal names, as far as that goes.
func (f *runFlags) restoreFile(ctx context.Context, file string, out io.Writer) error {
	j, err := recycle.OpenJournal(file)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: run %s of %s\n", printable(near(file)), j.Run(), j.Started().Format(time.DateTime))
	var errs []error
	for _, u := range j.Unfinished() {
		if err := f.restoreTarget(ctx, u, out); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 {
		fmt.Fprintln(out, "  done; the journal is removed")
	}
	return errors.Join(append(errs, j.Close())...)
}

// foreignError is of an endpoint, which an executor had, and where something else
// answers.
type foreignError struct {
	endpoint string
	err      error
}

func (e *foreignError) Error() string {
	return fmt.Sprintf("what answers at %s is no AWS API: %v", e.endpoint, e.err)
}

func (e *foreignError) Unwrap() error { return e.err }

func (f *runFlags) restoreTarget(ctx context.Context, u *recycle.Unfinished, out io.Writer) error {
	t, err := target.At(ctx, u.Target, u.Endpoint, f.profile)
	if err != nil {
		return err
	}
	did, err := u.Restore(ctx, t)
	if u.Endpoint != "" && target.Foreign(err) {
		err = &foreignError{u.Endpoint, err}
	}
	text := strings.Join(did.Done, "; ")
	switch {
	case did.Gone:
		text = fmt.Sprintf("the local executor at %s has ended, and with it all that the run changed", u.Endpoint)
	case text == "" && err == nil:
		text = "nothing of the run's is there"
	case text == "":
		text = "nothing was put back"
	}
	fmt.Fprintf(out, "  %s: %s\n", printable(u.String()), printable(text))
	for _, what := range did.Theirs {
		fmt.Fprintf(out, "  %s: somebody else's, and left as it is: %s\n", printable(u.String()), printable(what))
	}
	return err
}
