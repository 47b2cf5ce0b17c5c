package stats

import (
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// With provisioned concurrency a burst's answers decide, and the warm requests after
// it are another population.
func TestProvisionedIsApart(t *testing.T) {
	make := func(name string, ready float64) (*Side, []*dataset.Sample) {
		s := side(1, name, 128)
		s.Target.StartType = dataset.StartProvisioned
		var samples []*dataset.Sample
		for i := range 100 {
			samples = append(samples,
				&dataset.Sample{Target: s.Target.Key, Round: i / 5, Phase: dataset.Burst, Outcome: dataset.WarmStart, DurationNS: new(int64(1e6 * (ready + float64(i%7)/100)))},
				&dataset.Sample{Target: s.Target.Key, Round: i / 5, Phase: dataset.Warm, Outcome: dataset.WarmStart, DurationNS: new(int64(1e6))})
		}
		for _, x := range samples {
			s.Add(x)
		}
		return s, samples
	}
	old, samples := make("Old", 20)
	slow, _ := make("New", 30)
	c := compared(t, old, slow)
	if m := c.Measures[0]; c.Verdict != Slower || m.Name != "Duration, provisioned" || m.OldN != 100 || *m.Ratio < 1.49 {
		t.Errorf("%s: %+v; want slower by half, of a hundred", c.Verdict, m)
	}
	if m := c.Measures[1]; m.Name != "Duration, warm" || m.OldN != 100 || *m.Ratio != 1 {
		t.Errorf("second measure: %+v; want what came after the bursts", m)
	}
	if got := old.Deciding(); len(got) != 100 || got[0] < 0.02 {
		t.Errorf("%d values decide, the first %v; want a hundred of 20 ms", len(got), got[0])
	}
	sum := Summarize(&dataset.Run{Header: dataset.Header{Targets: []dataset.Target{old.Target}}, Samples: samples})[0]
	if sum.DurationProvisioned.N != 100 || sum.DurationWarm.N != 100 || sum.DurationProvisioned.Min < 19e6 || sum.DurationWarm.Max > 2e6 {
		t.Errorf("provisioned %s, warm %s", show(sum.DurationProvisioned), show(sum.DurationWarm))
	}
}

// A request that repeated an init that had failed is counted warm, as its REPORT has no
// Init Duration; its time is no warm request's.
func TestRepeatedInitIsNoWarmTime(t *testing.T) {
	for _, start := range []string{"", dataset.StartProvisioned} {
		s := side(1, "Old", 128)
		s.Target.StartType = start
		var samples []*dataset.Sample
		for i := range 20 {
			for _, phase := range []dataset.Phase{dataset.Burst, dataset.Warm} {
				samples = append(samples, &dataset.Sample{Target: s.Target.Key, Round: i, Phase: phase, Outcome: dataset.WarmStart, DurationNS: new(int64(1e6))})
			}
		}
		for _, x := range samples[:2] {
			x.InitFailed, x.DurationNS = "timeout", new(int64(1e10))
		}
		for _, x := range samples {
			s.Add(x)
		}
		sum := Summarize(&dataset.Run{Header: dataset.Header{Targets: []dataset.Target{s.Target}}, Samples: samples})[0]
		if sum.DurationWarm.N != 19 || sum.DurationWarm.Max != 1e6 || sum.DurationProvisioned.Max > 1e6 || sum.AfterBurst.Warm != 20 {
			t.Errorf("%q: warm %s, provisioned %s of %+v", start, show(sum.DurationWarm), show(sum.DurationProvisioned), sum.AfterBurst)
		}
		if len(s.durationWarm.Values) != 19 || start != "" && len(s.provisioned.Values) != 19 {
			t.Errorf("%q: %d warm and %d provisioned values", start, len(s.durationWarm.Values), len(s.provisioned.Values))
		}
	}
}

// Where start types differ both quantities are named.
func TestAcrossStartNamesBoth(t *testing.T) {
	old, new := side(1, "Old", 128, 20, 20), side(1, "New", 128)
	new.Target.StartType = dataset.StartSnapshot
	all, err := ComparePairs([]Pair{{old, new}}, 0.05, []string{DiffersStart})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := all[0].Measures[0].Name, "Init Duration → Restore Duration"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
