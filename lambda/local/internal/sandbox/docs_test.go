package sandbox

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of docs/local-executor.md again")

// The table of the Runtime API in the docs is the one that is tested.
func TestDocsHaveTheRules(t *testing.T) {
	const file, head = "../../../../docs/local-executor.md", "| A runtime | is answered | source |\n| --- | --- | --- |\n"
	var b strings.Builder
	b.WriteString(head)
	for _, c := range apiRules() {
		var statuses []string
		for _, step := range c.steps {
			if step != give {
				status, _, _ := strings.Cut(step[1], " ")
				statuses = append(statuses, status)
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.rule, strings.Join(statuses, ", "), c.source)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), head)
	_, after, _ := strings.Cut(rest, "\n\n")
	switch got := before + b.String() + "\n" + after; {
	case !ok:
		t.Errorf("%s has no table that begins with\n%s", file, head)
	case got == string(data):
	case *update:
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the Runtime API's table in %s is not the tests'; -update writes it", file)
	}
}
