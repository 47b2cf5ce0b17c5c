package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// TestAgainst measures a work tree against the commit before it, by turns: work
// in init makes it slower, and nothing of the comparison is left behind.
func TestAgainst(t *testing.T) {
	setup(t)
	dir := filepath.Join(t.TempDir(), "app")
	if err := os.CopyFS(dir, os.DirFS(shared.app)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "lambda", "health", "main.go")
	slow := append(readFile(t, file), "\nfunc init() { time.Sleep(30 * time.Millisecond) }\n"...)
	slow = bytes.Replace(slow, []byte("import (\n"), []byte("import (\n\t\"time\"\n"), 1)
	if err := os.WriteFile(file, slow, 0o644); err != nil {
		t.Fatal(err)
	}
	results := filepath.Join(t.TempDir(), "results")
	temp := t.TempDir()
	out := run(t, dir, []string{"TMPDIR=" + temp}, shared.command, "run", "--against", "HEAD", "--rounds", "8", "--warm", "0", "--results", results)
	if out.code != exitSlower || !strings.Contains(out.stdout, "Coldcrank/Health against HEAD is slower: Init Duration +") {
		t.Fatalf("exit code %d, and it said\n%s%s", out.code, out.stdout, out.stderr)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v (%v)", left, err)
	}
	if trees := must(t, run(t, dir, nil, "git", "worktree", "list")).stdout; strings.Count(trees, "\n") != 1 {
		t.Errorf("work trees\n%s", trees)
	}
	r := readRun(t, one(t, filepath.Join(results, "*.jsonl")))
	old, new := r.Header.Targets[0], r.Header.Targets[1]
	if old.Key != "Coldcrank/Health@HEAD" || new.Against != old.Key || old.DeploymentID == new.DeploymentID || *old.Dirty || !*new.Dirty || old.Commit != new.Commit {
		t.Errorf("tags\n%+v\n%+v", old, new)
	}
	// The file says the same by itself, and show shows both.
	if again := run(t, dir, nil, shared.command, "compare", r.File); again.code != exitSlower || !strings.Contains(again.stdout, "against HEAD is slower") {
		t.Errorf("compare: exit code %d\n%s%s", again.code, again.stdout, again.stderr)
	}
	if bad := run(t, dir, nil, shared.command, "run", "--against", "nobody"); bad.code != exitFailed || !strings.Contains(bad.stderr, `git ref "nobody": there is no such commit here`) || !strings.Contains(bad.stderr, "hint: ") {
		t.Errorf("an unknown ref: exit code %d\n%s", bad.code, bad.stderr)
	}
}

// TestAgainstDeployed measures what two outputs files describe by turns, as two
// deployed stacks are, and puts both back.
func TestAgainstDeployed(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs functions")
	}
	old, new := startPlant(t), startPlant(t)
	states := []string{old.state(t), new.state(t)}
	results := filepath.Join(t.TempDir(), "results")
	out := runIn(t, t.TempDir(), awsEnv(t, new.executor.Endpoint()), command(t), "run", "--outputs", new.outputs(t, new.executor.Endpoint()),
		"--against", old.outputs(t, old.executor.Endpoint()), "--rounds", "6", "--burst", "3", "--warm", "0", "--results", results)
	if out.code == exitFailed || !strings.Contains(out.stdout, "Tiny/Hello against outputs.json") || !strings.Contains(out.stderr, putBack) {
		t.Fatalf("exit code %d, and it said\n%s%s", out.code, out.stdout, out.stderr)
	}
	for i, p := range []*plant{old, new} {
		p.asBefore(t, states[i])
	}
	r := readRun(t, one(t, filepath.Join(results, "*.jsonl")))
	base, head := r.Header.Targets[0].Key, r.Header.Targets[1].Key
	if head != "Tiny/Hello" || base != "Tiny/Hello@outputs.json" || r.Header.Targets[1].Against != base {
		t.Errorf("targets %s and %s, against %q", base, head, r.Header.Targets[1].Against)
	}
	// Each round has a burst of both, and the first turn changes from round to round.
	first := map[int]string{}
	sent := map[int]int64{}
	cold := map[string]int{}
	for _, s := range r.Samples {
		if s.Outcome == dataset.Cold {
			cold[s.Target]++
		}
		if s.SentNS != nil && (first[s.Round] == "" || *s.SentNS < sent[s.Round]) {
			first[s.Round], sent[s.Round] = s.Target, *s.SentNS
		}
	}
	for round := 1; round <= 6; round++ {
		if want := []string{head, base}[round%2]; first[round] != want {
			t.Errorf("round %d begins with %s, want %s", round, first[round], want)
		}
	}
	if cold[base] != 18 || cold[head] != 18 {
		t.Errorf("%v cold starts, want 18 of each", cold)
	}
}

// TestUntil ends a run when its interval is narrow enough, which is long before
// the most that it may take.
func TestUntil(t *testing.T) {
	setup(t)
	results := filepath.Join(t.TempDir(), "results")
	out := run(t, shared.app, nil, shared.command, "run", "--no-build", "--until", "±90%", "--warm", "0", "--results", results)
	r := readRun(t, one(t, filepath.Join(results, "*.jsonl")))
	if out.code != exitOK || r.Header.Rounds != mostRounds || r.End == nil || r.End.RoundsDone >= mostRounds || r.End.Interrupted {
		t.Errorf("exit code %d, %+v of %d rounds\n%s", out.code, r.End, r.Header.Rounds, out.stderr)
	}
	if n := r.End.RoundsDone * r.Header.Burst; len(r.Samples) != n || r.Samples[n-1].Outcome != dataset.Cold {
		t.Errorf("%d samples of %d rounds", len(r.Samples), r.End.RoundsDone)
	}
}
