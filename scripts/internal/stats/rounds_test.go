package stats

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// Identical code, with rounds that drift by a tenth on each side by itself: where
// they are too few to see it, there is no verdict and no interval to trust.
func TestFewRoundsHaveNoVerdict(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 52))
	drifting := func(run, rounds int) *Side {
		s := side(run, "Orders", 128)
		for r := range rounds {
			center := 20 * math.Exp(0.1*rng.NormFloat64())
			for range 100 / rounds {
				s.Add(&dataset.Sample{Target: s.Target.Key, Round: r, Phase: dataset.Burst, Outcome: dataset.Cold, InitNS: new(int64(1e6 * center * math.Exp(0.02*rng.NormFloat64())))})
			}
		}
		return s
	}
	for _, apart := range []int{0, 1} {
		for rounds, want := range map[int]string{1: "too few rounds: 1, a single burst; 5 or more", 2: "too few rounds: 2; 5 or more tell how rounds differ", 4: "too few rounds: 4;", 5: "", 8: ""} {
			for range 50 {
				c := compared(t, drifting(1, 8), drifting(1+apart, rounds))
				few := c.Verdict == Inconclusive && c.Measures[0].Interval == nil && c.Measures[0].Ratio != nil
				if m := c.Measures[0]; m.Rounds != rounds || !strings.HasPrefix(c.Reason, want) || want != "" && !few || want == "" && (m.Interval == nil || c.Reason != "") {
					t.Fatalf("%d rounds, together %v: %d, %s, %q, %v; want %q", rounds, c.Together, m.Rounds, c.Verdict, c.Reason, m.Interval, want)
				}
			}
		}
	}
}

// Rounds that only one side has values of tell nothing of both.
func TestRoundsAreThoseOfBoth(t *testing.T) {
	of := func(from, to int) (s Series) {
		for r := from; r < to; r++ {
			s.Add(r, 20)
		}
		return s
	}
	for _, c := range []struct {
		x, y     Series
		together bool
		want     int
	}{{of(0, 8), of(4, 12), true, 4}, {of(0, 8), of(4, 12), false, 8}, {of(0, 3), of(0, 12), true, 3}, {of(0, 12), of(0, 3), false, 3}} {
		if got := Compare(c.x, c.y, Plan{Threshold: 0.05, Confidence: 0.95, Together: c.together}).Rounds; got != c.want {
			t.Errorf("%v: %d rounds, want %d", c, got, c.want)
		}
	}
}

// Two files without a run's id are not of one run.
func TestTogetherNeedsARun(t *testing.T) {
	a, b := side(1, "Orders", 128, 20, 21), side(1, "New", 128, 20, 21)
	if c := compared(t, a, b); !c.Together {
		t.Error("two targets of a run took turns")
	}
	same := *a
	if !a.Same(&same) || a.Same(b) {
		t.Error("a side is the same as its copy, and not as another target's")
	}
	a.Header.Run, b.Header.Run, same.Header.Run = "", "", ""
	if c := compared(t, a, b); c.Together {
		t.Error("without an id nobody knows whether they took turns")
	}
	if a.Same(&same) {
		t.Error("without an id nobody knows whether samples are the same")
	}
}

