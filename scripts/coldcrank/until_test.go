package main

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/rounds"
)

const (
	untilOld = "Shop/Orders@main"
	untilNew = "Shop/Orders"
)

// untilPlan is the plan of a run of two sides that goes on until its interval is that
// narrow.
func untilPlan(goal float64) rounds.Plan {
	f := runFlags{goal: goal, judgement: judgement{threshold: "5%"}}
	header := dataset.Header{Run: "0e", Executor: dataset.ExecutorAWS, Burst: 5, Targets: []dataset.Target{
		{Key: untilOld, Stack: "Shop", Name: "Orders", MemoryMB: 128, Architecture: "arm64"},
		{Key: untilNew, Stack: "Shop", Name: "Orders", MemoryMB: 128, Architecture: "arm64", Against: untilOld},
	}}
	var plan rounds.Plan
	f.watchFor(header, &plan)
	return plan
}

// untilRound are the samples of a round of a side: 20 ms, the new side twice, each
// request with a noise of 10 %, and each round with a drift that both sides share: it
// widens what is said of one side, and not what is said of both.
func untilRound(key string, round int) (samples []*dataset.Sample) {
	r := rand.New(rand.NewPCG(uint64(round), uint64(len(key))))
	for i := range 5 {
		init := 2e7 * math.Exp(0.1*r.NormFloat64()+0.2*math.Sin(float64(round)))
		if key == untilNew {
			init *= 2
		}
		samples = append(samples, &dataset.Sample{
			Target: key, Round: round, Phase: dataset.Burst, Index: i, Outcome: dataset.Cold, InitNS: new(int64(init)), DurationNS: new(int64(1e6)),
		})
	}
	return samples
}

// stopsAt is the round after which a run would end, 0 for none up to 80; joined says
// whether the logs of a side's round have come by then.
func stopsAt(goal float64, joined func(key string, round int) bool) int {
	plan := untilPlan(goal)
	for round := 1; round <= 80; round++ {
		for _, key := range []string{untilOld, untilNew} {
			if joined(key, round) {
				plan.Joined(untilRound(key, round))
			}
		}
		if plan.Enough(round) {
			return round
		}
	}
	return 0
}

// TestUntilOfPairs ends a comparison at the first look at which the interval of its
// change is narrow enough. Of that noise and n requests a side its half is about
// 2 · 10 % · √(2/n): 3.9 % of 50 requests, 2.3 % of 150, 2 % of 200.
func TestUntilOfPairs(t *testing.T) {
	all := func(string, int) bool { return true }
	for _, test := range []struct {
		goal float64
		want int
	}{{0.10, 10}, {0.026, 30}, {0.023, 40}, {0.005, 0}} {
		if got := stopsAt(test.goal, all); got != test.want {
			t.Errorf("±%g %%: it stops after round %d, want %d", 100*test.goal, got, test.want)
		}
	}

	// While a side's logs are missing there is no interval, however many the other has.
	for _, missing := range []string{untilOld, untilNew} {
		if got := stopsAt(0.10, func(key string, _ int) bool { return key != missing }); got != 0 {
			t.Errorf("without the logs of %s it stops after round %d", missing, got)
		}
		// They come late: it stops at the next look.
		if got := stopsAt(0.10, func(key string, round int) bool { return key != missing || round > 21 }); got != 30 {
			t.Errorf("with late logs of %s it stops after round %d, want 30", missing, got)
		}
	}
	if plan := untilPlan(0); plan.Enough != nil || plan.Joined != nil {
		t.Error("without a goal it looks")
	}
}
