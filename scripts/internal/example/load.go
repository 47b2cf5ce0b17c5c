package example

import (
	"fmt"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// Loaded is a run whose second burst did not leave together, with a load after the
// rounds in which something of everything went wrong.
func Loaded() *dataset.Run {
	run := Local(12)
	run.Header.Load = &dataset.LoadPlan{Arrival: "poisson", Rate: 100, ForNS: 2e9, Seed: 7}
	run.End.Sender = &dataset.Sender{BurstCPUNS: 3e6, BurstNS: 2e6, LoadCPUNS: 5e8, LoadNS: 2e9}
	for _, s := range run.Samples {
		if s.Phase == dataset.Burst && s.Round == 2 {
			*s.SentNS += int64(s.Index) * 1e6
			*s.DoneNS += int64(s.Index) * 1e6
		}
	}
	for i := range 200 {
		s := answer(2, i, dataset.Load, dataset.WarmStart, nil, 1e5+int64(i)*1e3)
		s.ScheduledNS = *s.SentNS - 2e4
		s.LogStream = fmt.Sprintf("2026/11/22/[3]%d", i%7)
		run.Samples = append(run.Samples, s)
		switch {
		case i == 10:
			s.Outcome, s.InitNS = dataset.Cold, new(int64(9e9))
		case i == 20:
			s.Outcome, s.Status = dataset.Throttled, 429
		case i == 30:
			s.Outcome, s.ErrorClass, s.Error = dataset.Failed, "dial", "dial 127.0.0.1:9: connection refused"
			s.SentNS, s.DoneNS, s.Status = nil, nil, 0
		case i%50 == 40:
			s.ScheduledNS -= 3e6 // late
		}
	}
	return run
}

// WithoutLoad is a run without the samples of its load, which stays as it is.
func WithoutLoad(run *dataset.Run) *dataset.Run {
	rounds := *run
	rounds.Header.Load, rounds.Samples = nil, nil
	for _, s := range run.Samples {
		if s.Phase != dataset.Load {
			rounds.Samples = append(rounds.Samples, s)
		}
	}
	return &rounds
}

// CutShort is a run on two targets whose load failed: on the first one half way, on the
// second one before its first request.
func CutShort() *dataset.Run {
	run := Loaded()
	run.Header.Targets = append(run.Header.Targets, dataset.Target{Key: "Coldcrank/Orders", MemoryMB: 1024})
	run.End.LoadsDone = []string{}
	run.End.Error = "Coldcrank/Health: dial 127.0.0.1:9: connection refused"
	run.End.Warnings = []string{"Coldcrank/Health: access log /aws/vendedlogs/health: connection refused"}
	i := 0
	for _, s := range run.Samples {
		if s.Phase == dataset.Load {
			s.ScheduledNS = int64(i) * 5e6
			s.SentNS, s.DoneNS = new(s.ScheduledNS+2e4), new(s.ScheduledNS+5e5)
			i++
		}
	}
	return run
}
