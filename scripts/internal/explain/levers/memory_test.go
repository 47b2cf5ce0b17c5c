package levers

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// dialled is a run of ten rounds of two cold starts and two warm requests for each size,
// whose times go up and down by 1 % from one to the next.
func dialled(sizes map[int][2]time.Duration) *dataset.Run {
	run := &dataset.Run{Header: dataset.Header{Run: "ab12", Executor: dataset.ExecutorAWS}}
	for mb, d := range sizes {
		key := fmt.Sprintf("Shop/Orders@%dMB", mb)
		run.Header.Targets = append(run.Header.Targets, dataset.Target{Key: key, DialOf: "Shop/Orders", MemoryMB: mb, Architecture: "arm64"})
		for i := range 20 {
			vary := func(d time.Duration) *int64 { return new(int64(float64(d) * (1 + 0.01*float64(i%3-1)))) }
			billed := func(d time.Duration) *int64 {
				return new((d + time.Millisecond - 1).Truncate(time.Millisecond).Nanoseconds())
			}
			run.Samples = append(run.Samples,
				&dataset.Sample{Target: key, Round: 1 + i/2, Phase: dataset.Burst, Outcome: dataset.Cold, InitNS: vary(20 * time.Millisecond), DurationNS: vary(d[0]), BilledNS: billed(20*time.Millisecond + d[0])},
				&dataset.Sample{Target: key, Round: 1 + i/2, Phase: dataset.Warm, Outcome: dataset.WarmStart, DurationNS: vary(d[1]), BilledNS: billed(d[1])})
		}
	}
	return run
}

func TestMemoryOf(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name   string
		sizes  map[int][2]time.Duration
		better int
	}{
		{"faster and cheaper", map[int][2]time.Duration{512: {80 * ms, 40 * ms}, 1024: {20 * ms, 10 * ms}, 2048: {20 * ms, 10 * ms}}, 1024},
		{"faster and dearer", map[int][2]time.Duration{512: {80 * ms, 40 * ms}, 1024: {60 * ms, 30 * ms}}, 1024},
		{"cheaper, and no slower", map[int][2]time.Duration{512: {80 * ms, 400 * ms}, 256: {80 * ms, 400 * ms}}, 256},
		{"cheaper, and slower", map[int][2]time.Duration{512: {80 * ms, 400 * ms}, 256: {100 * ms, 500 * ms}}, 0},
		{"the same", map[int][2]time.Duration{512: {ms, ms}, 256: {ms, ms}}, 0}, // less by a thousandth of a dollar of 1.2
		{"not measured with what it has", map[int][2]time.Duration{256: {80 * ms, 40 * ms}, 1024: {20 * ms, 10 * ms}}, 0},
	} {
		m := MemoryOf(dialled(test.sizes), "Shop/Orders", 512, 0.01)
		if m == nil || len(m.Sizes) != len(test.sizes) || m.Better != test.better || m.Model {
			t.Errorf("%s: got %+v, want %d", test.name, m, test.better)
		}
	}

	m := MemoryOf(dialled(map[int][2]time.Duration{512: {80 * ms, 40 * ms}, 1024: {30 * ms, 20 * ms}}), "Shop/Orders", 512, 0.01)
	now, then := m.Sizes[0], m.Sizes[1]
	if now.ColdLess != nil || now.USDLess != nil || now.ColdMS != 100 || then.ColdMS != 50 || then.WarmMS != 20 {
		t.Errorf("got %+v and %+v", now, then)
	}
	// Rates are 0.0000133334 a GB-second: half the time of twice the memory costs the same.
	if e := then.ColdLess; math.Abs(e.MS-50) > 0.5 || e.Low > e.MS || e.High < e.MS || e.Low < 45 || e.High > 55 || math.Abs(*then.USDLess) > 1e-9 {
		t.Errorf("cold less by %+v, $%g", e, *then.USDLess)
	}
	l := &Levers{Memory: m}
	s := l.Sheet()
	notes := strings.Join(s.Notes, "\n")
	if !strings.Contains(notes, "memory: 1024 MB in the place of 512: cold 50.") || !strings.Contains(notes, "as measured on AWS, run ab12") || !strings.Contains(s.Answer, "1024 MB are better than 512") {
		t.Errorf("answer %s\n%s", s.Answer, notes)
	}
	if m := MemoryOf(dialled(nil), "Shop/Orders", 512, 0.01); m != nil {
		t.Errorf("no dial: got %+v", m)
	}
}

// A run on the local executor is a model, and says so.
func TestMemoryModel(t *testing.T) {
	run := dialled(map[int][2]time.Duration{256: {time.Millisecond, time.Millisecond}, 1024: {time.Millisecond, time.Millisecond}})
	run.Header.Executor = dataset.ExecutorLocal
	m := MemoryOf(run, "Shop/Orders", 512, 0.01)
	notes := strings.Join(m.notes(), "\n")
	for _, want := range []string{"memory, a model: ", "the run lacks the 512 MB"} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q is not in\n%s", want, notes)
		}
	}
}
