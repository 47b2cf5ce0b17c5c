package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// drawn are n values in order of size.
func drawn(n int, draw func() float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = draw()
	}
	slices.Sort(v)
	return v
}

// How often two modes are seen where there is one. The uniform distribution is the
// hardest to tell from two and what critical is taken from; cold starts are none.
func TestModesOfOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	for _, c := range []struct {
		name string
		most float64
		draw func() float64
	}{
		{"uniform", 0.07, rng.Float64},
		{"normal", 0.01, rng.NormFloat64},
		{"exponential tail", 0.01, func() float64 { return math.Log(20 + 2*rng.ExpFloat64()) }},
		{"lognormal tail", 0.01, func() float64 { return math.Log(20 + math.Exp(rng.NormFloat64())) }},
		{"a tenth five times as slow", 0.02, func() float64 {
			if rng.Float64() < 0.1 {
				return math.Log(100) + 0.5*rng.NormFloat64()
			}
			return math.Log(20) + 0.04*rng.NormFloat64()
		}},
		{"ticks of a hundredth", 0.01, func() float64 { return math.Log(math.Round(2000*math.Exp(0.04*rng.NormFloat64())) / 100) }},
		{"ticks of a twentieth", 0.01, func() float64 { return math.Log(math.Round(20 * math.Exp(0.04*rng.NormFloat64()))) }},
	} {
		for _, n := range []int{20, 100, 5000} {
			runs := 600
			if n > 1000 {
				runs = 60
			}
			seen := 0
			for range runs {
				if modes(drawn(n, c.draw)) != nil {
					seen++
				}
			}
			if got := float64(seen) / float64(runs); got > c.most {
				t.Errorf("%s, n %d: two modes in %.1f %%, want at most %.1f %%", c.name, n, 100*got, 100*c.most)
			}
		}
	}
}

// How often two modes are found, those of real days at n = 100 among them, and
// where.
func TestModesOfTwo(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	for _, c := range []struct {
		name        string
		n           int
		first       float64 // share
		a, b, width float64
		least       float64
	}{
		{"real days", 100, 0.6, 36, 43, 0.035, 0.9},
		{"real days turned over", 100, 0.4, 36, 43, 0.035, 0.9},
		{"more of them", 200, 0.6, 36, 43, 0.035, 0.99},
		{"far apart", 50, 0.5, 2, 4, 0.1, 0.99},
		{"one fifth", 500, 0.8, 36, 43, 0.035, 0.8},
		{"very many", 100_000, 0.8, 36, 43, 0.035, 1},
	} {
		runs := max(3, 40_000/c.n)
		found := 0
		for range runs {
			got := modes(drawn(c.n, func() float64 {
				center := c.a
				if rng.Float64() >= c.first {
					center = c.b
				}
				return math.Log(center) + c.width*rng.NormFloat64()
			}))
			if got == nil {
				continue
			}
			found++
			if len(got) != 2 || math.Abs(got[0].Center/c.a-1) > 0.1 || math.Abs(got[1].Center/c.b-1) > 0.1 ||
				math.Abs(got[0].Share-c.first) > 0.2 || math.Abs(got[0].Share+got[1].Share-1) > 1e-9 {
				t.Errorf("%s: got %v, want %v and %v", c.name, got, c.a, c.b)
			}
		}
		if got := float64(found) / float64(runs); got < c.least {
			t.Errorf("%s: two modes in %.1f %% of %d, want at least %.0f %%", c.name, 100*got, runs, 100*c.least)
		}
	}
}

func TestModesOfFewAndEqual(t *testing.T) {
	for _, n := range []int{0, 1, 19} {
		v := drawn(n, func() float64 { return 0 })
		for i := range n / 2 {
			v[i] = -5 + float64(i)/100
		}
		if got := modes(v); got != nil {
			t.Errorf("%d values: %v, want none of so few", n, got)
		}
	}
	// Billed whole milliseconds, next to each other: ticks, no modes.
	x := append(slices.Repeat([]float64{math.Log(0.002)}, 50), slices.Repeat([]float64{math.Log(0.003)}, 50)...)
	if got := modes(x); got != nil {
		t.Errorf("two ticks: %v, want none", got)
	}
	// Two values far from each other beside a resolution that is finer.
	x = append(slices.Repeat([]float64{math.Log(0.002), math.Log(0.003)}, 30), slices.Repeat([]float64{math.Log(0.009)}, 40)...)
	slices.Sort(x)
	if got := modes(x); len(got) != 2 || math.Abs(got[1].Center-0.009) > 1e-9 || got[1].Share != 0.4 {
		t.Errorf("ticks in two places: %v, want 40 %% at 0.009", got)
	}
	for _, equal := range []float64{0, -3, 5} {
		if got := modes(slices.Repeat([]float64{equal}, 100)); got != nil {
			t.Errorf("equal values: %v, want none", got)
		}
	}
}

// The intervals' excess by its definition: all pairs and quadruples of ends.
func TestSecondExcessIsThatOfAllIntervals(t *testing.T) {
	rng := rand.New(rand.NewPCG(25, 26))
	for range 200 {
		x := drawn(2+rng.IntN(9), rng.NormFloat64)
		lambda := math.Exp(rng.NormFloat64())
		each := func(i, j int) float64 { return float64(j-i+1)/float64(len(x)) - lambda*(x[j]-x[i]) }
		one, two := math.Inf(-1), math.Inf(-1)
		for i := range x {
			for j := i; j < len(x); j++ {
				one = max(one, each(i, j))
				for k := j + 1; k < len(x); k++ {
					for l := k; l < len(x); l++ {
						two = max(two, each(i, j)+each(k, l))
					}
				}
			}
		}
		if got, _ := secondExcess(x, lambda); math.Abs(got-(two-one)) > 1e-12 {
			t.Fatalf("%v at %v: %v, want %v", x, lambda, got, two-one)
		}
	}
}
