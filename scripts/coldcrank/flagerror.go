package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagError is a flag that a command does not have, or that it cannot read.
type flagError struct {
	err  error
	hint string
}

func (e *flagError) Error() string { return e.err.Error() }
func (e *flagError) Unwrap() error { return e.err }

// atFlag gives an error of reading a command's flags its hint.
func atFlag(cmd *cobra.Command, err error) error {
	root, name, _ := strings.Cut(cmd.CommandPath(), " ")
	help := "`" + strings.TrimSpace(root+" help "+name) + "` shows the flags"
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok && unknown.GetSpecifiedShortnames() == "" {
		if flag := nearest(unknown.GetSpecifiedName(), cmd.Flags()); flag != "" {
			help = "--" + flag + " is the nearest; " + help
		}
	}
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok && bad.GetFlag().Value.Type() == "duration" {
		help = "a time has a unit, as 10s or 2m; " + help
	}
	return &flagError{err, help}
}

// farthest is how many letters may be wrong in a name for which another is proposed.
const farthest = 2

// nearest is the flag whose name has the fewest letters that differ, else the only one
// that begins with the name, else empty.
func nearest(name string, flags *pflag.FlagSet) string {
	best, fewest := "", farthest+1
	var longer []string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		if d := differing(name, f.Name); d < fewest && d < len(name) {
			best, fewest = f.Name, d
		}
		if strings.HasPrefix(f.Name, name) {
			longer = append(longer, f.Name)
		}
	})
	if best == "" && len(longer) == 1 {
		return longer[0]
	}
	return best
}

// differing is the Levenshtein distance, in bytes: flags are ASCII.
func differing(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := slices.Clone(row)
		row[0] = i + 1
		for j := range len(b) {
			swap := before[j]
			if a[i] != b[j] {
				swap++
			}
			row[j+1] = min(swap, before[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument, and %q is one", cmd.Name(), args[0])
	}
	return nil
}
