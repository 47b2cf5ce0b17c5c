package local_test

import (
	"fmt"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local/internal/docs"
)

// The table of what a function should not do is the one of TestTorture.
func TestDocsHaveTheTorments(t *testing.T) {
	const head = "| What a function does | HTTP API | Invoke | source |\n| --- | --- | --- | --- |"
	rows := ""
	for _, c := range torments {
		invoke := "200"
		if c.payload != "" {
			invoke = "`" + c.payload + "`"
		}
		rows += fmt.Sprintf("\n| %s | %d | %s | %s |", c.name, c.status, invoke, c.source)
	}
	docs.Hold(t, "local-executor.md", head, "\n\n", rows)
}
