// Package example makes runs and histories that say the same in every test, and holds
// what is written of them against golden files. Only tests import it.
//
// Each call returns a value of its own, which a test may change.
package example

import (
	"math/rand/v2"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// Local is a run of the local executor: two rounds of samples/2 cold starts, and ten warm
// requests after each.
func Local(samples int) *dataset.Run {
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

// OnAWS is a run on AWS that was interrupted, with something that was not put back.
func OnAWS() *dataset.Run {
	run := Local(100)
	run.Header.Executor = dataset.ExecutorAWS
	run.Header.Targets[0].Platform, run.Header.Targets[0].Region = "linux/arm64", "eu-central-1"
	run.End.Interrupted, run.End.RoundsDone, run.End.Restored = true, 1, false
	return run
}

// Again makes of a run a later one, of the same target under another deployment.
func Again(run *dataset.Run, id, deployment string) *dataset.Run {
	run.Header.Run, run.Header.Started = id, run.Header.Started.AddDate(0, 0, 1)
	run.Header.Targets[0].DeploymentID = deployment
	return run
}

// Restored is a run of a target with SnapStart.
func Restored() *dataset.Run {
	run := Local(12)
	run.Header.Targets[0].StartType = dataset.StartSnapshot
	for _, s := range run.Samples {
		if s.Phase == dataset.Burst {
			s.Outcome, s.InitNS, s.RestoreNS, s.MaxMemoryUsedMB = dataset.Restored, nil, s.InitNS, nil
		}
	}
	return run
}

// Provisioned is a run of a target with provisioned concurrency.
func Provisioned() *dataset.Run {
	run := Local(12)
	run.Header.Targets[0].StartType = dataset.StartProvisioned
	for _, s := range run.Samples {
		if s.Phase == dataset.Burst {
			s.Outcome, s.InitNS = dataset.WarmStart, nil
		}
	}
	return run
}
