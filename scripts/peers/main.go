// Peers measures coldcrank's sender and its local executor beside what others
// wrote, in one run, and prints the table of docs/peers.md.
//
//	go run ./scripts/peers --rie FOLDER [--repeat N] [--only a,b] [--out FILE]
//
// The peers are built from their registries into the user's cache. Each repetition
// has every contestant once, by turns. Everything stays on loopback and ends with
// the command. Exit code: 0, 1 where something that must hold does not, 2 where
// nothing could be measured.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/coldcrank/coldcrank/scripts/peers/internal/child"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/program"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/table"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/tool"
)

func main() {
	if role := os.Getenv(child.RoleVariable); role != "" {
		if err := play(role, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintf(os.Stderr, "peers: %s: %v\n", role, err)
			os.Exit(2)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	unmet, err := exec(ctx, os.Args[1:], full, os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, pflag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "peers: error:", err)
		os.Exit(2)
	case unmet:
		os.Exit(1)
	}
}

// exec runs the command. unmet says that something that must hold does not.
func exec(ctx context.Context, args []string, s scale, stdout, stderr io.Writer) (unmet bool, err error) {
	flags := pflag.NewFlagSet("peers", pflag.ContinueOnError)
	flags.SetOutput(stderr)
	repeat := flags.Int("repeat", 11, "repetitions of each row")
	only := flags.StringSlice("only", names(), "`rows` to measure")
	known := append(slices.Clone(tool.Names), program.Axum)
	wanted := flags.StringSlice("peers", known, "`peers` to measure beside ours")
	emulator := flags.String("rie", "", "AWS's runtime interface emulator: its program, or a checkout to build, `path`")
	out := flags.String("out", "", "write the table to a `file` as well")
	results := flags.String("results", "", "write the functions' starts as a results file into a `folder`")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	if flags.NArg() > 0 || *repeat < 1 {
		return false, errors.New("usage: peers [--repeat N] [--only ROWS] [--peers NAMES] [--rie PATH] [--out FILE] [--results FOLDER]")
	}
	if *results != "" && !slices.Contains(*only, "functions") {
		return false, errors.New("--results is of the row functions: name it with --only")
	}
	for _, list := range []struct{ given, known []string }{{*only, names()}, {*wanted, known}} {
		for _, name := range list.given {
			if !slices.Contains(list.known, name) {
				return false, fmt.Errorf("%q is none of %s", name, strings.Join(list.known, ", "))
			}
		}
	}
	b, err := newBench(ctx, s, *repeat, stderr)
	if err != nil {
		return false, err
	}
	b.axum = slices.Contains(*wanted, program.Axum)
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.getTools(ctx, *wanted, *emulator); err != nil {
		return false, err
	}
	others := busy()
	var lines []table.Line
	for _, r := range rows {
		if !slices.Contains(*only, r.name) {
			continue
		}
		fmt.Fprintf(stderr, "%s: %d repetitions\n", r.name, *repeat)
		measured, err := r.measure(b, ctx)
		if err != nil {
			return false, fmt.Errorf("%s: %w", r.name, err)
		}
		lines = append(lines, measured...)
	}
	var document bytes.Buffer
	header(&document, args, others, b.tools)
	if slices.Contains(*only, "functions") {
		fmt.Fprintf(&document, "Functions: %s.\n\n", program.Versions(ctx))
	}
	if err := table.Write(&document, lines); err != nil {
		return false, err
	}
	if *out != "" {
		if err := os.WriteFile(filepath.Clean(*out), document.Bytes(), 0o644); err != nil {
			return false, err
		}
	}
	if *results != "" {
		name, err := writeResults(*results, b, b.built, args)
		if err != nil {
			return false, err
		}
		fmt.Fprintf(stderr, "results: %s\n", name)
	}
	_, err = stdout.Write(document.Bytes())
	return slices.ContainsFunc(lines, func(l table.Line) bool { return l.Holds() == table.No }), err
}