// The advice is for the end of the interval that crosses the threshold: with as many
// more rounds, drawn from the same, most verdicts are no longer inconclusive; where
// the estimate lies on the threshold no number helps.
func TestFurtherDecides(t *testing.T) {
	rng := rand.New(rand.NewPCG(53, 54))
	draw := func(rounds int, truth float64) (x, y Series) {
		for r := range rounds {
			for range 5 {
				x.Add(r, 20+2*rng.ExpFloat64())
				y.Add(r, truth*(20+2*rng.ExpFloat64()))
			}
		}
		return x, y
	}
	for _, truth := range []float64{1, 1.02, 1.12} {
		advised, decided := 0, 0
		for range 200 {
			x, y := draw(5, truth)
			s := Compare(x, y, plan)
			if s.Verdict != Inconclusive {
				continue
			}
			if s.FurtherRounds == 0 && math.Abs(*s.Ratio-1.05) > 0.01 {
				t.Fatalf("ratio %v in %v: no number of rounds", *s.Ratio, *s.Interval)
			}
			if s.FurtherRounds == 0 || s.FurtherRounds > 200 {
				continue
			}
			if s.Further != 5*s.FurtherRounds && s.Further < 100 {
				t.Fatalf("%d samples in %d rounds of 5", s.Further, s.FurtherRounds)
			}
			advised++
			x, y = draw(5+s.FurtherRounds, *s.Ratio)
			if Compare(x, y, plan).Verdict != Inconclusive {
				decided++
			}
		}
		if advised < 20 || float64(decided) < 0.6*float64(advised) {
			t.Errorf("truth %v: %d of %d decided, want four of five", truth, decided, advised)
		}
	}
}

// A lopsided interval's long end is not the one that crosses.
func TestFurtherTakesTheEndThatCrosses(t *testing.T) {
	r := &ranks{shared: true}
	limit := math.Log1p(0.05)
	s := Shift{OldN: 50, NewN: 50, Rounds: 10, Clusters: 10, ByRound: true, Confidence: 0.95, Threshold: 0.05, Verdict: Inconclusive}
	s.decide(r, limit-0.02, limit-0.03, limit+0.001)
	near := s.FurtherRounds
	s.decide(r, limit-0.02, limit-0.5, limit+0.001)
	if near == 0 || near > 12 || s.FurtherRounds != near {
		t.Errorf("%d rounds and %d, want the same few", near, s.FurtherRounds)
	}
	s.decide(r, limit+0.02, limit-0.001, limit+0.5)
	if s.FurtherRounds != near {
		t.Errorf("%d rounds from above, want %d", s.FurtherRounds, near)
	}
	for _, estimate := range []float64{limit, limit - 1e-5, limit + 1e-5} {
		s.Further, s.FurtherRounds = 0, 0
		if s.decide(r, estimate, limit-0.1, limit+0.1); s.Verdict != Inconclusive || s.Further != 0 || s.FurtherRounds != 0 {
			t.Errorf("%v from the threshold: %d rounds, want no advice", estimate-limit, s.FurtherRounds)
		}
	}
}

// Values that no ratio is made of are not lost without a word.
func TestLeftOutIsCounted(t *testing.T) {
	x := series(10, 10, func(int) float64 { return 20 })
	s := Compare(x, series(10, 10, func(int) float64 { return 0 }), plan)
	if s.NewN != 0 || s.NewLeftOut != 100 || s.OldN != 100 || s.OldLeftOut != 0 {
		t.Errorf("got %+v", s)
	}
}

// Student's quantile falls with more rounds, and so fewer are missing than the root
// alone would ask for.
func TestFurtherKnowsStudent(t *testing.T) {
	r := &ranks{shared: true}
	limit := math.Log1p(0.05)
	for _, rounds := range []int{5, 8, 20} {
		for _, half := range []float64{0.025, 0.04, 0.08} {
			s := Shift{OldN: 5 * rounds, NewN: 5 * rounds, Rounds: rounds, Clusters: rounds, ByRound: true, Confidence: 0.95, Threshold: 0.05}
			s.decide(r, limit-0.02, limit-0.1, limit-0.02+half)
			now, want := half/quantile(0.975, float64(rounds-1)), 1
			for (quantile(0.975, float64(rounds+want-1))+0.84)*now*math.Sqrt(float64(rounds)/float64(rounds+want)) > 0.02 {
				want++
			}
			if got := float64(s.FurtherRounds); math.Abs(got-float64(want)) > 1+0.1*float64(want) {
				t.Errorf("%d rounds, half the width %v: %v more, want %d", rounds, half, got, want)
			}
		}
	}
}
