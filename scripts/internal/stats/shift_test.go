package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// series makes rounds of m values each.
func series(rounds, m int, draw func(round int) float64) Series {
	var s Series
	for r := range rounds {
		for range m {
			s.Add(r+1, draw(r))
		}
	}
	return s
}

var plan = Plan{Threshold: 0.05, Confidence: 0.95, Together: true}

func TestRatioIsMedianOfAllPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		draw := func(int) float64 { return math.Round(20 + 10*rng.Float64()) } // many ties
		if rng.IntN(2) == 0 {
			draw = func(int) float64 { return math.Exp(rng.NormFloat64()) }
		}
		x, y := series(1+rng.IntN(5), 1+rng.IntN(5), draw), series(1+rng.IntN(5), 1+rng.IntN(5), draw)
		low, high := middle(x, y)
		want := math.Exp((low + high) / 2)
		if got := *Compare(x, y, plan).Ratio; math.Abs(got/want-1) > 1e-6 {
			t.Fatalf("ratio of %v to %v is %v, want %v", y.Values, x.Values, got, want)
		}
	}
}

// The interval ends where the share of smaller pairs begins to differ from one half
// by more than its error allows, computed here from the definition, pair by pair:
// beyond an end it does, within it does not. Sides are small, of unequal size and
// full of ties.
func TestIntervalIsInverted(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	draws := []func(scale float64) float64{
		func(scale float64) float64 { return scale * math.Exp(0.1*rng.NormFloat64()) },
		func(scale float64) float64 { return math.Round(scale * (20 + 3*rng.ExpFloat64())) },
	}
	ends := 0
	for i := range 300 {
		draw := draws[i%2]
		x := series(2+rng.IntN(6), 3+rng.IntN(3), func(int) float64 { return draw(1) })
		y := series(2+rng.IntN(6), 3+rng.IntN(3), func(int) float64 { return draw(1.1) })
		together := len(distinct(x)) == len(distinct(y)) && rng.IntN(2) == 0
		s := Compare(x, y, Plan{Threshold: 0.05, Confidence: 0.95, Together: together})
		refuted := func(theta float64) bool {
			share, margin := definition(x, y, theta, together)
			return math.Abs(share-0.5) > margin+1e-12
		}
		middleLow, middleHigh := middle(x, y)
		low, high := math.Log(s.Interval.Low), math.Log(s.Interval.High)
		if !refuted(low-2e-7) || !refuted(high+2e-7) {
			t.Fatalf("%d, together %v: %v does not reach to what is refuted", i, together, s.Interval)
		}
		// Where an end is that of the middle, there is nothing within.
		if low < middleLow-1e-6 {
			ends++
			if refuted(low + 2e-7) {
				t.Fatalf("%d, together %v: %v is too wide below", i, together, s.Interval)
			}
		}
		if high > middleHigh+1e-6 {
			ends++
			if refuted(high - 2e-7) {
				t.Fatalf("%d, together %v: %v is too wide above", i, together, s.Interval)
			}
		}
	}
	if ends < 400 {
		t.Errorf("only %d ends of 600 beyond the middle", ends)
	}
}

func distinct(s Series) map[int32]bool {
	all := map[int32]bool{}
	for _, r := range s.Rounds {
		all[r] = true
	}
	return all
}

// middle are the two middle ones of all differences.
func middle(x, y Series) (low, high float64) {
	var all []float64
	for _, a := range x.Values {
		for _, b := range y.Values {
			all = append(all, math.Log(b)-math.Log(a))
		}
	}
	slices.Sort(all)
	return all[(len(all)-1)/2], all[len(all)/2]
}

