package dial

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// sides are what one size is compared by: times in s, a sample each, and $ a million
// requests, a value each round. Samples of a round share its moment, and so do all
// sizes: the run has measured them by turns.
type sides struct{ cold, warm, cost stats.Series }

// billed is what requests of one kind have billed.
type billed struct {
	ns int64
	n  int64
}

func (b *billed) add(ns int64) { b.ns, b.n = b.ns+ns, b.n+1 }

func (b billed) mean() time.Duration { return time.Duration(b.ns / b.n) }

// bills are those of cold and of warm requests.
type bills struct{ cold, warm billed }

func (b bills) usd(t dataset.Target, coldShare float64) float64 {
	return coldShare*price.PerMillion(t, b.cold.mean()) + (1-coldShare)*price.PerMillion(t, b.warm.mean())
}

// pointOf is false where nothing was measured of the cold or of the warm.
func pointOf(run *dataset.Run, t dataset.Target, coldShare float64) (Point, bool) {
	p := Point{MemoryMB: t.MemoryMB}
	var cold, warm []int64
	var all bills
	rounds := map[int]*bills{}
	for _, s := range run.Samples {
		if s.Target != t.Key {
			continue
		}
		if s.Outcome == dataset.Failed {
			p.Failed++
		}
		if s.DurationNS == nil || s.BilledNS == nil {
			continue
		}
		round := rounds[s.Round]
		if round == nil {
			round = new(bills)
			rounds[s.Round] = round
		}
		switch {
		case s.Outcome == dataset.Cold && s.Phase == dataset.Burst && s.InitNS != nil:
			ns := *s.InitNS + *s.DurationNS
			cold = append(cold, ns)
			p.cold.Add(s.Round, seconds(ns))
			round.cold.add(*s.BilledNS)
			all.cold.add(*s.BilledNS)
		case s.Inherited() && s.Phase == dataset.Warm:
			warm = append(warm, *s.DurationNS)
			p.warm.Add(s.Round, seconds(*s.DurationNS))
			round.warm.add(*s.BilledNS)
			all.warm.add(*s.BilledNS)
		}
	}
	p.Cold, p.Warm = len(cold), len(warm)
	if p.Cold == 0 || p.Warm == 0 {
		return p, false
	}
	for _, n := range slices.Sorted(maps.Keys(rounds)) {
		if b := rounds[n]; b.cold.n > 0 && b.warm.n > 0 {
			p.cost.Add(n, b.usd(t, coldShare))
		}
	}
	p.ColdP50, p.WarmP50 = median(p.cold.Values), median(p.warm.Values)
	p.USDPerMillion = all.usd(t, coldShare)
	slices.Sort(cold)
	slices.Sort(warm)
	p.P99 = p99(mix{cold, warm, coldShare})
	return p, true
}

func seconds(ns int64) float64 { return time.Duration(ns).Seconds() }

func median(values []float64) Time {
	ns := func(s float64) int64 { return int64(math.Round(s * 1e9)) }
	m := stats.MedianOf(values)
	t := Time{NS: ns(m.P50)}
	if m.Bounded {
		t.Low, t.High = new(ns(m.Low)), new(ns(m.High))
	}
	return t
}
