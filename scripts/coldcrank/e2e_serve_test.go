package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/scripts/internal/recycle"
)

// TestE2EServe pokes at the app of this repository, changes it, breaks it, mends it,
// and measures it meanwhile.
func TestE2EServe(t *testing.T) {
	needsProc(t)
	setup(t)
	dir := filepath.Join(t.TempDir(), "served")
	if err := os.CopyFS(dir, os.DirFS(shared.app)); err != nil {
		t.Fatal(err)
	}
	// Of other tests, which kill what they start.
	if err := os.RemoveAll(filepath.Join(dir, ".coldcrank")); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, shared.command, dir)
	url := s.url(t, "Coldcrank/Health")
	first := targetOf(t, s.outputs(t)).DeploymentID

	if !s.cold(t, url) || s.cold(t, url) {
		t.Error("want the first request cold and the second warm")
	}
	s.press(t, "r")
	s.says(t, `recycled: 1 environment ended`)
	if !s.cold(t, url) || s.cold(t, url) {
		t.Error("after the key: want the first request cold and the second warm")
	}
	before := s.told("recycled: ")
	s.signal(t, syscall.SIGUSR1)
	s.says(t, `(?s)`+strings.Repeat("recycled: .*", before)+`recycled: 1 environment ended`)
	if !s.cold(t, url) {
		t.Error("after the signal: want the request cold")
	}

	t.Run("measured", func(t *testing.T) { measuredWhileRecycled(t, s) })
	t.Run("restored", func(t *testing.T) { restoredWhileServed(t, s, url) })
	t.Run("reloaded", func(t *testing.T) { reloadedWhileServed(t, s, url, first) })
	t.Run("side by side", func(t *testing.T) { servedTwice(t, s) })

	if s.cold(t, url); len(sessionOf(t, s.cmd.Process.Pid)) < 2 {
		t.Error("it runs no function")
	}
	if err := syscall.Kill(-s.cmd.Process.Pid, syscall.SIGINT); err != nil { // as a terminal does
		t.Fatal(err)
	}
	s.wait(t)
	s.noProcess(t)
}

func targetOf(t *testing.T, file string) outputs.Target {
	t.Helper()
	f, err := outputs.ReadFile(file)
	if err != nil || len(f.Targets) != 1 {
		t.Fatalf("%s: %+v (%v), want one target", file, f, err)
	}
	return f.Targets[0]
}

// measuredWhileRecycled: a run on what is served, whose environments are taken away
// meanwhile, ends well, and every burst is cold.
func measuredWhileRecycled(t *testing.T, s *served) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				s.cmd.Process.Signal(syscall.SIGUSR1) // an error after its end, which fails all else
			}
		}
	}()
	results := t.TempDir()
	out := run(t, t.TempDir(), nil, shared.command, "run", "--outputs", s.outputs(t), "--rounds", "4", "--json", "--results", results)
	close(stop)
	<-stopped
	r := reportOf(t, must(t, out))
	if sum := r.Summaries[0]; r.End == nil || !r.End.Restored || sum.Cold != 20 || sum.Requested != 20 {
		t.Errorf("end %+v, counts %+v, want 20 cold and all put back", r.End, sum.Counts)
	}
	if left, err := recycle.Journals(results); err != nil || left != nil {
		t.Errorf("journals are left: %v (%v)", left, err)
	}
}

// restoredWhileServed kills a run on what is served, and puts back what it left.
func restoredWhileServed(t *testing.T, s *served, url string) {
	v := startDeployed(t, "http://127.0.0.1:1", s.outputs(t)) // it finds the AWS API in the file
	v.cmd.Args = append(v.cmd.Args, "--rounds", "1000")
	v.start(t)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if journals, err := recycle.Journals(v.results); err == nil && len(journals) == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the run writes no journal")
		}
	}
	time.Sleep(20 * time.Millisecond) // anything may be half done
	v.cmd.Process.Kill()
	<-v.ended
	must(t, v.restore(t))
	if left, err := recycle.Journals(v.results); err != nil || left != nil {
		t.Errorf("journals are left: %v (%v)", left, err)
	}
	s.cold(t, url) // it answers
}

// reloadedWhileServed changes the function, breaks it and mends it.
func reloadedWhileServed(t *testing.T, s *served, url, first string) {
	source := filepath.Join(s.cmd.Dir, "lambda", "health", "main.go")
	measured := targetOf(t, s.outputs(t)).URL
	healthy := readFile(t, source)
	edit := func(from, to string) {
		t.Helper()
		// As editors do: a file of another name takes the place of the old one.
		data := bytes.Replace(healthy, []byte(from), []byte(to), 1)
		if err := os.WriteFile(source+"~", data, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(source+"~", source); err != nil {
			t.Fatal(err)
		}
	}
	// Neither of these is a change.
	now := time.Now()
	if err := os.Chtimes(source, now, now); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "lambda/health/notes.txt", "results/x.jsonl", "scripts/coldcrank/none.go"} {
		if err := os.WriteFile(filepath.Join(s.cmd.Dir, name), []byte("text"), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	edit(`"Healthy"`, `"Better"`)
	m := s.says(t, `(?m)^Coldcrank/Health: deployment (\w+) → (\w+)$`)
	if m[1] != first || m[2] == first {
		t.Errorf("%s, want it to begin with %s", m[0], first)
	}
	if got := answer(t, url); got != "Better" {
		t.Errorf("the changed function answers %q", got)
	}
	if got := targetOf(t, s.outputs(t)); got.DeploymentID != m[2] || got.URL != measured {
		t.Errorf("the outputs have deployment %s at %s, want %s at %s", got.DeploymentID, got.URL, m[2], measured)
	}

	edit(`type health struct{}`, `type health struct{`)
	s.says(t, `(?m)main\.go:\d+:\d+: syntax error`)
	s.says(t, `(?m)^what was served before is served still$`)
	if got := answer(t, url); got != "Better" {
		t.Errorf("after a build that failed: %q", got)
	}

	edit("", "") // mended: as it was at first
	if m := s.says(t, `(?m)^Coldcrank/Health: deployment \w+ → `+first+`$`); m == nil {
		t.Error("it is not the first deployment")
	}
	if got := answer(t, url); got != "Healthy" {
		t.Errorf("the mended function answers %q", got)
	}
	if got, want := s.told("synthesizing the CDK app"), 4; got != want {
		t.Errorf("%d builds, want %d: one at the start and one a change", got, want)
	}
}

// servedTwice: another one in the same folder, killed, and one after it.
func servedTwice(t *testing.T, s *served) {
	crashed := startServe(t, shared.command, s.cmd.Dir, "--no-build")
	other := crashed.url(t, "Coldcrank/Health")
	if mine := s.url(t, "Coldcrank/Health"); other == mine || crashed.outputs(t) == s.outputs(t) {
		t.Errorf("both are at %s and %s, %s and %s", mine, other, s.outputs(t), crashed.outputs(t))
	}
	if got := answer(t, other); got != "Healthy" {
		t.Errorf("the second answers %q", got)
	}
	crashed.signal(t, syscall.SIGKILL)
	<-crashed.ended
	crashed.noProcess(t)

	next := startServe(t, shared.command, s.cmd.Dir, "--no-build")
	answer(t, next.url(t, "Coldcrank/Health"))
	next.press(t, "q")
	<-next.ended
	if code := next.cmd.ProcessState.ExitCode(); code != exitOK {
		t.Errorf("exit code %d after q", code)
	}
	if err := os.Remove(crashed.outputs(t)); err != nil { // what the killed one has left, which is swept when it is old
		t.Error(err)
	}
}
