package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/review"
)

// TestDocsReview holds docs/review.md against the command: each command of its consoles
// and workflows is one that it takes, and the example is what a review looks like.
func TestDocsReview(t *testing.T) {
	page := string(readFile(t, "..", "..", "docs", "review.md"))
	commands := regexp.MustCompile(`(?m)go tool coldcrank .+?(\\\n.+?)*(?:$|\x60|\|\|)`).FindAllString(page, -1)
	if len(commands) < 7 {
		t.Errorf("only %d commands: %q", len(commands), commands)
	}
	for _, line := range commands {
		line = strings.NewReplacer("\\\n", " ", "`", "", "||", "", `${UNTIL:+--until "$UNTIL"}`, "--until 2%", `"$THRESHOLD"`, "5%", `"`, "").Replace(line)
		taken(t, line, strings.Fields(line)[3:])
	}
	if !strings.Contains(page, "aws-cdk@"+cdkVersion+"\n") {
		t.Errorf("it does not install aws-cdk@%s", cdkVersion)
	}

	_, example, _ := strings.Cut(page, "````markdown\n")
	example, _, ok := strings.Cut(example, "````\n")
	if !ok || !strings.HasPrefix(example, review.Marker+"\n## Cold start: slower\n") {
		t.Fatalf("the example is %.200s", example)
	}
	golden := string(readFile(t, "..", "internal", "review", "testdata", "review.md"))
	for _, line := range strings.Split(golden, "\n")[:40] {
		// Headings and the first cells are the same; numbers and names are not.
		form := regexp.MustCompile(`^(\| (?:[A-Za-z][a-z, A-Z]*|module|\s?|all modules: .+?) \||##+ \w+|Reproduce: )`).FindString(line)
		if form != "" && !slices.ContainsFunc(strings.Split(example, "\n"), func(l string) bool { return strings.HasPrefix(l, form) }) {
			t.Errorf("the example has no line that begins with %q", form)
		}
	}
	for code, means := range map[string]string{"0": "not slower", "1": "slower", "2": "the review failed", "3": "inconclusive"} {
		if !regexp.MustCompile(`(?m)^\| ` + code + ` \| ` + means).MatchString(page) {
			t.Errorf("exit code %s is not %q", code, means)
		}
	}
}
