package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/dial"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

// The sizes that Lambda has ("Configure Lambda function memory" of the Lambda Developer
// Guide).
const (
	leastMemoryMB = 128
	mostMemoryMB  = 10_240
)

// memorySizes is a flag: MB, separated by commas. What sizes there are, checkMemory
// knows.
type memorySizes []int

func (m *memorySizes) Set(text string) error {
	if text == "" {
		return nil
	}
	for field := range strings.SplitSeq(text, ",") {
		mb, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil {
			return fmt.Errorf("%q is no whole number of MB, such as 128,512,1769", field)
		}
		*m = append(*m, mb)
	}
	return nil
}

func (m *memorySizes) String() string {
	return strings.Join(strings.Fields(strings.Trim(fmt.Sprint([]int(*m)), "[]")), ",")
}

func (m *memorySizes) Type() string { return "ints" }

// limit is a flag: a time above 0. Without the flag it is 0.
type limit time.Duration

func (l *limit) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return errors.New("not a time above 0 with a unit, such as 40ms")
	}
	*l = limit(d)
	return nil
}

func (l *limit) String() string {
	if *l == 0 {
		return ""
	}
	return time.Duration(*l).String()
}

func (l *limit) Type() string { return "duration" }

// checkMemory reads the flag of the memory dial.
func (f *runFlags) checkMemory(cmd *cobra.Command) error {
	if _, err := f.dial.options(); err != nil {
		return err
	}
	if !cmd.Flags().Changed("memory") {
		if cmd.Flags().Changed("cold-share") || cmd.Flags().Changed("target-p99") {
			return usagef("--cold-share and --target-p99 are of the memory dial: --memory names its sizes")
		}
		return nil
	}
	for i, mb := range f.memory {
		switch {
		case mb < leastMemoryMB || mb > mostMemoryMB:
			return usagef("--memory %d: Lambda has %d to %d MB", mb, leastMemoryMB, mostMemoryMB)
		case slices.Contains(f.memory[:i], mb):
			return usagef("--memory: %d MB stands twice", mb)
		}
	}
	switch {
	case len(f.memory) == 0:
		return usagef("--memory is empty: give sizes in MB, such as 128,512,1769")
	case f.against != "":
		return usagef("--memory and --against are two questions: ask them in two runs")
	case f.load != "":
		return usagef("--memory measures cold starts and the warm requests of --warm: leave --load out")
	}
	return nil
}

// dialled has each target measured with each memory size of the dial, by turns.
func (f *runFlags) dialled(order []turn) []turn {
	if f.memory == nil {
		return order
	}
	var list []turn
	for _, t := range order {
		for _, mb := range f.memory {
			with := t
			with.Target = t.With(mb)
			list = append(list, with)
		}
	}
	return list
}

// dialFlags say what is asked of a run that has turned the memory dial.
type dialFlags struct {
	coldShare string
	targetP99 limit
}

func (f *dialFlags) define(flags *pflag.FlagSet) {
	flags.StringVar(&f.coldShare, "cold-share", "1%", "of --memory: the `share` of requests that is cold")
	flags.Var(&f.targetP99, "target-p99", "of --memory: name the cheapest size whose p99 is at most this `time`, such as 40ms")
}

func (f *dialFlags) options() (dial.Options, error) {
	o := dial.Options{ColdShare: dial.DefaultColdShare, TargetP99: time.Duration(f.targetP99)}
	if f.coldShare == "" { // of a command without the flag
		return o, nil
	}
	var err error
	o.ColdShare, err = shareOf("cold-share", f.coldShare)
	return o, err
}

// sheetsOf are the memory dials of a run.
func sheetsOf(run *dataset.Run, o dial.Options) []sheet.Sheet {
	var sheets []sheet.Sheet
	for _, d := range dial.Of(run, o) {
		sheets = append(sheets, d.Sheet())
	}
	return sheets
}

// showDials writes the memory dials of a run below what else it has found.
func showDials(w io.Writer, run *dataset.Run, o dial.Options, t render.TableOptions) error {
	sheets := sheetsOf(run, o)
	if sheets == nil {
		return nil
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	return render.Sheets(w, "", sheets, t)
}
