package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// A function is compared with the reference in the same place, and has no samples
// where it failed in a repetition.
func TestWriteResults(t *testing.T) {
	exe := filepath.Join(t.TempDir(), "bootstrap")
	check(t, os.WriteFile(exe, []byte("abc"), 0o755))
	b := &bench{scale: scale{boots: 2}, repeat: 1, began: time.Now()}
	b.started = []started{
		{who: axumDynamic, where: warmStart, init: 4, first: 2}, {who: floor, where: warmStart, init: 3, first: 1},
		{who: axumDynamic, where: warmStart, init: 4, first: 2}, {who: floor, where: warmStart, init: 3, first: 1},
		{who: axumDynamic, where: slowStart, init: 40}, {who: floor, where: slowStart, init: 30}, {who: floor, where: slowStart, init: 30},
	}
	name, err := writeResults(t.TempDir(), b, []function{{who: axumDynamic, exe: exe}, {who: floor, exe: exe}}, nil)
	check(t, err)
	run, err := dataset.ReadFile(name)
	check(t, err)
	got := map[string]string{}
	for _, target := range run.Header.Targets {
		got[target.Key] = target.Against
	}
	reference := keyOf(warmStart, axumDynamic)
	want := map[string]string{reference: "", "warm/lambda-floor": reference, "slow/lambda-floor": ""}
	if len(got) != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for key, against := range want {
		if g, ok := got[key]; !ok || g != against {
			t.Errorf("%s is against %q, want %q", key, g, against)
		}
	}
	if len(run.Samples) != 6 || *run.Samples[0].InitNS != 4 || *run.Samples[0].DurationNS != 2 {
		t.Errorf("got %d samples, the first %+v", len(run.Samples), run.Samples[0])
	}
}
