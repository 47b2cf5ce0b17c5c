package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
	"github.com/coldcrank/coldcrank/scripts/internal/rounds"
	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// sent counts the calls that a recorder has seen, by operation.
func sent(r *recorder) map[string]int {
	count := map[string]int{}
	for _, c := range r.recorded() {
		_, operation, _ := strings.Cut(c.action, ":")
		count[operation]++
	}
	return count
}

// A dry run prints the calls that the run then makes, and makes none that
// changes anything.
func TestDryRun(t *testing.T) {
	x := tinyExecutor(t)
	between := newRecorder(t, x.Endpoint())
	file := filepath.Join(t.TempDir(), "outputs.json")
	if err := x.WriteOutputs(file); err != nil {
		t.Fatal(err)
	}
	data := bytes.ReplaceAll(readFile(t, file), []byte(x.Endpoint()), []byte(between.URL))
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	results := t.TempDir()
	args := []string{"run", "--outputs", file, "--rounds", "3", "--burst", "2", "--warm", "3", "--results", results}
	coldcrank := func(args ...string) output { return must(t, runIn(t, t.TempDir(), os.Environ(), "coldcrank", args...)) }
	dry := coldcrank(append(args, "--dry-run")...)
	for _, want := range []string{
		"Tiny/Hello: GET http://127.0.0.1:", "3 rounds of 2 cold and 3 warm requests: 6 cold starts, 15 requests",
		"UpdateFunctionConfiguration 4, PublishVersion 3, UpdateAlias 4, DeleteFunction 3",
		"3 × (recycle ", "put back: ", "\nnothing was changed\n",
	} {
		if !strings.Contains(dry.stdout, want) {
			t.Errorf("%q is not in\n%s", want, dry.stdout)
		}
	}
	if strings.Contains(dry.stdout, "$0") || strings.Contains(dry.stderr, "account") {
		t.Errorf("a local run has a price or an account:\n%s%s", dry.stdout, dry.stderr)
	}
	before := sent(between)
	total := 0
	for _, c := range plannedChecks([]turn{{Target: &target.Target{Target: outputs.Target{AccessLogs: "a"}}}}, 1, 0) {
		total += c.count
		if n := before[c.operation]; n != c.count || !strings.Contains(dry.stdout, fmt.Sprintf("%s %d", c.operation, n)) {
			t.Errorf("the dry run sent %d × %s, want %d, in\n%s", n, c.operation, c.count, dry.stdout)
		}
	}
	if n := len(between.recorded()); n != total {
		t.Errorf("the dry run made %d calls, and lists %d", n, total)
	}
	for _, c := range plannedChanges(1) {
		if before[c.operation] != 0 {
			t.Errorf("the dry run sent %s", c.operation)
		}
	}
	if left, err := os.ReadDir(results); err != nil || len(left) > 0 {
		t.Errorf("the dry run left %v (%v)", left, err)
	}

	out := coldcrank(args...)
	if strings.Contains(out.stderr, "cost") {
		t.Errorf("a local run says\n%s", out.stderr)
	}
	all := sent(between)
	for _, c := range plannedChanges(3) {
		if got := all[c.operation]; got != c.count {
			t.Errorf("%d × %s were sent, %d were planned", got, c.operation, c.count)
		}
	}
	for _, c := range plannedReads(3) {
		// Preflight and tags read as well, in both.
		if got := all[c.operation] - 2*before[c.operation]; got < c.count {
			t.Errorf("%d × %s were sent, at least %d were planned", got, c.operation, c.count)
		}
	}
}

