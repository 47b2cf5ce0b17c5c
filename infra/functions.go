package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// function is one that the stack can have a benchmark API in front of.
type function struct {
	name  string // in the context
	id    string // of the construct
	entry string
	// ldflags are the linker's; empty for the construct's own.
	ldflags string
}

// known are the functions of this repository.
var known = []function{
	{name: "health", id: "Health"}, // the construct's own
	{
		name: "floor", id: "Floor", entry: "github.com/coldcrank/coldcrank/lambda/floor",
		ldflags: "-s -w -buildid= -E=coldcrank_entry", // lambda/ric/entry
	},
}

// functions are those that a value of coldcrank:function names, one or several
// with commas.
func functions(names string) ([]function, error) {
	var chosen []function
	for name := range strings.SplitSeq(cmp.Or(names, "health"), ",") {
		i := slices.IndexFunc(known, func(f function) bool { return f.name == name })
		if i < 0 || slices.Contains(chosen, known[i]) {
			return nil, fmt.Errorf("context coldcrank:function=%s: give health, floor, or health,floor for both", names)
		}
		chosen = append(chosen, known[i])
	}
	return chosen, nil
}
