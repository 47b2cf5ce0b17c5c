package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// source makes runs of two sides that execute the same code: rounds of burst
// values each. A real change is planted afterwards.
type source struct {
	name string
	draw func(rng *rand.Rand, rounds, burst int) (old, new stats.Series)
}

// fromDays are sources that draw from real days. The same function's days differ
// more than its cold starts of one day, and are what drift between rounds is taken from.
func fromDays(functions []function) []source {
	pick := func(rng *rand.Rand) []day { return functions[rng.IntN(len(functions))].days }
	of := func(name string, days func(rng *rand.Rand, all []day, rounds int) (old, new []day)) source {
		return source{name: name, draw: func(rng *rand.Rand, rounds, burst int) (old, new stats.Series) {
			a, b := days(rng, pick(rng), rounds)
			for r := range rounds {
				if &a[r][0] == &b[r][0] { // one day: no value on both sides
					both := values(rng, a[r], 2*burst)
					take(&old, r, both[:burst])
					take(&new, r, both[burst:])
					continue
				}
				take(&old, r, values(rng, a[r], burst))
				take(&new, r, values(rng, b[r], burst))
			}
			return old, new
		}}
	}
	return []source{
		of("each round a random day", func(rng *rand.Rand, all []day, rounds int) (old, new []day) {
			for range rounds {
				old = append(old, all[rng.IntN(len(all))])
			}
			return old, old
		}),
		of("each round the next day", func(rng *rand.Rand, all []day, rounds int) (old, new []day) {
			start := rng.IntN(len(all))
			for r := range rounds {
				old = append(old, all[(start+r)%len(all)])
			}
			return old, old
		}),
		of("half of the rounds torn between two days", func(rng *rand.Rand, all []day, rounds int) (old, new []day) {
			for range rounds {
				i := rng.IntN(len(all) - 1)
				old, new = append(old, all[i]), append(new, all[i+rng.IntN(2)])
			}
			return old, new
		}),
		{name: "all rounds one day", draw: func(rng *rand.Rand, rounds, burst int) (old, new stats.Series) {
			all := pick(rng)
			d := all[rng.IntN(len(all))]
			both := again(rng, d, 2*rounds*burst)
			for r := range rounds {
				take(&old, r, both[2*r*burst:(2*r+1)*burst])
				take(&new, r, both[(2*r+1)*burst:(2*r+2)*burst])
			}
			return old, new
		}},
	}
}

// values are n of a day, each once, or where a day has not so many, drawn again.
func values(rng *rand.Rand, d day, n int) []float64 {
	if n > len(d) {
		return again(rng, d, n)
	}
	picked := make([]float64, n)
	for i, at := range rng.Perm(len(d))[:n] {
		picked[i] = d[at]
	}
	return picked
}

// again draws n values of a day with replacement, spread so that they are no ties.
func again(rng *rand.Rand, d day, n int) []float64 {
	spread := bandwidth(d)
	drawn := make([]float64, n)
	for i := range drawn {
		drawn[i] = d[rng.IntN(len(d))] * math.Exp(spread*rng.NormFloat64())
	}
	return drawn
}

// bandwidth is how far a day's values are spread when they are drawn more than
// once, so that they are no ties: Silverman's rule, on logarithms.
func bandwidth(d day) float64 {
	logs := make([]float64, len(d))
	var sum, squares float64
	for i, v := range d {
		logs[i] = math.Log(v)
		sum += logs[i]
	}
	n := float64(len(d))
	for _, v := range logs {
		squares += (v - sum/n) * (v - sum/n)
	}
	slices.Sort(logs)
	quartiles := logs[len(logs)*3/4] - logs[len(logs)/4]
	return 0.9 * math.Min(math.Sqrt(squares/(n-1)), quartiles/1.34) * math.Pow(n, -0.2)
}

func take(to *stats.Series, round int, values []float64) {
	for _, v := range values {
		to.Add(round, v)
	}
}

// drifting has rounds that differ by a tenth, on each side by itself.
func drifting() source {
	return source{name: "10 % drift a round and side", draw: func(rng *rand.Rand, rounds, burst int) (old, new stats.Series) {
		for r := range rounds {
			a, b := 40*math.Exp(0.1*rng.NormFloat64()), 40*math.Exp(0.1*rng.NormFloat64())
			for range burst {
				old.Add(r, a*math.Exp(0.035*rng.NormFloat64()))
				new.Add(r, b*math.Exp(0.035*rng.NormFloat64()))
			}
		}
		return old, new
	}}
}

// invented are sources whose shape is known.
func invented() []source {
	each := func(name string, value func(rng *rand.Rand) func(side int) float64) source {
		return source{name: name, draw: func(rng *rand.Rand, rounds, burst int) (old, new stats.Series) {
			for r := range rounds {
				draw := value(rng) // what the round has in common
				for range burst {
					old.Add(r, draw(0))
					new.Add(r, draw(1))
				}
			}
			return old, new
		}}
	}
	// The modes, shares and spread of the real days of lambda-perf.
	mode := func(rng *rand.Rand) float64 {
		if rng.Float64() < 0.6 {
			return 36
		}
		return 43
	}
	around := func(rng *rand.Rand, center float64) float64 { return center * math.Exp(0.035*rng.NormFloat64()) }
	return []source{
		each("one mode", func(rng *rand.Rand) func(int) float64 {
			return func(int) float64 { return around(rng, 40) }
		}),
		each("one mode with a long tail", func(rng *rand.Rand) func(int) float64 {
			return func(int) float64 { return 20 + 2*rng.ExpFloat64() }
		}),
		each("two modes", func(rng *rand.Rand) func(int) float64 {
			return func(int) float64 { return around(rng, mode(rng)) }
		}),
		each("two modes, one a round for both sides", func(rng *rand.Rand) func(int) float64 {
			center := mode(rng)
			return func(int) float64 { return around(rng, center) }
		}),
		each("two modes, one a round and side", func(rng *rand.Rand) func(int) float64 {
			centers := [2]float64{mode(rng), mode(rng)}
			return func(side int) float64 { return around(rng, centers[side]) }
		}),
	}
}
