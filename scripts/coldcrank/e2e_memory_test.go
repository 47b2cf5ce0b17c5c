package main

import (
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// TestMemory turns the memory dial: every round has each size, in turns, the REPORT of
// each sample says so, and everything is as it was before.
func TestMemory(t *testing.T) {
	p := startPlantWith(t, local.Options{TLS: true})
	before := p.state(t)
	v := startDeployed(t, p.executor.Endpoint(), p.outputs(t, p.executor.Endpoint()))
	v.withLoad("--memory", "128,1024", "--warm", "2", "--cold-share", "50%", "--target-p99", "1s")
	v.start(t)
	v.wait(t, time.Minute)
	if v.code() != exitOK {
		t.Fatalf("%s, and it said\n%s", v.cmd.ProcessState, &v.stderr)
	}
	p.asBefore(t, before)
	r := reportOf(t, output{stdout: v.stdout.String()})
	if len(r.Header.Targets) != 2 || len(r.Summaries) != 2 {
		t.Fatalf("targets %+v", r.Header.Targets)
	}
	versions := map[string]int{}
	for _, s := range readRun(t, r.File).Samples {
		size := 128
		if strings.HasSuffix(s.Target, "@1024MB") {
			size = 1024
		}
		if s.MemoryMB == nil || *s.MemoryMB != size || s.Phase == dataset.Burst && s.Outcome != dataset.Cold {
			t.Errorf("sample %+v, want one of %d MB", s, size)
		}
		if other, ok := versions[s.Version]; ok && other != size {
			t.Errorf("version %s answered with %d and with %d MB", s.Version, other, size)
		}
		versions[s.Version] = size
	}
	if len(versions) != 4 {
		t.Errorf("versions %v, want one for each of two rounds and sizes", versions)
	}
	shown := must(t, run(t, ".", nil, command(t), "show", r.File)).stdout
	for _, want := range []string{"\nMemory of " + r.Header.Targets[0].DialOf + "\nnot told apart: ", "p99 needs 100 cold and 100 warm"} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %q in\n%s", want, shown)
		}
	}
}
