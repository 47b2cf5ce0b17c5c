package page

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// runOf is a run of rounds of five with two warm requests each, the same in every
// test; its targets' inits are so many times 20 ms.
func runOf(id string, day, rounds int, scales map[string]float64) *dataset.Run {
	run := &dataset.Run{
		Header: dataset.Header{
			Schema: dataset.Schema, Tool: "coldcrank v0.1.0", Run: id, Started: time.Date(2026, 11, day, 2, 30, 43, 0, time.UTC),
			Command:  []string{"coldcrank", "run", "--against=main", "--label=note=it's fine", "--results=/elsewhere"},
			Executor: dataset.ExecutorAWS, Burst: 5, Rounds: rounds, Warm: 2, Labels: map[string]string{"pr": "42", "branch": "work"},
		},
		End: &dataset.End{Restored: true, RoundsDone: rounds},
	}
	for _, key := range []string{"Shop/Orders@main", "Shop/Orders"} {
		scale, ok := scales[key]
		if !ok {
			continue
		}
		t := dataset.Target{
			Key: key, Stack: "Shop", Name: "Orders", DeploymentID: fmt.Sprintf("%032x", int64(1e15*scale)), Region: "eu-west-1",
			URL: "https://example.com/orders", Method: "GET", MemoryMB: 512, Architecture: "arm64", Platform: "linux/arm64",
			ZipBytes: int64(2_000_000 * scale), ExecutableBytes: 5_570_560, GoVersion: "go1.26.0", Commit: "8ebaa7adeadbeef",
		}
		if key == "Shop/Orders" && scales["Shop/Orders@main"] > 0 {
			t.Against = "Shop/Orders@main"
		}
		run.Header.Targets = append(run.Header.Targets, t)
	}
	r := rand.New(rand.NewPCG(1, uint64(day)))
	for round := 1; round <= rounds; round++ {
		for _, t := range run.Header.Targets {
			for i := range 5 {
				init := int64(2e7 * scales[t.Key] * math.Exp(0.05*r.NormFloat64()))
				run.Samples = append(run.Samples, sampleOf(t.Key, round, i, &init, int64(1e6+r.ExpFloat64()*2e5)))
			}
			for i := range 2 {
				run.Samples = append(run.Samples, sampleOf(t.Key, round, i, nil, int64(4e5+r.ExpFloat64()*1e5)))
			}
		}
	}
	return run
}

func sampleOf(target string, round, index int, init *int64, duration int64) *dataset.Sample {
	s := &dataset.Sample{
		Target: target, Round: round, Phase: dataset.Warm, Index: index, Outcome: dataset.WarmStart,
		SentNS: new(int64(1e9)), Status: 200, InitNS: init, DurationNS: &duration, MaxMemoryUsedMB: new(19),
	}
	total := duration + 8e6
	if init != nil {
		s.Phase, s.Outcome = dataset.Burst, dataset.Cold
		total += *init + 9e6
	}
	s.DoneNS, s.BilledNS = new(*s.SentNS+total), new((total-8e6)/1_000_000*1_000_000)
	s.ResponseLatencyMS, s.IntegrationLatencyMS = new(math.Round(float64(total-5e6)/1e6)), new(math.Round(float64(total-7e6)/1e6))
	return s
}

// compared is the page of a run with two sides.
func compared(t *testing.T, run *dataset.Run) Report {
	t.Helper()
	sides := stats.Sides(run)
	comparisons, err := stats.ComparePairs([]stats.Pair{{Old: sides[0], New: sides[1]}}, 0.05, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Report{
		Groups: []Group{{Comparison: &comparisons[0], Old: &Source{run, sides[0]}, New: &Source{run, sides[1]}}},
		Runs:   []*dataset.Run{run},
	}
}

func against() *dataset.Run {
	return runOf("5f0c9a71aaaa", 22, 20, map[string]float64{"Shop/Orders@main": 1, "Shop/Orders": 1.2})
}

func html(t *testing.T, r Report) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
