package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestFormatsPage runs every console of docs/formats.md, in its order, and compares
// what it prints with what stands there.
func TestFormatsPage(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command and benchstat")
	}
	if _, err := exec.LookPath("python3"); err != nil {
		missing(t, "Python is one of the readers: %v", err)
	}
	name := filepath.Join("..", "..", "docs", "formats.md")
	page := string(readFile(t, name))
	dir := t.TempDir()
	for program, from := range map[string]string{"coldcrank": ".", "benchstat": "golang.org/x/perf/cmd/benchstat"} {
		must(t, run(t, ".", nil, "go", "build", "-o", filepath.Join(dir, "bin", program), from))
	}
	results := filepath.Join(dir, "results")
	if err := os.Mkdir(results, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, of := range []struct {
		deployment string
		init       time.Duration
	}{
		{"3f9a2c1e5b7d4a60918273645a5b6c7d", 18 * time.Millisecond}, {"3f9a2c1e5b7d4a60918273645a5b6c7d", 18 * time.Millisecond},
		{"c04dd0ce5b7d4a60918273645a5b6c7d", 23 * time.Millisecond}, {"c04dd0ce5b7d4a60918273645a5b6c7d", 23 * time.Millisecond},
	} {
		store(t, results, measuredRun(i+1, of.deployment, of.init))
	}

	env := append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	console := regexp.MustCompile("(?s)```console\n(.*?)```")
	seen := map[string]bool{}
	got := console.ReplaceAllStringFunc(page, func(block string) string {
		var b strings.Builder
		for line := range strings.Lines(console.FindStringSubmatch(block)[1]) {
			command, ok := strings.CutPrefix(line, "$ ")
			if !ok {
				continue
			}
			if m := regexp.MustCompile(`--format (\S+)`).FindStringSubmatch(command); m != nil {
				seen[m[1]] = true
			}
			b.WriteString(line)
			b.WriteString(must(t, runIn(t, dir, env, "sh", "-c", command)).stdout)
		}
		return "```console\n" + b.String() + "```"
	})
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != page {
		t.Errorf("docs/formats.md is not what the commands print (-update writes it); got:\n%s", got)
	}
	for _, format := range showFormatNames {
		if format != "table" && !seen[format] {
			t.Errorf("no command shows --format %s", format)
		}
	}
	version := regexp.MustCompile(`(?m)^\s+golang\.org/x/perf (\S+)`).FindSubmatch(readFile(t, "..", "..", "go.mod"))
	if version == nil || !strings.Contains(page, "benchstat@"+string(version[1])+"`") {
		t.Errorf("the page names another benchstat than go.mod: %s", version)
	}
}