// Each recycle of a function with SnapStart waits for its snapshot.
func TestPlanOfSnapStart(t *testing.T) {
	x := &target.Target{Target: outputs.Target{Stack: "S", Name: "A"}, LogsPoll: time.Second}
	plan := rounds.Plan{Rounds: 10, Burst: 1, Targets: []rounds.Target{{Target: x}}}
	for startType, want := range map[string]string{"": "\nabout 20s, ", dataset.StartSnapshot: "\nabout 30m20s, "} {
		var b bytes.Buffer
		header := dataset.Header{Rounds: 10, Burst: 1, Targets: []dataset.Target{{Key: "S/A", StartType: startType}}}
		if err := printPlan(&b, header, plan, nil, nil); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%q: %q is not in\n%s(%v)", startType, want, &b, err)
		}
	}
}

// A load takes its time and costs its requests.
func TestPlanOfLoad(t *testing.T) {
	load := &hammer.Schedule{Arrival: hammer.Constant, Rate: 200, For: 10 * time.Second}
	x := &target.Target{Target: outputs.Target{Stack: "S", Name: "A"}, LogsPoll: time.Second}
	plan := rounds.Plan{Rounds: 10, Burst: 1, Load: load, Targets: []rounds.Target{{Target: x}}}
	header := dataset.Header{Rounds: 10, Burst: 1, Load: loadPlan(load), Targets: []dataset.Target{{Key: "S/A", MemoryMB: 512}}}
	var b bytes.Buffer
	if err := printPlan(&b, header, plan, nil, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n  then a load of 200/s for 10s, constant: 2000 requests, answered or not\n", "\nabout 30s, "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, &b)
		}
	}
	with := plannedUSD(header)
	header.Load = nil
	if got, want := with-plannedUSD(header), price.Planned(header.Targets[0], 0, 2000).USD(); math.Abs(got-want) > 1e-12 {
		t.Errorf("the load costs %v, want %v", got, want)
	}
}

// On AWS nothing is changed before somebody has said that it may be.
func TestConfirm(t *testing.T) {
	header := dataset.Header{Executor: dataset.ExecutorAWS, Burst: 5, Rounds: 20, Targets: []dataset.Target{{Key: "S/A", MemoryMB: 512}}}
	cmd := newRun()
	cmd.SetIn(strings.NewReader("y\n")) // no terminal
	if err := new(runFlags).confirm(t.Context(), cmd, header, nil); err == nil || !strings.Contains(err.Error(), "--yes") {
		t.Errorf("got %v, want that --yes is needed", err)
	}
	if err := (&runFlags{yes: true}).confirm(t.Context(), cmd, header, nil); err != nil {
		t.Error(err)
	}
	header.Executor = "local"
	if err := new(runFlags).confirm(t.Context(), cmd, header, nil); err != nil {
		t.Errorf("a local run: %v", err)
	}

	for answer, want := range map[string]bool{"y\n": true, " Yes \n": true, "y": true, "n\n": false, "\n": false, "": false, "yesterday\n": false} {
		var talk bytes.Buffer
		got, err := ask(t.Context(), strings.NewReader(answer), &talk, "Measure? ")
		if got != want || err != nil || talk.String() != "Measure? " {
			t.Errorf("%q: got %v, %v after %q", answer, got, err, &talk)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	silent, nobody := io.Pipe()
	defer nobody.Close()
	if _, err := ask(ctx, silent, io.Discard, "Measure? "); err != context.Canceled {
		t.Errorf("nobody answers, and a signal came: got %v", err)
	}
}

func TestCostOf(t *testing.T) {
	sent, billed := new(int64(1)), new(250*time.Millisecond.Nanoseconds())
	run := &dataset.Run{
		Header:  dataset.Header{Targets: []dataset.Target{{Key: "S/A", Region: "eu-west-1", MemoryMB: 1024, Architecture: "arm64"}}},
		Samples: []*dataset.Sample{{Target: "S/A", SentNS: sent, BilledNS: billed}, {Target: "S/A", SentNS: sent}},
	}
	want := "cost about $0.0000057: 2 requests, 250ms billed; list price of us-east-1, whatever the Region, without logs, data transfer and free tier; " +
		"without the billed time of 1 request of which no REPORT was found"
	if got := costOf(run); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}