// definition is the share of pairs whose difference is smaller than theta, and by
// how much it may differ from one half.
func definition(x, y Series, theta float64, together bool) (share, margin float64) {
	n, m := float64(len(x.Values)), float64(len(y.Values))
	smaller := func(a, b float64) float64 {
		switch d := math.Log(b) - math.Log(a) - theta; {
		case d < 0:
			return 1
		case d == 0:
			return 0.5
		}
		return 0
	}
	for _, a := range x.Values {
		for _, b := range y.Values {
			share += smaller(a, b) / n / m
		}
	}
	px, py := map[int32]float64{}, map[int32]float64{}
	for i, a := range x.Values {
		p := 0.0
		for _, b := range y.Values {
			p += smaller(a, b) / m
		}
		px[x.Rounds[i]] += (p - share) / n
	}
	for j, b := range y.Values {
		q := 0.0
		for _, a := range x.Values {
			q += smaller(a, b) / n
		}
		py[y.Rounds[j]] += (q - share) / m
	}
	k, l := float64(len(px)), float64(len(py))
	var both, vx, vy float64
	for r := range px {
		both += (px[r] + py[r]) * (px[r] + py[r]) * k / (k - 1)
		vx += px[r] * px[r] * k / (k - 1)
	}
	for r := range py {
		vy += py[r] * py[r] * l / (l - 1)
	}
	if together {
		return share, quantile(0.975, k-1) * math.Sqrt(both)
	}
	if vx+vy == 0 {
		return share, 0
	}
	df := (vx + vy) * (vx + vy) / (vx*vx/(k-1) + vy*vy/(l-1))
	return share, quantile(0.975, math.Floor(df+1e-9)) * math.Sqrt(vx+vy)
}

func TestVerdicts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	noisy := func(center, spread float64) Series {
		return series(20, 5, func(int) float64 { return center * math.Exp(spread*rng.NormFloat64()) })
	}
	old := noisy(20, 0.03)
	for _, c := range []struct {
		name string
		new  Series
		want Verdict
	}{
		{"equal", noisy(20, 0.03), NotSlower},
		{"twice", noisy(40, 0.03), Slower},
		{"half", noisy(10, 0.03), Faster},
		{"at the threshold", noisy(21, 0.03), Inconclusive},
		{"wild", noisy(20, 1), Inconclusive},
		{"none", Series{}, Inconclusive},
		{"three", series(1, 1, func(int) float64 { return 100 }), Inconclusive},
	} {
		s := Compare(old, c.new, plan)
		if s.Verdict != c.want {
			t.Errorf("%s: %v (%v), want %v", c.name, s.Verdict, s.Interval, c.want)
		}
		if c.name == "wild" && s.Further < 100 {
			t.Errorf("wild: %d further samples, want many more", s.Further)
		}
	}
}

// What drifts from round to round meets both sides and is no shift. For sides
// that did not take turns it is: the interval must be wider.
func TestDriftWidens(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	drift := make([]float64, 20)
	for i := range drift {
		drift[i] = math.Exp(0.1 * rng.NormFloat64())
	}
	draw := func(r int) float64 { return 20 * drift[r] * math.Exp(0.01*rng.NormFloat64()) }
	x, y := series(20, 5, draw), series(20, 5, draw)
	width := func(together bool) float64 {
		i := Compare(x, y, Plan{Threshold: 0.05, Confidence: 0.95, Together: together}).Interval
		return i.High - i.Low
	}
	if a, b := width(true), width(false); a > b/2 {
		t.Errorf("width together %.4f, apart %.4f: want less than half", a, b)
	}
}

