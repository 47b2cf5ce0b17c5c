// Simulate plants known changes into real and invented cold starts, lets
// stats.Compare judge them, and prints how often it errs: the tables of
// docs/verdict.md.
//
//	go run ./scripts/simulate --data lambda-perf-2025.csv
//
// The same seed gives the same tables. Exit code: 0, 1 where a requirement does not
// hold, 2 where nothing could be simulated.
package main

import (
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/pflag"
)

const threshold = 0.05

// The size of a run as coldcrank makes it by default: 100 cold starts a side.
const (
	rounds = 20
	burst  = 5
)

func main() {
	data := pflag.String("data", "", "cold starts by function and day, `file`")
	simulations := pflag.Int("simulations", 2000, "runs simulated for each line of a table")
	seed := pflag.Uint64("seed", 1, "of the random numbers")
	pflag.Parse()
	if *data == "" || *simulations < 1 || pflag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: simulate --data FILE [--simulations N] [--seed N]")
		os.Exit(2)
	}
	functions, leftOut, err := readFile(*data)
	var unmet []string
	if err == nil {
		fmt.Fprintln(os.Stderr, leftOut)
		unmet, err = print(os.Stdout, simulator{*simulations, *seed, runtime.GOMAXPROCS(0)}, functions)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(2)
	}
	for _, what := range unmet {
		fmt.Fprintln(os.Stderr, "simulate: does not hold:", what)
	}
	if unmet != nil {
		os.Exit(1)
	}
}
