package render

import (
	"math/rand/v2"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// example is a local run of two rounds of samples/2, the same in every test.
func example(samples int) *dataset.Run {
	run := &dataset.Run{
		Header: dataset.Header{
			Schema: dataset.Schema, Tool: "coldcrank v0.1.0", Run: "5f0c9a71",
			Started:  time.Date(2026, 11, 22, 2, 30, 43, 0, time.UTC),
			Executor: dataset.ExecutorLocal, ExecutorSettings: map[string]string{"page cache": "warm"},
			Machine: &dataset.Machine{OS: "linux", Arch: "amd64", CPU: "Example CPU @ 2.10GHz", CPUs: 2},
			Burst:   samples / 2, Rounds: 2, Warm: 2,
			Labels: map[string]string{"branch": "main"},
			Targets: []dataset.Target{{
				Key: "Coldcrank/Health", Stack: "Coldcrank", Name: "Health",
				DeploymentID: "3f9a2c1e5b7d4a60918273645a5b6c7d", Function: "Coldcrank-Health",
				MemoryMB: 512, Architecture: "arm64", Platform: "linux/amd64",
				ZipBytes: 2_218_432, ExecutableBytes: 5_570_560,
				GoVersion: "go1.26.0", Commit: "8ebaa7adeadbeef", Dirty: new(true),
			}},
		},
		End: &dataset.End{Restored: true, RoundsDone: 2},
	}
	r := rand.New(rand.NewPCG(1, 2))
	for round := 1; round <= 2; round++ {
		for i := range samples / 2 {
			init, duration := int64(2.6e6+r.ExpFloat64()*4e5), int64(4e5+r.ExpFloat64()*1e5)
			run.Samples = append(run.Samples, answer(round, i, dataset.Burst, dataset.Cold, &init, duration))
		}
		for i := range 2 * 5 {
			run.Samples = append(run.Samples, answer(round, i, dataset.Warm, dataset.WarmStart, nil, int64(1e5+r.ExpFloat64()*3e4)))
		}
	}
	return run
}

func answer(round, index int, p dataset.Phase, o dataset.Outcome, init *int64, duration int64) *dataset.Sample {
	s := &dataset.Sample{
		Target: "Coldcrank/Health", Round: round, Phase: p, Index: index, Outcome: o,
		SentNS: new(int64(1e9)), Status: 200, Protocol: "HTTP/1.1", Bytes: 7,
		InitNS: init, DurationNS: &duration, MaxMemoryUsedMB: new(11),
	}
	total := duration + 3e5
	if init != nil {
		total += *init
	}
	s.DoneNS = new(*s.SentNS + total)
	s.ResponseLatencyMS, s.IntegrationLatencyMS = new(float64(total-150_000)/1e6), new(float64(total-200_000)/1e6)
	s.BilledNS = new((total - 3e5 + 999_999) / 1_000_000 * 1_000_000)
	return s
}
