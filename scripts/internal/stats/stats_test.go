package stats

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

func ms(values ...float64) []time.Duration {
	d := make([]time.Duration, len(values))
	for i, v := range values {
		d[i] = time.Duration(v * 1e6)
	}
	return d
}

// upTo returns 1 to n milliseconds, shuffled.
func upTo(n int) []time.Duration {
	d := make([]time.Duration, n)
	for i := range d {
		d[i] = time.Duration(i+1) * time.Millisecond
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { d[i], d[j] = d[j], d[i] })
	return d
}

func one(d time.Duration) *time.Duration { return &d }

func TestDistribute(t *testing.T) {
	const m = time.Millisecond
	tests := []struct {
		name   string
		values []time.Duration
		want   Distribution
	}{
		{"none", nil, Distribution{}},
		{"one", ms(3), Distribution{N: 1, Min: 3 * m, P50: 3 * m, Max: 3 * m}},
		{"even", ms(4, 1, 2, 9), Distribution{N: 4, Min: m, P50: 3 * m, Max: 9 * m}},
		{"the published five", ms(18.45, 18.91, 22.43, 22.24, 19.43),
			Distribution{N: 5, Min: 18_450 * time.Microsecond, P50: 19_430 * time.Microsecond, Max: 22_430 * time.Microsecond}},
		{"six", upTo(6), Distribution{N: 6, Min: m, P50: 3500 * time.Microsecond, MedianLow: one(m), MedianHigh: one(6 * m), Max: 6 * m}},
		{"nine", upTo(9), Distribution{N: 9, Min: m, P50: 5 * m, MedianLow: one(2 * m), MedianHigh: one(8 * m), Max: 9 * m}},
		{"ten", upTo(10), Distribution{N: 10, Min: m, P50: 5500 * time.Microsecond, MedianLow: one(2 * m), MedianHigh: one(9 * m),
			P90: one(9 * m), Max: 10 * m}},
		{"99", upTo(99), Distribution{N: 99, Min: m, P50: 50 * m, MedianLow: one(40 * m), MedianHigh: one(60 * m),
			P90: one(90 * m), Max: 99 * m}},
		{"100", upTo(100), Distribution{N: 100, Min: m, P50: 50_500 * time.Microsecond, MedianLow: one(40 * m), MedianHigh: one(61 * m),
			P90: one(90 * m), P99: one(99 * m), Max: 100 * m}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Distribute(tt.values); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %s\nwant %s", show(got), show(tt.want))
			}
		})
	}
}

func show(d Distribution) string {
	s := fmt.Sprintf("n %d min %v p50 %v max %v", d.N, d.Min, d.P50, d.Max)
	for _, p := range []*time.Duration{d.MedianLow, d.MedianHigh, d.P90, d.P99} {
		if p == nil {
			s += " absent"
			continue
		}
		s += " " + p.String()
	}
	return s
}

// TestMedianRank holds the sum in floating point against integers.
func TestMedianRank(t *testing.T) {
	for _, n := range []int{0, 1, 2, 5, 6, 7, 30, 31, 99, 100, 101, 1000, 2000, 5000} {
		want, below := 0, new(big.Int)
		all := new(big.Int).Lsh(big.NewInt(1), uint(n))
		for k := 0; k < n; k++ {
			below.Add(below, new(big.Int).Binomial(int64(n), int64(k)))
			// 2·below/2^n > 5 % ⇔ 40·below > 2^n
			if new(big.Int).Mul(below, big.NewInt(40)).Cmp(all) > 0 {
				break
			}
			want = k + 1
		}
		if got := medianRank(n); got != want {
			t.Errorf("n %d: got %d, want %d", n, got, want)
		}
	}
	// Far out the normal approximation is the truth: n/2 - 1.96·√n/2.
	if got, want := medianRank(1_000_000), 499_020; got < want-1 || got > want+1 {
		t.Errorf("n 1,000,000: got %d, want %d", got, want)
	}
}

// TestMedianCoverage draws from a skewed distribution and from one with two
// modes, whose true medians are known, and counts how often the interval has
// them. A coverage of 95 % or more is promised; more than 99 % at these n would
// mean that the interval is needlessly wide.
func TestMedianCoverage(t *testing.T) {
	const draws = 10_000
	tests := []struct {
		name   string
		draw   func(r *rand.Rand) float64
		median float64
	}{
		{"skewed", func(r *rand.Rand) float64 { return 20 + r.ExpFloat64() }, 20 + 0.6931471805599453},
		{"two modes", func(r *rand.Rand) float64 {
			if r.IntN(10) < 6 {
				return 36 + r.NormFloat64() // 60 % here: the median is the 5/6 quantile of this mode
			}
			return 43 + r.NormFloat64()
		}, 36 + 0.967421566101701},
	}
	for _, tt := range tests {
		for _, n := range []int{9, 20, 100, 101} {
			t.Run(fmt.Sprint(tt.name, " ", n), func(t *testing.T) {
				r := rand.New(rand.NewPCG(7, uint64(n)))
				values := make([]time.Duration, n)
				median := time.Duration(tt.median * 1e6)
				covered, below := 0, 0
				for range draws {
					for i := range values {
						values[i] = time.Duration(tt.draw(r) * 1e6)
					}
					d := Distribute(values)
					switch {
					case median < *d.MedianLow:
						below++
					case median <= *d.MedianHigh:
						covered++
					}
				}
				// Three standard errors of 10,000 draws at 95 % are 0.65 %.
				if share := float64(covered) / draws; share < 0.9435 || share > 0.99 {
					t.Errorf("covered in %.2f %% of draws, want 95 to 99", 100*share)
				}
				if missed := draws - covered; below < missed*2/5 || below > missed*3/5 {
					t.Errorf("of %d misses %d are below the interval, want about half", missed, below)
				}
			})
		}
	}
}

