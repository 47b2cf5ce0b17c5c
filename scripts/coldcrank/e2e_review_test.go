package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// TestReview reviews changes of this repository, as a reviewer meets them.
func TestReview(t *testing.T) {
	setup(t)
	program := cdkCLI(t)
	review := func(t *testing.T, dir string, args ...string) (render.Review, output) {
		t.Helper()
		args = append([]string{"review", "--base", "HEAD", "--cdk", program, "--warm", "5", "--results", filepath.Join(t.TempDir(), "results")}, args...)
		out := run(t, dir, nil, shared.command, append(args, "--format", "json")...)
		var r render.Review
		if err := json.Unmarshal([]byte(out.stdout), &r); err != nil || len(r.Targets) != 1 {
			t.Fatalf("exit code %d, %v in\n%s%s", out.code, err, out.stdout, out.stderr)
		}
		return r, out
	}
	branch := func(t *testing.T, file, from, to string) string {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "app")
		if err := os.CopyFS(dir, os.DirFS(shared.app)); err != nil {
			t.Fatal(err)
		}
		file = filepath.Join(dir, file)
		changed := bytes.Replace(readFile(t, file), []byte(from), []byte(to), 1)
		if err := os.WriteFile(file, changed, 0o644); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	const health = "lambda/health/main.go"

	t.Run("30 ms of work in init", func(t *testing.T) {
		dir := branch(t, health, "import (\n", "import (\n\t\"time\"\n")
		file := filepath.Join(dir, health)
		if err := os.WriteFile(file, append(readFile(t, file), "\nfunc init() { time.Sleep(30 * time.Millisecond) }\n"...), 0o644); err != nil {
			t.Fatal(err)
		}
		r, out := review(t, dir, "--rounds", "8")
		if out.code != exitSlower || r.Verdict != stats.Slower || r.Targets[0].Comparison.Measures[0].Verdict != stats.Slower {
			t.Errorf("exit code %d, verdict %q", out.code, r.Verdict)
		}
		if len(r.Stacks) != 1 || r.Stacks[0].State != app.StackChanged || r.DiffError != "" {
			t.Errorf("stacks %+v, %s", r.Stacks, r.DiffError)
		}
		if strings.Contains(r.Command, program) || !strings.HasPrefix(r.Command, "coldcrank review --base=HEAD") {
			t.Errorf("command %q", r.Command)
		}
		// The comment has the verdict, a plot, permissions or not, and the command.
		text := run(t, dir, nil, shared.command, "review", "--base", "HEAD", "--cdk", program, "--rounds", "8", "--warm", "0", "--results", t.TempDir()).stdout
		for _, want := range []string{render.ReviewMarker, "## Cold start: slower", "Coldcrank/Health against HEAD is slower: Init Duration +", "\nold  ", "| executable |", "| a million cold requests |", "### Template", "Reproduce: `coldcrank review --base=HEAD"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
	})

	t.Run("a large dependency that init does not use", func(t *testing.T) {
		dir := branch(t, health, "import (\n", "import (\n\tsdk \"github.com/aws/aws-sdk-go-v2/config\"\n")
		file := filepath.Join(dir, health)
		const handler = "Invoke(context.Context, []byte) ([]byte, error) {"
		text := strings.Replace(string(readFile(t, file)), handler, `Invoke(ctx context.Context, _ []byte) ([]byte, error) {
	if ctx == nil { // never: the linker does not know
		sdk.LoadDefaultConfig(ctx)
	}
	`, 1)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		r, out := review(t, dir, "--rounds", "6")
		if out.code == exitFailed {
			t.Fatalf("exit code %d\n%s", out.code, out.stderr)
		}
		one := r.Targets[0]
		grown := float64(one.New.ExecutableBytes - one.Old.ExecutableBytes)
		row := one.Comparison.Sizes[1]
		if row.Name != "executable" || float64(row.New-row.Old) != grown || grown < 1e6 {
			t.Errorf("size row %+v; the executable grew by %.0f bytes", row, grown)
		}
		named := false
		for _, m := range one.Modules {
			named = named || m.Path == "github.com/aws/aws-sdk-go-v2/config" && m.Old == "" && m.CodeBytes > 1e4
		}
		if !named {
			t.Errorf("the module is not named: %+v", one.Modules)
		}
	})

	t.Run("nothing", func(t *testing.T) {
		dir := branch(t, health, "x", "x")
		r, out := review(t, dir)
		if out.code != exitOK || r.Verdict != stats.NotSlower || r.Targets[0].Comparison != nil || r.Stacks[0].State != app.StackUnchanged {
			t.Errorf("exit code %d, %+v", out.code, r)
		}
		if _, again := review(t, dir); again.stdout != out.stdout {
			t.Errorf("a second review says\n%s\nthe first said\n%s", again.stdout, out.stdout)
		}
	})

	t.Run("the retention of a log", func(t *testing.T) {
		dir := branch(t, "infra/benchapi/props.go", "p.LogRetention, awslogs.RetentionDays_ONE_WEEK", "p.LogRetention, awslogs.RetentionDays_THREE_MONTHS")
		r, out := review(t, dir)
		if out.code != exitOK || r.Verdict != stats.NotSlower || r.Targets[0].Comparison != nil {
			t.Errorf("exit code %d, %+v", out.code, r)
		}
		if d := r.Stacks[0]; d.State != app.StackChanged || d.Security != "" || !strings.Contains(d.Text, "RetentionInDays") || !strings.Contains(d.Text, "[+] 90") {
			t.Errorf("diff %+v", d)
		}
	})
}
