package rounds

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
)

func loadOf(n int, every time.Duration) *hammer.Schedule {
	return &hammer.Schedule{Arrival: hammer.Constant, Rate: 1 / every.Seconds(), For: time.Duration(n) * every}
}

// TestLoad: after the last round each target has its load, on the version that the
// round has left, and everything is put back afterwards.
func TestLoad(t *testing.T) {
	w := newWorld(t)
	a, b := w.target("A"), w.target("B")
	before := w.state()
	const n = 20
	o := carryOut(t, t.Context(), nil, Plan{Targets: []Target{a, b}, Rounds: 2, Burst: burst, Warm: warm, Load: loadOf(n, 2*time.Millisecond)})
	if o.err != nil || o.Interrupted || o.Rounds != 2 {
		t.Fatalf("%+v, %v", o.Result, o.err)
	}
	want := whole(whole(nil, "Shop/A", 1, 2), "Shop/B", 1, 2)
	want["Shop/A 2 load warm"], want["Shop/B 2 load warm"] = n, n
	checkTally(t, o, want)
	checkRestored(t, w, o, before)

	rounds := 2 * 2 * (burst + warm)
	for i, r := range w.requests[rounds:] {
		if want := []string{"A3", "B3"}[i/n]; r.function+r.version != want {
			t.Errorf("request %d of the load went to %s%s, want %s", i, r.function, r.version, want)
		}
	}
	next := map[string]int64{}
	for _, s := range o.samples {
		if s.Phase != dataset.Load {
			continue
		}
		if s.SentNS == nil || *s.SentNS < s.ScheduledNS || s.DurationNS == nil || s.LogStream == "" {
			t.Errorf("sample %+v lacks something", s)
		}
		if s.Index == 0 {
			next[s.Target] = s.ScheduledNS
		}
	}
	for _, s := range o.samples {
		if due := next[s.Target] + int64(s.Index)*2e6; s.Phase == dataset.Load && s.ScheduledNS != due {
			t.Errorf("request %d of %s: scheduled at %d, want %d", s.Index, s.Target, s.ScheduledNS, due)
		}
	}
	if want := []string{"Shop/A", "Shop/B"}; !slices.Equal(o.LoadsDone, want) {
		t.Errorf("loads done %q, want %q", o.LoadsDone, want)
	}
	last := o.progress[len(o.progress)-1]
	if last.Load != 2*n || last.Loaded != 2*n || last.Requests != rounds+2*n || last.Joined != last.Requests || last.Cold != 2*2*burst {
		t.Errorf("last progress %+v", last)
	}
	if s := o.Sender; s != nil && (s.LoadNS < int64(2*n*2*time.Millisecond) || s.BurstNS <= 0 || s.LoadCPUNS <= 0) {
		t.Errorf("sender %+v", s)
	}
}

// TestLoadStop: what was sent before the signal is kept, with its logs.
func TestLoadStop(t *testing.T) {
	w := newWorld(t)
	a, b := w.target("A"), w.target("B")
	before := w.state()
	stop := make(chan struct{})
	const first = 2*(burst+warm) + 10
	w.on = func(n int) {
		if n == first {
			close(stop)
		}
	}
	o := carryOut(t, t.Context(), stop, Plan{Targets: []Target{a, b}, Rounds: 1, Burst: burst, Warm: warm, Load: loadOf(10_000, 5*time.Millisecond)})
	if o.err != nil || !o.Interrupted || o.Rounds != 1 || o.LoadsDone == nil || len(o.LoadsDone) > 0 {
		t.Errorf("%+v, %v", o.Result, o.err)
	}
	checkRestored(t, w, o, before)
	got := tally(o.samples)
	n := got["Shop/A 1 load warm"]
	if n < 10 || n != len(w.answered())-2*(burst+warm) {
		t.Errorf("%d samples of the load, %d requests", n, len(w.answered())-2*(burst+warm))
	}
	want := whole(whole(nil, "Shop/A", 1), "Shop/B", 1)
	want["Shop/A 1 load warm"] = n
	if late := got["Shop/A 1 load failed"]; late > 0 { // which a busy machine came to too late
		want["Shop/A 1 load failed"] = late
	}
	checkTally(t, o, want)
}

// TestLoadCancel: requests without an answer are no samples; those with one are.
func TestLoadCancel(t *testing.T) {
	w := newWorld(t)
	a := w.target("A")
	before := w.state()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	ended := errors.New("ended by the test")
	const answered = burst + warm + 10
	w.hold = func(n int) bool { return n > answered }
	w.on = func(n int) {
		if n == answered+5 {
			cancel(ended)
		}
	}
	o := carryOut(t, ctx, nil, Plan{Targets: []Target{a}, Rounds: 1, Burst: burst, Warm: warm, Load: loadOf(10_000, 5*time.Millisecond)})
	if !errors.Is(o.err, ended) || o.Failed != nil || !o.Interrupted || o.Rounds != 1 || len(o.LoadsDone) > 0 {
		t.Errorf("%+v, %v", o.Result, o.err)
	}
	checkRestored(t, w, o, before)
	load := 0
	for _, s := range o.samples {
		if s.Phase == dataset.Load {
			load++
			if s.Status != 200 || s.ErrorClass != "" {
				t.Errorf("sample %+v was not answered", s)
			}
		}
	}
	if load != 10 {
		t.Errorf("%d samples of the load, want the 10 that were answered", load)
	}
}

// TestLoadFails: the result says which loads came to their end, and why the others
// did not.
func TestLoadFails(t *testing.T) {
	w := newWorld(t)
	a, b := w.target("A"), w.target("B")
	other := httptest.NewServer(w.gateway.Config.Handler)
	t.Cleanup(other.Close)
	b.URL = other.URL + "/B"
	before := w.state()
	w.on = func(n int) {
		if n == 2*(burst+warm)+1 { // the first of A's load
			if err := other.Listener.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	o := carryOut(t, t.Context(), nil, Plan{Targets: []Target{a, b}, Rounds: 1, Burst: burst, Warm: warm, Load: loadOf(5, 2*time.Millisecond)})
	checkRestored(t, w, o, before)
	if d, ok := errors.AsType[*hammer.DialError](o.Failed); !ok || !errors.Is(o.err, d) || o.Interrupted {
		t.Errorf("%+v, %v; want a DialError of B", o.Result, o.err)
	}
	if want := []string{"Shop/A"}; !slices.Equal(o.LoadsDone, want) {
		t.Errorf("loads done %q, want %q", o.LoadsDone, want)
	}
	want := whole(whole(nil, "Shop/A", 1), "Shop/B", 1)
	want["Shop/A 1 load warm"] = 5
	checkTally(t, o, want)
}

// TestLoadNobodyThere: a target that is gone fails the run, which keeps its rounds.
func TestLoadNobodyThere(t *testing.T) {
	w := newWorld(t)
	a := w.target("A")
	before := w.state()
	w.on = func(n int) {
		if n == burst+warm {
			go w.gateway.Close()
		}
	}
	o := carryOut(t, t.Context(), nil, Plan{Targets: []Target{a}, Rounds: 1, Burst: burst, Warm: warm, Load: loadOf(50, 10*time.Millisecond)})
	checkRestored(t, w, o, before)
	got := tally(o.samples)
	if got[fmt.Sprintf("Shop/A 1 burst %s", dataset.Cold)] != burst {
		t.Errorf("samples %v, want those of the round", got)
	}
	var d *hammer.DialError
	if failed := got["Shop/A 1 load failed"]; !errors.As(o.err, &d) && failed == 0 {
		t.Errorf("%v, and %d failed requests: want one or the other", o.err, failed)
	}
}
