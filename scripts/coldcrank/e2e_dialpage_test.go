package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// dialResults writes a run of 20 rounds that has turned the memory dial.
func dialResults(t *testing.T) string {
	t.Helper()
	sizes := map[string]int{"Shop/Orders@128MB": 128, "Shop/Orders@512MB": 512, "Shop/Orders@1024MB": 1024}
	h := dataset.Header{Schema: dataset.Schema, Run: "d1a1aaaaaaaa", Started: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC), Executor: dataset.ExecutorAWS, Rounds: 20, Burst: 5, Warm: 25}
	for _, key := range []string{"Shop/Orders@128MB", "Shop/Orders@512MB", "Shop/Orders@1024MB"} {
		h.Targets = append(h.Targets, dataset.Target{Key: key, Stack: "Shop", Name: "Orders", DialOf: "Shop/Orders", MemoryMB: sizes[key], Architecture: "arm64", Method: "GET", URL: "https://example.com/"})
	}
	w, err := dataset.Create(t.TempDir(), h)
	if err != nil {
		t.Fatal(err)
	}
	for round := 1; round <= 20; round++ {
		for key, mb := range sizes {
			for i := range 30 {
				ns := int64(1e9)/int64(min(mb, 512)) + int64(10_000*(i+round))
				s := dataset.Sample{Target: key, Round: round, Index: i, Phase: dataset.Warm, Outcome: dataset.WarmStart, Status: 200, DurationNS: &ns, BilledNS: new((ns/1e6 + 1) * 1e6)}
				if i < 5 {
					s.Phase, s.Outcome, s.InitNS = dataset.Burst, dataset.Cold, new(int64(2e7)+ns)
				}
				if err := w.Write(&s); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	file, err := w.Finish(dataset.End{Restored: true, RoundsDone: 20})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestDialPage looks at the memory dial on the page, in every viewing.
func TestDialPage(t *testing.T) {
	b := startBrowser(t)
	out := filepath.Join(t.TempDir(), "report.html")
	must(t, run(t, t.TempDir(), nil, command(t), "report", dialResults(t), "--target-p99", "9ms", "-o", out))
	for _, v := range viewings {
		b.look(t, v)
		b.open(t, out)
		b.check(t, v)
		if n := eval[int](t, b, `document.querySelectorAll('svg.spread').length`); n != 3 {
			t.Errorf("%d plots, want 3", n)
		}
	}
}
