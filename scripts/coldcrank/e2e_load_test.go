package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
)

// withLoad makes a run of a victim one with a load.
func (v *victim) withLoad(args ...string) { v.cmd.Args = append(v.cmd.Args, args...) }

// loadSamples are those of the load in the order of their numbers.
func loadSamples(run *dataset.Run) (load []*dataset.Sample) {
	for _, s := range run.Samples {
		if s.Phase == dataset.Load {
			load = append(load, s)
		}
	}
	slices.SortFunc(load, func(a, b *dataset.Sample) int { return a.Index - b.Index })
	return load
}

// TestLoad runs a load after the rounds, through gateway, function and logs.
func TestLoad(t *testing.T) {
	p := startPlantWith(t, local.Options{TLS: true})
	before := p.state(t)
	v := startDeployed(t, p.executor.Endpoint(), p.outputs(t, p.executor.Endpoint()))
	v.withLoad("--load", "50/s", "--for", "2s", "--arrival", "poisson")
	v.start(t)
	v.wait(t, time.Minute)
	if v.code() != exitOK {
		t.Fatalf("%s, and it said\n%s", v.cmd.ProcessState, &v.stderr)
	}
	p.asBefore(t, before)
	r := reportOf(t, output{stdout: v.stdout.String()})
	plan := r.Header.Load
	if plan == nil || plan.Arrival != "poisson" || plan.Rate != 50 || plan.ForNS != 2e9 || plan.Seed == 0 {
		t.Fatalf("the header's load is %+v", plan)
	}

	// The recorded seed gives the times again, to the nanosecond.
	due := slices.Collect(hammer.Schedule{Arrival: hammer.Poisson, Rate: 50, For: 2 * time.Second, Seed: plan.Seed}.Offsets())
	kept := readRun(t, r.File)
	load := loadSamples(kept)
	if len(load) != len(due) {
		t.Fatalf("%d samples of the load, want %d", len(load), len(due))
	}
	for i, s := range load {
		if got, want := s.ScheduledNS-load[0].ScheduledNS, int64(due[i]-due[0]); got != want || s.Index != i {
			t.Errorf("sample %d: number %d, scheduled %d ns after the first, want %d", i, s.Index, got, want)
		}
		if s.Outcome != dataset.WarmStart && s.Outcome != dataset.Cold || s.Round != 2 || s.SentNS == nil || *s.SentNS < s.ScheduledNS ||
			s.DurationNS == nil || s.LogStream == "" || s.RequestID == "" || s.Version != load[0].Version {
			t.Errorf("sample %+v", s)
		}
	}
	if key := r.Header.Targets[0].Key; !slices.Equal(kept.End.LoadsDone, []string{key}) || kept.End.Error != "" {
		t.Errorf("end %+v, want the load of %s done", kept.End, key)
	}
	l := r.Summaries[0].Load
	if l == nil || l.Requested != len(due) || l.Warm+l.Cold != len(due) || l.Sent != len(due) || l.Environments < 1 || l.Client.N != l.Warm || l.Scheduled.N != l.Warm {
		t.Errorf("the load's summary is %+v", l)
	}
	if s := r.Summaries[0]; s.Requested != 4 || s.Cold != 4 || s.AfterBurst.Requested != 0 {
		t.Errorf("the rounds' summary is %+v, %+v; want the rounds alone", s.Counts, s.AfterBurst)
	}
	for format, want := range map[string]string{
		"table": fmt.Sprintf("load: %d warm and %d cold of %d requests", l.Warm, l.Cold, l.Requested), "markdown": "| load, warm from schedule |", "csv": ",load,",
	} {
		if text := must(t, run(t, ".", nil, command(t), "show", "--format", format, r.File)).stdout; !strings.Contains(text, want) {
			t.Errorf("%s: no %q in\n%s", format, want, text)
		}
	}
	page := filepath.Join(t.TempDir(), "page.html")
	must(t, run(t, ".", nil, command(t), "report", "--output", page, r.File))
	if text := string(readFile(t, page)); !strings.Contains(text, "load, warm from schedule") {
		t.Error("the page shows nothing of the load")
	}
}

// TestLoadInterrupted sends a signal in the middle of a load of minutes: what was
// answered is kept with its logs, and all is put back.
func TestLoadInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("sends signals")
	}
	p := startPlantWith(t, local.Options{TLS: true})
	before := p.state(t)
	v := startDeployed(t, p.executor.Endpoint(), p.outputs(t, p.executor.Endpoint()))
	v.withLoad("--load", "200/s", "--for", "5m")
	v.start(t)
	for under := false; !under; time.Sleep(20 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(v.results, "*.partial"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			under = under || bytes.Contains(readFile(t, f), []byte(`"phase":"load"`))
		}
		select {
		case <-v.ended:
			t.Fatalf("%s, and it said\n%s", v.cmd.ProcessState, &v.stderr)
		default:
		}
	}
	if err := v.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	v.wait(t, time.Minute)
	if v.code() != exitInconclusive || !strings.Contains(v.stderr.String(), "interrupted in the load, after all rounds") {
		t.Errorf("%s, and it said\n%s", v.cmd.ProcessState, &v.stderr)
	}
	p.asBefore(t, before)
	if left := v.journals(t); left != nil {
		t.Errorf("journals are left: %v", left)
	}
	kept := readRun(t, reportOf(t, output{stdout: v.stdout.String()}).File)
	if kept.End == nil || !kept.End.Interrupted || kept.End.RoundsDone != 2 || kept.End.LoadsDone == nil || len(kept.End.LoadsDone) > 0 {
		t.Errorf("end %+v", kept.End)
	}
	shown := must(t, run(t, ".", nil, command(t), "show", kept.File)).stdout
	for _, want := range []string{"interrupted in the load, after all rounds\n", "\npartial load: its requests were due for "} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %q in\n%s", want, shown)
		}
	}
	load := loadSamples(kept)
	for i, s := range load {
		if s.ErrorClass == string(hammer.ClassCanceled) && s.SentNS == nil {
			continue // due before the signal, and a busy machine came to it after
		}
		if s.Index != i || s.Outcome != dataset.WarmStart && s.Outcome != dataset.Cold || s.DurationNS == nil {
			t.Errorf("sample %d: %+v", i, s)
		}
	}
	if len(load) == 0 {
		t.Error("nothing of the load is kept")
	}
}
