package main

import (
	"slices"

	"github.com/spf13/cobra"
)

// The sizes that Lambda has ("Configure Lambda function memory" of the Lambda Developer
// Guide).
const (
	leastMemoryMB = 128
	mostMemoryMB  = 10_240
)

// checkMemory reads the flag of the memory dial.
func (f *runFlags) checkMemory(cmd *cobra.Command) error {
	if !cmd.Flags().Changed("memory") {
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
