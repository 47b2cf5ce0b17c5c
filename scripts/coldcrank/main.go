// Coldcrank measures the cold start of AWS Lambda functions that a CDK app
// deploys, and says whether a deployment changed it.
//
// Each subcommand answers one question; coldcrank --help lists them. Data goes
// to stdout, progress and talk to stderr.
//
// Exit codes: 0 measured, or not slower; 1 slower, failing, or over the budget of
// explain; 2 usage, or a run that failed; 3 inconclusive, too few cold starts, or logs
// missing.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitOK           = 0
	exitFailed       = 2
	exitInconclusive = 3
)

// exitError ends the command with another code than exitFailed. Its message
// has been printed.
type exitError struct{ code int }

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

func main() {
	os.Exit(execute(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// execute runs the command with the arguments that follow its name.
func execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var exit exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return exit.code
	}
	printError(stderr, err)
	return exitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "coldcrank",
		Short: "What is my Lambda's cold start, and did this deployment make it worse?",
		Long: `coldcrank measures the cold start of AWS Lambda functions that a CDK app deploys.

Without an AWS account it runs the real function of the real synthesized template
on this machine; with --outputs it measures what is deployed.`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(atFlag)
	root.AddCommand(newRun(), newServe(), newShow(), newCompare(), newReview(), newReport(), newExplain(), newRestore(), newPolicy())
	return root
}

// version is the module's version as the Go tool stamped it: of a release, or
// "(devel)" in a work tree.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	// As a tool of another module, coldcrank is a dependency of what runs.
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == modulePath {
			return m.Version
		}
	}
	return info.Main.Version
}

const modulePath = "github.com/coldcrank/coldcrank"
