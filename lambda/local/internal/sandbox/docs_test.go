package sandbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local/internal/docs"
)

// The table of the Runtime API in the docs is the one that is tested.
func TestDocsHaveTheRules(t *testing.T) {
	const head = "| A runtime | is answered | source |\n| --- | --- | --- |"
	rows := ""
	for _, c := range append(apiRules(), extensionRules()...) {
		var statuses []string
		for _, step := range c.steps {
			if step != give {
				status, _, _ := strings.Cut(step[1], " ")
				statuses = append(statuses, status)
			}
		}
		rows += fmt.Sprintf("\n| %s | %s | %s |", c.rule, strings.Join(statuses, ", "), c.source)
	}
	docs.Hold(t, "local-executor.md", head, "\n\n", rows)
}
