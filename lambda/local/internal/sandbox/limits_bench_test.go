package sandbox

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/limits"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
	"github.com/coldcrank/coldcrank/lambda/reportlog"
)

// BenchmarkLimitsInit starts the health function by turns without limits and
// with the best ones of this machine, b.N times each, and reports the medians
// of Init Duration and of the time that Invoke took, and their ratios:
//
//	go test ./lambda/local/internal/sandbox -run '^$' -bench LimitsInit -benchtime 300x
func BenchmarkLimitsInit(b *testing.B) {
	root := b.TempDir()
	if out, err := exec.Command("go", "build", "-tags", "lambda.norpc", "-ldflags=-s -w", "-o", filepath.Join(root, "bootstrap"), "github.com/coldcrank/coldcrank/lambda/health").CombinedOutput(); err != nil {
		b.Fatalf("build health: %v\n%s", err, out)
	}
	best, err := limits.Open(limits.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := best.Close(); err != nil {
			b.Error(err)
		}
	}()
	b.Logf("CPU %s, memory %s", best.CPU(), best.Memory())
	gate := NewGate(2, nil)
	var inits, walls [2][]float64
	b.ResetTimer()
	for range b.N {
		for i, host := range []*limits.Host{nil, best} {
			init, wall := coldStart(b, root, gate, host)
			inits[i], walls[i] = append(inits[i], init), append(walls[i], wall)
		}
	}
	median := func(list []float64) float64 {
		slices.Sort(list)
		return list[len(list)/2]
	}
	without, with := median(inits[0]), median(inits[1])
	b.ReportMetric(without, "init-ms-without")
	b.ReportMetric(with, "init-ms-with")
	b.ReportMetric(with/without, "init-ratio")
	wallWithout, wallWith := median(walls[0]), median(walls[1])
	b.ReportMetric(wallWithout, "wall-ms-without")
	b.ReportMetric(wallWith, "wall-ms-with")
}

// coldStart is one environment's first invocation: Init Duration and the whole,
// in milliseconds.
func coldStart(b *testing.B, root string, gate *Gate, host *limits.Host) (init, wall float64) {
	store := logs.New()
	e := New(Spec{
		Function: "health", ARN: "arn:aws:lambda:eu-north-1:000000000000:function:health", Version: "1",
		Handler: "bootstrap", MemoryMB: 512, Timeout: 30 * time.Second, TaskRoot: root, TempDir: b.TempDir(),
		Logs: store, LogGroup: "/health", LogFormat: "JSON", Gate: gate, Limits: host,
	})
	start := time.Now()
	if _, err := e.Invoke(context.Background(), Request{ID: "00000000-0000-4000-8000-000000000001", ARN: e.spec.ARN, Payload: []byte("{}")}); err != nil {
		b.Fatal(err)
	}
	wall = float64(time.Since(start)) / 1e6
	if err := e.Close(); err != nil {
		b.Fatal(err)
	}
	events, _, err := store.Filter(logs.Query{Group: "/health", Pattern: `{ $.type = "platform.report" }`})
	if err != nil || len(events) != 1 {
		b.Fatalf("%d reports: %v", len(events), err)
	}
	records, err := reportlog.Parse(events[0].Message)
	if err != nil || len(records) != 1 || records[0].InitDuration == nil {
		b.Fatalf("%v %v", records, err)
	}
	return float64(*records[0].InitDuration) / 1e6, wall
}
