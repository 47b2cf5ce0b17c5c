package dial

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// noisy makes a run of 20 rounds that drift, with 5 cold and 25 warm requests of each
// size, whose Duration is so many ms, with a tenth of noise.
func noisy(warm map[int]float64) *dataset.Run {
	run := sizes(0, nil)
	rng := rand.New(rand.NewPCG(7, 8))
	for _, mb := range []int{128, 512, 1024} {
		if warm[mb] == 0 {
			continue
		}
		key := time.Duration(mb).String()
		run.Header.Targets = append(run.Header.Targets, dataset.Target{Key: key, DialOf: "Shop/Orders", MemoryMB: mb, Architecture: "arm64"})
		for round := range 20 {
			for i := range 30 {
				ns := int64(1e6 * warm[mb] * (1 + 0.1*math.Sin(float64(round))) * math.Exp(0.1*rng.NormFloat64()))
				s := &dataset.Sample{Target: key, Round: round, Phase: dataset.Warm, Outcome: dataset.WarmStart, DurationNS: &ns}
				if i < 5 {
					s.Phase, s.Outcome, s.InitNS = dataset.Burst, dataset.Cold, new(int64(1e7*math.Exp(0.1*rng.NormFloat64())))
				}
				s.BilledNS = new((ns/1e6 + 1) * 1e6)
				run.Samples = append(run.Samples, s)
			}
		}
	}
	return run
}

// What does not differ beyond noise is not told apart: the cheaper one is worth choosing.
// What differs is.
func TestNoise(t *testing.T) {
	d := Of(noisy(map[int]float64{128: 80, 512: 10, 1024: 9.95}), Options{ColdShare: 0.01})[0]
	for i, want := range []struct {
		worth bool
		like  int
	}{{false, 0}, {true, 0}, {false, 512}} {
		if p := d.Points[i]; p.Worth != want.worth || p.LikeMB != want.like {
			t.Errorf("%d MB: worth choosing %v, like %d, want %+v", p.MemoryMB, p.Worth, p.LikeMB, want)
		}
	}
	if got := d.answer(); got != "worth choosing: 512 MB" {
		t.Errorf("got %q", got)
	}
	d = Of(noisy(map[int]float64{512: 10, 1024: 7}), Options{ColdShare: 0.01})[0]
	if !d.Points[0].Worth || !d.Points[1].Worth {
		t.Errorf("one is cheaper, the other faster: %+v", d.Points)
	}
}

// A size at which requests failed is neither worth choosing nor known to meet a target.
func TestFailing(t *testing.T) {
	run := noisy(map[int]float64{128: 10, 512: 10})
	run.Samples = append(run.Samples, &dataset.Sample{Target: run.Header.Targets[0].Key, Phase: dataset.Warm, Outcome: dataset.Failed})
	d := Of(run, Options{ColdShare: 0.01, TargetP99: time.Second})[0]
	if p := d.Points[0]; p.Worth || p.Meets != Unknown || p.Failed != 1 || d.Cheapest != 512 || d.Possible != 0 {
		t.Errorf("%+v, cheapest %d", p, d.Cheapest)
	}
}

// A target inside the interval is not met for sure.
func TestTarget(t *testing.T) {
	run := noisy(map[int]float64{128: 80, 512: 10})
	p99 := Of(run, Options{ColdShare: 0.01})[0].Points[1].P99
	if p99 == nil || p99.Low == nil || p99.High == nil || *p99.Low > p99.NS || *p99.High < p99.NS || *p99.Low == *p99.High {
		t.Fatalf("p99 %+v", p99)
	}
	for limit, want := range map[int64]struct {
		meets Meets
		says  string
	}{
		*p99.High:     {Met, "512 MB is the cheapest that meets"},
		*p99.High - 1: {MayMeet, "no size is sure to meet"},
		*p99.Low:      {MayMeet, "512 MB may ($"},
		*p99.Low - 1:  {NotMet, "no size is sure to meet"},
	} {
		d := Of(run, Options{ColdShare: 0.01, TargetP99: time.Duration(limit)})[0]
		if d.Points[1].Meets != want.meets || !strings.Contains(d.answer(), want.says) {
			t.Errorf("target %d: %s, %q; want %s, %q", limit, d.Points[1].Meets, d.answer(), want.meets, want.says)
		}
	}
}

// Clopper's and Pearson's bounds by hand: of n of n the lower is the n-th root of the
// probability to miss, and what bounds a share from above bounds the rest from below.
func TestBounds(t *testing.T) {
	for _, n := range []int{1, 10, 500} {
		if got, want := atLeast(n, n, 0.025), math.Pow(0.025, 1/float64(n)); math.Abs(got-want) > 1e-9 {
			t.Errorf("%d of %d: at least %g, want %g", n, n, got, want)
		}
		if got, want := atMost(0, n, 0.025), 1-math.Pow(0.025, 1/float64(n)); math.Abs(got-want) > 1e-9 {
			t.Errorf("0 of %d: at most %g, want %g", n, got, want)
		}
	}
}
