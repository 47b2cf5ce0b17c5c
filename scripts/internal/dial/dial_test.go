package dial

import (
	"math"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// sizes makes a run with n cold and n warm samples for each size: a cold start of
// 10 ms of init and cold of Duration, warm requests of warm, each billed rounded up.
func sizes(n int, points map[int][2]time.Duration) *dataset.Run {
	run := &dataset.Run{Header: dataset.Header{Executor: dataset.ExecutorAWS}}
	for mb, d := range points {
		t := dataset.Target{Key: "Shop/Orders@" + time.Duration(mb).String(), DialOf: "Shop/Orders", MemoryMB: mb, Architecture: "arm64"}
		run.Header.Targets = append(run.Header.Targets, t)
		const init = 10 * time.Millisecond
		up := func(d time.Duration) *int64 {
			return new((d + time.Millisecond - 1).Truncate(time.Millisecond).Nanoseconds())
		}
		for i := range n {
			round := i % 20
			run.Samples = append(run.Samples,
				&dataset.Sample{Target: t.Key, Round: round, Phase: dataset.Burst, Outcome: dataset.Cold, InitNS: new(init.Nanoseconds()), DurationNS: new(d[0].Nanoseconds()), BilledNS: up(init + d[0])},
				&dataset.Sample{Target: t.Key, Round: round, Phase: dataset.Warm, Outcome: dataset.WarmStart, DurationNS: new(d[1].Nanoseconds()), BilledNS: up(d[1])})
		}
	}
	return run
}

// The price by hand: 0.2 + 1.0 for a million requests, and GB-seconds of arm64 at
// 0.0000133334.
func TestOf(t *testing.T) {
	run := sizes(100, map[int][2]time.Duration{
		1024: {20 * time.Millisecond, 10 * time.Millisecond},
		128:  {200 * time.Millisecond, 100 * time.Millisecond},
		2048: {20 * time.Millisecond, 10 * time.Millisecond}, // no faster, and dearer
	})
	dials := Of(run, Options{ColdShare: 0.02, TargetP99: 40 * time.Millisecond})
	if len(dials) != 1 || len(dials[0].Points) != 3 || dials[0].Of != "Shop/Orders" {
		t.Fatalf("got %+v", dials)
	}
	d := dials[0]
	for i, want := range []Point{
		{MemoryMB: 128, ColdP50: Time{NS: 210e6}, WarmP50: Time{NS: 100e6}, P99: &Time{NS: 210e6}, USDPerMillion: 1.2 + 1e6*(0.02*0.210+0.98*0.100)/8*0.0000133334},
		{MemoryMB: 1024, ColdP50: Time{NS: 30e6}, WarmP50: Time{NS: 10e6}, P99: &Time{NS: 30e6}, USDPerMillion: 1.2 + 1e6*(0.02*0.030+0.98*0.010)*0.0000133334},
		{MemoryMB: 2048, ColdP50: Time{NS: 30e6}, WarmP50: Time{NS: 10e6}, P99: &Time{NS: 30e6}, USDPerMillion: 1.2 + 1e6*(0.02*0.030+0.98*0.010)*2*0.0000133334},
	} {
		got := d.Points[i]
		if got.MemoryMB != want.MemoryMB || got.ColdP50.NS != want.ColdP50.NS || got.WarmP50.NS != want.WarmP50.NS || got.P99.NS != want.P99.NS ||
			math.Abs(got.USDPerMillion-want.USDPerMillion) > 1e-6 || got.Cold != 100 || got.Warm != 100 {
			t.Errorf("%d MB: got %+v (p99 %d), want %+v (p99 %d)", want.MemoryMB, got, got.P99.NS, want, want.P99.NS)
		}
	}
	// 1,024 MB is cheaper than 128 MB here, and faster: nothing else is worth choosing.
	for i, want := range []bool{false, true, false} {
		if d.Points[i].Worth != want {
			t.Errorf("%d MB is worth choosing: %v, want %v", d.Points[i].MemoryMB, d.Points[i].Worth, want)
		}
	}
	if like := d.Points[2].LikeMB; like != 1024 {
		t.Errorf("2048 MB is like %d MB, want 1024", like)
	}
	// 100 samples of each cannot bound a p99 from above: it may be met, and no more.
	if d.Cheapest != 0 || d.Possible != 1024 || d.Points[1].P99.High != nil {
		t.Errorf("cheapest %d MB, possible %d MB, want none and 1024", d.Cheapest, d.Possible)
	}
	if got := Of(run, Options{ColdShare: 0.02, TargetP99: time.Millisecond})[0]; got.Cheapest != 0 || got.answer() != "no size is sure to meet a p99 of 1ms" {
		t.Errorf("got %d, %s", got.Cheapest, got.answer())
	}
}

// The share decides of which kind the p99 is, and too few samples decide nothing.
func TestShare(t *testing.T) {
	run := sizes(100, map[int][2]time.Duration{512: {20 * time.Millisecond, 10 * time.Millisecond}})
	for share, want := range map[float64]int64{0.005: 10e6, 0.01: 10e6, 0.011: 30e6, 0.5: 30e6} {
		if got := Of(run, Options{ColdShare: share})[0].Points[0].P99; got == nil || got.NS != want {
			t.Errorf("%g cold: p99 %v, want %d", share, got, want)
		}
	}
	few := sizes(99, map[int][2]time.Duration{512: {20 * time.Millisecond, 10 * time.Millisecond}})
	if got := Of(few, Options{ColdShare: 0.01})[0].Points[0]; got.P99 != nil || !got.Worth {
		t.Errorf("of 99 samples: %+v", got)
	}
	if got := Of(sizes(0, map[int][2]time.Duration{512: {}}), Options{}); len(got) != 1 || got[0].Points != nil {
		t.Errorf("of none: %+v", got)
	}
}
