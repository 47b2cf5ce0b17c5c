package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// preflight says what stands in the run's way, all of it, and whose account it
// is. Its error is an exitError where a finding forbids the run.
func preflight(ctx context.Context, talk io.Writer, found []*target.Target, need target.Need) ([]target.Account, error) {
	accounts, findings := target.Preflight(ctx, found, need)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for _, a := range accounts {
		if !a.Local {
			fmt.Fprintf(talk, "AWS account %s in %s, as %s\n", printable(a.ID), printable(a.Region), printable(a.Caller))
		}
	}
	forbidden := false
	for _, f := range findings {
		level := "warning"
		if f.Level == target.Error {
			level, forbidden = "error", true
		}
		fmt.Fprintf(talk, "coldcrank: %s: %s: %s\n", level, printable(f.Target), printable(f.Text))
		if f.Hint != "" {
			fmt.Fprintf(talk, "coldcrank: hint: %s\n", printable(f.Hint))
		}
	}
	if forbidden {
		fmt.Fprintln(talk, "nothing was changed")
		return nil, exitError{exitFailed}
	}
	return accounts, nil
}

// errNotConfirmed ends a run that nobody wants.
var errNotConfirmed = errors.New("not confirmed: nothing was changed")

// confirm asks whether the account is the right one, where a run is on AWS.
func (f *runFlags) confirm(ctx context.Context, cmd *cobra.Command, header dataset.Header, accounts []target.Account) error {
	if f.yes || header.Executor != dataset.ExecutorAWS {
		return nil
	}
	in := cmd.InOrStdin()
	file, ok := in.(*os.File)
	_, seen := terminalOf(cmd.ErrOrStderr())
	if !ok || !seen || !term.IsTerminal(int(file.Fd())) {
		return usagef("a run on AWS changes functions there for its time, and nobody can be asked here: --yes says that account and Region are the right ones")
	}
	var places []string
	for _, a := range accounts {
		places = append(places, a.ID+" in "+a.Region)
	}
	question := fmt.Sprintf("Measure %s in account %s for about %s? [y/N] ",
		counted(len(header.Targets), "target"), strings.Join(places, ", "), price.Format(plannedUSD(header)))
	yes, err := ask(ctx, in, cmd.ErrOrStderr(), printable(question))
	if err == nil && !yes {
		err = errNotConfirmed
	}
	return err
}

// ask puts a question and reads the line that answers it.
func ask(ctx context.Context, in io.Reader, talk io.Writer, question string) (yes bool, err error) {
	fmt.Fprint(talk, question)
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer, 1)
	go func() { // a signal must end the command although nobody answers
		line, err := bufio.NewReader(in).ReadString('\n')
		answers <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		return false, context.Cause(ctx)
	case a := <-answers:
		if a.err != nil && a.err != io.EOF {
			return false, fmt.Errorf("read the answer: %w", a.err)
		}
		return slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(a.line))), nil
	}
}

// counted is a number of things, in the right grammatical number.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
