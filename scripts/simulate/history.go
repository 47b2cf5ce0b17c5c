package main

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// historyDays is how many days a simulated history has.
const historyDays = 30

// histories counts histories of one function in which any change is marked, and
// those with one within a day of the middle, from where on every value is planted.
func (sim simulator) histories(functions []function, truth float64, shuffled bool) (marked, there int) {
	counts := make([][2]int, sim.workers)
	var all sync.WaitGroup
	for w := range sim.workers {
		all.Go(func() {
			for i := w; i < sim.times; i += sim.workers {
				rng := rand.New(rand.NewPCG(sim.seed, uint64(i)))
				days := thirty(rng, functions[rng.IntN(len(functions))].days, shuffled)
				any, near := changes(days, truth)
				if any {
					counts[w][0]++
				}
				if near {
					counts[w][1]++
				}
			}
		})
	}
	all.Wait()
	for _, c := range counts {
		marked, there = marked+c[0], there+c[1]
	}
	return marked, there
}

// thirty are days in a row, or as many random ones; from the beginning again where
// there are fewer.
func thirty(rng *rand.Rand, all []day, shuffled bool) []day {
	days := make([]day, historyDays)
	start := rng.IntN(max(1, len(all)-historyDays+1))
	for i := range days {
		days[i] = all[(start+i)%len(all)]
		if shuffled {
			days[i] = all[rng.IntN(len(all))]
		}
	}
	return days
}

func changes(days []day, truth float64) (any, near bool) {
	sides := make([]*stats.Side, len(days))
	target := dataset.Target{Key: "Simulated/Function", Stack: "Simulated", Name: "Function"}
	for i, d := range days {
		sides[i] = &stats.Side{Target: target, Header: dataset.Header{Run: fmt.Sprint(i), Started: time.Unix(int64(i)*86400, 0)}}
		for _, ms := range d {
			if i >= len(days)/2 {
				ms *= truth
			}
			sides[i].Add(&dataset.Sample{Target: target.Key, Phase: dataset.Burst, Outcome: dataset.Cold, InitNS: new(int64(1e6 * ms))})
		}
	}
	for i, point := range stats.Histories(sides, threshold)[0].Points {
		if point.Change != nil {
			any = true
			near = near || i >= len(days)/2-1 && i <= len(days)/2+1
		}
	}
	return any, near
}
