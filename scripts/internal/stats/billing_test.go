package stats

import (
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

func TestMisbilled(t *testing.T) {
	us := func(ms float64) *int64 { return new(int64(ms*1e3) * 1e3) }
	sample := func(init, duration, billed float64) *dataset.Sample {
		s := &dataset.Sample{Outcome: dataset.Cold, DurationNS: us(duration), BilledNS: us(billed)}
		if s.InitNS = us(init); init == 0 {
			s.InitNS, s.Outcome = nil, dataset.WarmStart
		}
		return s
	}
	// The first three are cold starts of container images on AWS, as published by
	// Luc van Donkersgoed.
	right := []*dataset.Sample{
		sample(1293.83, 1049.63, 2344), sample(1307.68, 1058.15, 2366), sample(1258.24, 1002.25, 2261),
		sample(0, 1.44, 2), sample(0, 3, 3),
		sample(0, 3, 4), sample(10.5, 9.5, 21), // 3.00 may have been 3.004
		{Outcome: dataset.Failed, DurationNS: us(3000), BilledNS: us(1)},
		{Outcome: dataset.Cold, DurationNS: us(3)},
	}
	if m := misbilled(dataset.Target{}, right); m != nil {
		t.Errorf("got %+v of samples that are billed as documented", *m)
	}
	wrong := append(right, sample(130.29, 1.5, 2), sample(0, 1.5, 3), sample(20, 1.5, 21))
	want := Misbilled{N: 3, Of: 10, Billed: 2 * time.Millisecond, Expected: 132 * time.Millisecond}
	if m := misbilled(dataset.Target{}, wrong); m == nil || *m != want {
		t.Errorf("got %+v, want %+v", m, want)
	}
	if m := misbilled(dataset.Target{StartType: dataset.StartSnapshot}, wrong); m != nil {
		t.Errorf("got %+v of a target that is restored", *m)
	}
}
