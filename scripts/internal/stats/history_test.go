package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// side is one run of a target: cold starts of the given milliseconds, five a round.
func side(run int, name string, memory int, values ...float64) *Side {
	s := &Side{
		Target: dataset.Target{Key: "Shop/" + name, Stack: "Shop", Name: name, MemoryMB: memory},
		Header: dataset.Header{Run: fmt.Sprint(run), Executor: dataset.ExecutorAWS, Started: time.Date(2026, 11, 1+run, 0, 0, 0, 0, time.UTC)},
	}
	for i, v := range values {
		s.Add(&dataset.Sample{Target: s.Target.Key, Round: i/5 + 1, Phase: dataset.Burst, Outcome: dataset.Cold, InitNS: new(int64(1e6 * v))})
	}
	return s
}

// runs are as many runs of twenty values, about what center says of each, which
// differ by a share from run to run.
func runs(rng *rand.Rand, n int, drift float64, center func(run int) float64) []*Side {
	sides := make([]*Side, n)
	for i := range sides {
		day := center(i) * math.Exp(drift*rng.NormFloat64())
		values := make([]float64, 20)
		for j := range values {
			values[j] = day * math.Exp(0.05*rng.NormFloat64())
		}
		sides[i] = side(i, "Orders", 128, values...)
	}
	return sides
}

// changed are the runs with which something changes.
func changed(t *testing.T, sides []*Side) (found []int) {
	t.Helper()
	all := Histories(sides, 0.05)
	if len(all) != 1 || len(all[0].Points) != len(sides) {
		t.Fatalf("%d histories, want one of %d points", len(all), len(sides))
	}
	for i, p := range all[0].Points {
		if p.Change != nil {
			found = append(found, i)
		}
	}
	return found
}

func TestHistoriesTellTargetsApart(t *testing.T) {
	sides := []*Side{side(2, "Orders", 128, 21, 22, 23), side(1, "Orders", 128, 20), side(1, "Users", 128), side(3, "Orders", 512, 30)}
	got := Histories(sides, 0.05)
	if len(got) != 3 {
		t.Fatalf("%d histories, want 3", len(got))
	}
	orders := got[0]
	if orders.Key != "Shop/Orders" || orders.Measure != "Init Duration" || len(orders.Points) != 2 || orders.Points[0].Side != sides[1] || orders.Points[1].Side != sides[0] {
		t.Errorf("got %+v, want both runs of Orders in order of time", orders)
	}
	if p := orders.Points[1]; p.N != 3 || *p.Median != 0.022 || p.Range != nil {
		t.Errorf("got %d, %v, %v; want 3, 0.022 and no interval of so few", p.N, *p.Median, p.Range)
	}
	if p := got[1].Points[0]; p.N != 0 || p.Median != nil {
		t.Errorf("a run without values: %+v", p)
	}
}

func TestStepIsMarkedWhereItIs(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	for range 20 {
		sides := runs(rng, 30, 0.01, func(run int) float64 {
			if run >= 15 {
				return 24
			}
			return 20
		})
		slices.Reverse(sides) // the order of files says nothing
		if got := changed(t, sides); !slices.Equal(got, []int{15}) {
			t.Errorf("changes at %v, want 15", got)
		}
	}
	h := Histories(runs(rng, 12, 0, func(run int) float64 { return 20 - 5*float64(run/6) }), 0.05)[0]
	if c := h.Points[6].Change; c == nil || c.Verdict != Faster || math.Abs(*c.Ratio-0.75) > 0.02 || c.OldN != 120 || c.NewN != 120 {
		t.Errorf("got %+v, want faster by a quarter, six runs against six", c)
	}
}

// A change that is taken back leaves the halves of a history alike.
func TestBumpIsMarkedAtBothEnds(t *testing.T) {
	rng := rand.New(rand.NewPCG(33, 34))
	got := changed(t, runs(rng, 30, 0.02, func(run int) float64 {
		if run >= 10 && run < 20 {
			return 26
		}
		return 20
	}))
	if !slices.Equal(got, []int{10, 20}) {
		t.Errorf("changes at %v, want 10 and 20", got)
	}
}

