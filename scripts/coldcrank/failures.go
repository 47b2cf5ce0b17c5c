package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// failureLines is how much of a failed invocation's log is shown.
const failureLines = 12

// printFailures shows why functions failed on the local executor: for each the
// first invocation that did, with the end of its log, which is kept nowhere.
func printFailures(w io.Writer, failures []local.Failure) {
	shown := map[string]bool{}
	for _, f := range failures {
		if shown[f.Function] {
			continue // the same function in another version
		}
		shown[f.Function] = true
		fmt.Fprintf(w, "%s failed: %s\n", printable(f.Function), printable(strings.TrimSpace(f.ErrorType+" "+f.Message)))
		lines := strings.Split(strings.TrimSpace(f.Log), "\n")
		for _, line := range lines[max(0, len(lines)-failureLines):] {
			fmt.Fprintf(w, "    %s\n", printable(line))
		}
	}
}

// printEvictions warns where environments were to start from the disk and did not
// wholly.
func printEvictions(w io.Writer, starts, partial int) {
	if partial > 0 {
		fmt.Fprintf(w, "coldcrank: warning: page cache: %d of %s had pages of their files in memory\n", partial, counted(starts, "start"))
	}
}
