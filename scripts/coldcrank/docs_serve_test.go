package main

import (
	"regexp"
	"strings"
	"testing"
)

// TestDocsServe holds the section on serve against the command: its commands are ones
// that coldcrank takes, and what it shows is what serve prints.
func TestDocsServe(t *testing.T) {
	page := string(readFile(t, "..", "..", "docs", "local-executor.md"))
	_, section, ok := strings.Cut(page, "\n## coldcrank serve\n")
	section, _, _ = strings.Cut(section, "\n## ")
	if !ok {
		t.Fatal("no section on serve")
	}
	seen := map[string]bool{}
	for _, c := range commandsOf(section) {
		if c[0] == "coldcrank" {
			seen[taken(t, strings.Join(c, " "), c[1:])] = true
		}
	}
	if !seen["serve"] || !seen["run"] {
		t.Errorf("commands: %v, want serve and run", seen)
	}
	for _, flag := range regexp.MustCompile("`(--[a-z-]+)[^`]*`").FindAllStringSubmatch(section, -1) {
		if newServe().Flags().Lookup(strings.TrimPrefix(flag[1], "--")) == nil {
			t.Errorf("serve has no flag %s", flag[1])
		}
	}

	needsNode(t)
	s := startServe(t, command(t), servedScript(t, "echo hello"))
	s.press(t, "q")
	<-s.ended
	// The lines of the example, with other names and numbers.
	names := regexp.MustCompile(`\S+/\S+|\d+`)
	said := names.ReplaceAllString(s.stderr.String(), "…")
	_, example, _ := strings.Cut(section, "$ coldcrank serve\n")
	example, _, ok = strings.Cut(example, "\n2026")
	if !ok {
		t.Fatal("no example with log events")
	}
	for line := range strings.Lines(names.ReplaceAllString(example, "…")) {
		if !strings.Contains(said, strings.TrimSuffix(line, "\n")) {
			t.Errorf("serve does not print %q, but\n%s", line, said)
		}
	}
}