// What runs differ by themselves is no change: in at most one history of twenty is
// any marked.
func TestDriftIsNoChange(t *testing.T) {
	rng := rand.New(rand.NewPCG(35, 36))
	for _, c := range []struct {
		name   string
		drift  float64
		center func(int) float64
	}{
		{"none", 0, func(int) float64 { return 20 }},
		{"some", 0.05, func(int) float64 { return 20 }},
		{"much", 0.2, func(int) float64 { return 20 }},
		{"one of two modes a run", 0.02, func(int) float64 { return 36 + 7*float64(rng.IntN(2)) }},
		{"one run twice as slow", 0.03, func(run int) float64 {
			if run == 11 {
				return 40
			}
			return 20
		}},
		{"2 % slower in the middle", 0.02, func(run int) float64 { return 20 + 0.4*float64(run/15) }},
	} {
		alarms := 0
		for range 40 {
			if changed(t, runs(rng, 30, c.drift, c.center)) != nil {
				alarms++
			}
		}
		if alarms > 2 {
			t.Errorf("%s: changes in %d histories of 40", c.name, alarms)
		}
	}
}

func TestFewRunsHaveNoChange(t *testing.T) {
	rng := rand.New(rand.NewPCG(37, 38))
	double := func(run int) float64 { return 20 * float64(1+run/2) }
	for n := range 6 {
		if n > 0 {
			if got := changed(t, runs(rng, n, 0, double)); got != nil {
				t.Errorf("%d runs: changes at %v", n, got)
			}
		}
	}
	equal := runs(rng, 0, 0, nil)
	for i := range 10 {
		equal = append(equal, side(i, "Orders", 128, 20, 20, 20, 20, 20, 20))
	}
	equal = append(equal, side(10, "Orders", 128)) // nothing verified
	if got := changed(t, equal); got != nil {
		t.Errorf("equal values: changes at %v", got)
	}
}

// The best segments by their definition: all ways to cut.
func TestPartitionIsBest(t *testing.T) {
	rng := rand.New(rand.NewPCG(39, 40))
	for range 100 {
		values := make([]float64, 6+rng.IntN(8))
		for i := range values {
			values[i] = 3 + rng.NormFloat64() + float64(2*(i/4))
		}
		steps := make([]float64, len(values)-1)
		for i := range steps {
			steps[i] = math.Abs(values[i+1] - values[i])
		}
		slices.Sort(steps)
		d := steps[len(steps)/2] / (0.6745 * math.Sqrt2)
		cost := func(cuts []int) (sum float64) {
			for i := range cuts[1:] {
				part := values[cuts[i]:cuts[i+1]]
				mean := 0.0
				for _, v := range part {
					mean += v / float64(len(part))
				}
				for _, v := range part {
					sum += (v - mean) * (v - mean)
				}
				sum += 2 * d * d
			}
			return sum
		}
		best := math.Inf(1)
		var try func(cuts []int)
		try = func(cuts []int) {
			last := cuts[len(cuts)-1]
			if last == len(values) {
				best = min(best, cost(cuts))
			}
			for next := last + fewestRuns; next <= len(values); next++ {
				try(append(slices.Clone(cuts), next))
			}
		}
		try([]int{0})
		if got := cost(partition(values)); math.Abs(got-best) > 1e-9 {
			t.Fatalf("cost %v, want %v", got, best)
		}
	}
}

// A run that compares has two sides of a target: its base is a history of its own, so
// that a branch which is slower than its base is no zigzag. Runs make a history, not
// points: the same run given twice is one.
func TestBaseHasItsOwnHistory(t *testing.T) {
	var sides []*Side
	for run := range 12 {
		base, head := side(run, "Orders@main", 128, 20, 20, 20, 20, 20, 20), side(run, "Orders", 128, 30, 30, 30, 30, 30, 30)
		base.Target.Name, head.Target.Against = "Orders", base.Target.Key
		sides = append(sides, base, head)
	}
	got := Histories(append(sides, sides...), 0.05)
	if len(got) != 2 || got[0].Key != "Shop/Orders@main" || got[1].Key != "Shop/Orders" {
		t.Fatalf("got %+v, want base and head", got)
	}
	for _, h := range got {
		if len(h.Points) != 12 {
			t.Errorf("%s: %d points of 12 runs", h.Key, len(h.Points))
		}
		for i, p := range h.Points {
			if *p.Median != *h.Points[0].Median || p.Change != nil {
				t.Errorf("%s: %v at %d", h.Key, *p.Median, i)
			}
		}
	}
	if got := OverTime(Histories(append(sides[:2:2], sides[:2]...), 0.05)); len(got) != 0 {
		t.Errorf("a run given twice has %d histories", len(got))
	}
}
