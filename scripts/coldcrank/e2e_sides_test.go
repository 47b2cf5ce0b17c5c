package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/review"
)

// TestReviewSides reviews what cannot be compared: a side without the app, without a
// benchmark API, or with an app that does not build. The apps are cloud assemblies
// in folders, which cdk.json may name in place of a command.
func TestReviewSides(t *testing.T) {
	setup(t)
	program := cdkCLI(t)
	api := filepath.Join(shared.app, ".coldcrank", "assembly")
	none := filepath.Join(t.TempDir(), "none")
	if err := os.Mkdir(none, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(none, "manifest.json"), `{"version":"36.0.0","artifacts":{"Plain":{"type":"aws:cloudformation:stack","environment":"aws://unknown-account/unknown-region","properties":{"templateFile":"Plain.template.json"}}}}`)
	write(t, filepath.Join(none, "Plain.template.json"), `{"Resources":{"Logs":{"Type":"AWS::Logs::LogGroup"}}}`)

	for _, test := range []struct {
		name, base, head string
		code             int
		state            review.State
		stack            app.StackState
		says             string // on stderr
	}{
		{"no app before", "", api, exitOK, review.StateNew, app.StackNew, "nothing to compare with: git ref \"main~1\": it has no cdk.json in ."},
		{"no benchmark API before", none, api, exitOK, review.StateNew, app.StackNew, ""},
		{"none any more", api, none, exitOK, review.StateRemoved, app.StackNew, ""},
		{"none at all", none, none, exitFailed, "", "", "no target in the outputs\ncoldcrank: hint: the stack needs a benchmark API"},
		{"a base that does not build", "echo mend me >&2; exit 1", api, exitFailed, "", "", "mend me\ncoldcrank: error: base main~1: synth: echo mend me >&2; exit 1: exit status 1\ncoldcrank: hint: the base is built as its commit has it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := assemblies(t, test.base, test.head)
			out := run(t, dir, nil, shared.command, "review", "--base", "main~1", "--cdk", program, "--format", "json")
			if out.code != test.code || !strings.Contains(out.stderr, test.says) {
				t.Fatalf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
			}
			if out.code != exitOK {
				return
			}
			var r review.Review
			if err := json.Unmarshal([]byte(out.stdout), &r); err != nil {
				t.Fatal(err)
			}
			if r.Verdict != review.NotCompared || len(r.Targets) != 1 || r.Targets[0].Key != "Coldcrank/Health" || r.Targets[0].State != test.state || r.DiffError != "" || r.Dirty {
				t.Errorf("got %+v", r)
			}
			if got := r.Stacks[0].State; got != test.stack && got != app.StackRemoved {
				t.Errorf("stack %+v", r.Stacks[0])
			}
			text := run(t, dir, nil, shared.command, "review", "--base", "main~1", "--cdk", "no such program").stdout
			if !strings.Contains(text, "## Cold start: not compared") || !strings.Contains(text, "executable ") || !strings.Contains(text, "The diff was left out: exec: ") {
				t.Errorf("it says\n%s", text)
			}
		})
	}

	t.Run("another name and memory", func(t *testing.T) {
		dir := assemblies(t, api, api)
		renamed := filepath.Join(dir, "assembly", "Coldcrank.template.json")
		text := string(readFile(t, renamed))
		for from, to := range map[string]string{
			`"Health(FunctionName|Alias|Version|FunctionLogs|DeploymentId|MemorySize|Architecture|Region|Url|Route|AccessLogs|Auth)": {`: `"Sanity$1": {`,
			`"MemorySize": 512`: `"MemorySize": 1024`, `"Value": "512"`: `"Value": "1024"`,
			`(DeploymentId": {\s+"Value": ")[0-9a-f]{4}`: `${1}ffff`,
		} {
			changed := regexp.MustCompile(from).ReplaceAllString(text, to)
			if changed == text {
				t.Fatalf("no %s in\n%s", from, text)
			}
			text = changed
		}
		write(t, renamed, text)
		out := run(t, dir, nil, shared.command, "review", "--base", "HEAD", "--cdk", program, "--rounds", "4", "--warm", "0", "--results", t.TempDir())
		for _, want := range []string{"### Coldcrank/Sanity\n\nIt was Coldcrank/Health.", "memory differs too, and moves the numbers: 512 MB and 1024 MB", "and changes"} {
			if out.code == exitFailed || !strings.Contains(out.stdout, want) {
				t.Errorf("exit code %d, no %q in\n%s%s", out.code, want, out.stdout, out.stderr)
			}
		}
	})
}

// assemblies is a repository with two commits, of each of which the CDK app is made: a
// cloud assembly in a folder, or else a command; empty for no app. Nothing of it needs
// to be synthesized.
func assemblies(t *testing.T, base, head string) string {
	t.Helper()
	dir := t.TempDir()
	gitIn(t, dir, "init", "-q", "-b", "main")
	write(t, filepath.Join(dir, ".gitignore"), ".coldcrank/\n")
	for _, side := range []string{base, head} {
		if err := os.RemoveAll(filepath.Join(dir, "assembly")); err != nil {
			t.Fatal(err)
		}
		if side != "" {
			command := "assembly"
			if filepath.IsAbs(side) {
				if err := os.CopyFS(filepath.Join(dir, "assembly"), os.DirFS(side)); err != nil { // executables stay so
					t.Fatal(err)
				}
			} else {
				command = side
			}
			write(t, filepath.Join(dir, "cdk.json"), `{"app": "`+command+`"}`)
		}
		gitIn(t, dir, "add", ".")
		gitIn(t, dir, "commit", "-q", "--allow-empty", "-m", "a side")
	}
	return dir
}