// Exchanging the sides turns the ratio over; scaling both changes nothing.
func TestSymmetry(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	x := series(10, 5, func(int) float64 { return 20 + rng.ExpFloat64() })
	y := series(10, 5, func(int) float64 { return 21 + rng.ExpFloat64() })
	scaled := func(s Series) Series {
		v := slices.Clone(s.Values)
		for i := range v {
			v[i] *= 1e3
		}
		return Series{v, s.Rounds}
	}
	a, b, c := Compare(x, y, plan), Compare(y, x, plan), Compare(scaled(x), scaled(y), plan)
	near := func(what string, got, want float64) {
		if math.Abs(got/want-1) > 1e-6 {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	near("ratio turned over", *b.Ratio, 1 / *a.Ratio)
	near("low turned over", b.Interval.Low, 1/a.Interval.High)
	near("high turned over", b.Interval.High, 1/a.Interval.Low)
	near("ratio scaled", *c.Ratio, *a.Ratio)
	near("low scaled", c.Interval.Low, a.Interval.Low)
}

func TestTooFew(t *testing.T) {
	x := series(5, 1, func(r int) float64 { return float64(10 + r) })
	if s := Compare(x, x, plan); s.Interval != nil || s.Ratio == nil {
		t.Errorf("5 and 5 values: interval %v, ratio %v; want a ratio only", s.Interval, s.Ratio)
	}
	x = series(6, 1, func(r int) float64 { return float64(10 + r) })
	if s := Compare(x, x, plan); s.Interval == nil {
		t.Error("6 and 6 values: want an interval")
	}
	if s := Compare(x, x, Plan{Threshold: 0.05, Confidence: Confidence(40)}); s.Interval != nil {
		t.Errorf("6 and 6 values among 40 comparisons: interval %v, want none", s.Interval)
	}
}

func FuzzCompare(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8}, []byte{1, 1, 1, 1, 9, 9}, uint8(2), true)
	f.Add([]byte{0, 0, 255}, []byte{}, uint8(0), false)
	f.Fuzz(func(t *testing.T, a, b []byte, per uint8, together bool) {
		side := func(bytes []byte) (s Series) {
			for i, v := range bytes {
				s.Add(i/(1+int(per)), (float64(v)-10)/7)
			}
			return s
		}
		s := Compare(side(a), side(b), Plan{Threshold: 0.05, Confidence: 0.95, Together: together})
		if (s.Ratio == nil) != (s.OldN == 0 || s.NewN == 0) {
			t.Fatalf("%d and %d values: ratio %v", s.OldN, s.NewN, s.Ratio)
		}
		if s.Ratio == nil || s.Interval == nil {
			if s.Verdict != Inconclusive {
				t.Fatalf("verdict %v without an interval", s.Verdict)
			}
			return
		}
		if !(0 < s.Interval.Low && s.Interval.Low <= *s.Ratio && *s.Ratio <= s.Interval.High && s.Interval.High < math.Inf(1)) {
			t.Fatalf("ratio %v in %v", *s.Ratio, s.Interval)
		}
	})
}

func BenchmarkCompareMillion(b *testing.B) {
	rng := rand.New(rand.NewPCG(11, 12))
	draw := func(int) float64 { return 0.02 * math.Exp(0.05*rng.NormFloat64()) }
	x, y := series(1000, 500, draw), series(1000, 500, draw)
	for b.Loop() {
		Compare(x, y, plan)
	}
}

// How often the interval holds the shift where samples are few: one round, so that
// each sample counts as independent, or rounds as few as six; smooth, with a tail, of
// two modes, or of so few different values that most pairs are ties.
func TestIntervalOfFew(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	draws := []struct {
		name string
		low  float64
		high float64
		draw func() float64
	}{
		{"normal", 0.925, 0.98, func() float64 { return math.Exp(0.05 * rng.NormFloat64()) }},
		{"long tail", 0.925, 0.98, func() float64 { return 20 + 2*rng.ExpFloat64() }},
		{"two modes", 0.925, 0.985, func() float64 { return (36 + 7*float64(rng.IntN(2))) * math.Exp(0.035*rng.NormFloat64()) }},
		// The shift of the population is a tie of many: an interval that ends there holds it.
		{"ticks", 0.93, 1, func() float64 { return math.Round(10 * math.Exp(0.1*rng.NormFloat64())) }},
	}
	for _, d := range draws {
		for _, shape := range [][2]int{{1, 6}, {1, 8}, {1, 12}, {6, 2}, {8, 5}} {
			const runs = 1000
			held := 0
			for range runs {
				x := series(shape[0], shape[1], func(int) float64 { return d.draw() })
				y := series(shape[0], shape[1], func(int) float64 { return d.draw() })
				if i := Compare(x, y, plan).Interval; i.Low <= 1 && 1 <= i.High {
					held++
				}
			}
			if got := float64(held) / runs; got < d.low || got > d.high {
				t.Errorf("%s, %d rounds of %d: the interval holds the shift in %.1f %%, want %.1f–%.1f %%", d.name, shape[0], shape[1], 100*got, 100*d.low, 100*d.high)
			}
		}
	}
}
