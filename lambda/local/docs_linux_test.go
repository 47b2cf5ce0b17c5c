package local_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of docs/local-executor.md again")

// The table of what a function should not do is the one of TestTorture.
func TestDocsHaveTheTorments(t *testing.T) {
	const file, head = "../../docs/local-executor.md", "| What a function does | HTTP API | Invoke | source |\n| --- | --- | --- | --- |\n"
	var b strings.Builder
	b.WriteString(head)
	for _, c := range torments {
		invoke := "200"
		if c.payload != "" {
			invoke = "`" + c.payload + "`"
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %s |\n", c.name, c.status, invoke, c.source)
	}
	data, err := os.ReadFile(file)
	check(t, err)
	before, rest, ok := strings.Cut(string(data), head)
	_, after, _ := strings.Cut(rest, "\n\n")
	switch got := before + b.String() + "\n" + after; {
	case !ok:
		t.Errorf("%s has no table that begins with\n%s", file, head)
	case got == string(data):
	case *update:
		check(t, os.WriteFile(file, []byte(got), 0o644))
	default:
		t.Errorf("the table in %s is not the test's; -update writes it", file)
	}
}