func TestSummarize(t *testing.T) {
	sample := func(p dataset.Phase, o dataset.Outcome, initMS float64) *dataset.Sample {
		s := &dataset.Sample{Target: "A/One", Phase: p, Outcome: o}
		if initMS > 0 {
			s.InitNS, s.DurationNS, s.BilledNS = new(int64(initMS*1e6)), new(int64(2e6)), new(int64(initMS*1e6)+2e6)
			s.SentNS, s.DoneNS = new(int64(100)), new(int64(100+9e6))
			s.MaxMemoryUsedMB = new(int(initMS))
		}
		return s
	}
	memory := sample(dataset.Warm, dataset.WarmStart, 0)
	memory.MaxMemoryUsedMB, memory.DurationNS = new(99), new(int64(1e6))
	failed := sample(dataset.Burst, dataset.Failed, 0)
	failed.ErrorClass, failed.Status, failed.Error = "http", 502, "Bad Gateway"
	run := &dataset.Run{
		Header: dataset.Header{Targets: []dataset.Target{{Key: "A/One"}, {Key: "A/Two"}}},
		Samples: []*dataset.Sample{
			sample(dataset.Burst, dataset.Cold, 20), sample(dataset.Burst, dataset.Cold, 30),
			sample(dataset.Burst, dataset.WarmStart, 0), sample(dataset.Burst, dataset.Stale, 50),
			sample(dataset.Burst, dataset.Throttled, 0), failed, failed,
			sample(dataset.Burst, dataset.LogMissing, 0), sample(dataset.Burst, "of a newer schema", 0),
			memory, sample(dataset.Warm, dataset.Cold, 70),
		},
	}
	sums := Summarize(run)
	if len(sums) != 2 || sums[0].Target.Key != "A/One" || sums[1].Target.Key != "A/Two" {
		t.Fatalf("got %+v, want one summary a target", sums)
	}
	got := sums[0]
	if want := (Counts{Requested: 9, Cold: 2, Warm: 1, Stale: 1, Failed: 2, Throttled: 1, LogMissing: 1}); got.Counts != want {
		t.Errorf("burst: got %+v, want %+v", got.Counts, want)
	}
	if want := (Counts{Requested: 2, Cold: 1, Warm: 1}); got.AfterBurst != want {
		t.Errorf("after the burst: got %+v, want %+v", got.AfterBurst, want)
	}
	distributions := []struct {
		name string
		got  Distribution
		n    int
		max  float64
	}{
		{"Init", got.Init, 2, 30}, {"DurationCold", got.DurationCold, 2, 2}, {"BilledCold", got.BilledCold, 2, 32},
		{"ClientCold", got.ClientCold, 2, 9}, {"DurationWarm", got.DurationWarm, 1, 1},
		{"ClientWarm", got.ClientWarm, 0, 0}, {"BilledWarm", got.BilledWarm, 0, 0},
	}
	for _, d := range distributions {
		if want := ms(d.max)[0]; d.got.N != d.n || d.got.Max != want {
			t.Errorf("%s: got %s, want n %d max %v", d.name, show(d.got), d.n, want)
		}
	}
	if got.MaxMemoryUsedMB == nil || *got.MaxMemoryUsedMB != 30 {
		t.Errorf("memory: got %v, want 30, of cold samples in bursts only", got.MaxMemoryUsedMB)
	}
	want := []Error{{Class: "http", Status: 502, Text: "Bad Gateway", N: 2}, {N: 1}}
	if !reflect.DeepEqual(got.Errors, want) {
		t.Errorf("errors: got %+v, want %+v", got.Errors, want)
	}
	if two := sums[1]; two.Init.N != 0 || two.MaxMemoryUsedMB != nil || two.Counts != (Counts{}) {
		t.Errorf("target without samples: got %+v", two)
	}
}

func ExampleDistribute() {
	d := Distribute(ms(18.45, 18.91, 22.43, 22.24, 19.43))
	fmt.Println(d.N, d.Min, d.P50, d.Max, d.P90 == nil)
	// Output: 5 18.45ms 19.43ms 22.43ms true
}
