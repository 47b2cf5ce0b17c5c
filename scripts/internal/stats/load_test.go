package stats_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/example"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

func TestLoad(t *testing.T) {
	l := stats.Summarize(example.Loaded())[0].Load
	want := stats.Counts{Requested: 200, Cold: 1, Warm: 197, Failed: 1, Throttled: 1}
	if l.Counts != want {
		t.Errorf("got %+v, want %+v", l.Counts, want)
	}
	if l.Late != 4 || l.Sent != 199 || l.Unsent != 1 || l.Latest != 3020*time.Microsecond || l.Environments != 7 {
		t.Errorf("got %d late of %d, %d never sent, latest %v, %d environments; want 4 of 199, 1, 3.02ms, 7", l.Late, l.Sent, l.Unsent, l.Latest, l.Environments)
	}
	if l.CPUs == nil || *l.CPUs != 0.25 {
		t.Errorf("got CPUs %v, want 0.25", l.CPUs)
	}
	if l.Client.N != 197 || l.Scheduled.N != 197 || l.Duration.N != 197 {
		t.Errorf("got %d, %d and %d values, want 197", l.Client.N, l.Scheduled.N, l.Duration.N)
	}
	// What was late shows only from the schedule.
	if d := l.Scheduled.Max - l.Client.Max; d < 2900*time.Microsecond {
		t.Errorf("got a maximum from the schedule %v above that from sending, want about 3 ms", d)
	}
	if l.Client.MedianLow != nil || l.Scheduled.MedianHigh != nil {
		t.Error("got an interval of requests that are not independent")
	}
	if len(l.Errors) != 2 || l.Errors[0].N != 1 {
		t.Errorf("got errors %+v", l.Errors)
	}
}

// A load that did not come to its end says so, and one of which there is nothing too.
func TestLoadCutShort(t *testing.T) {
	run := example.CutShort()
	loads := func() []*stats.Load {
		var loads []*stats.Load
		for _, s := range stats.Summarize(run) {
			loads = append(loads, s.Load)
		}
		return loads
	}
	l := loads()
	if !l[0].Partial || l[0].Requested != 200 || l[0].Lasted != 995*time.Millisecond || l[0].Planned != 2*time.Second {
		t.Errorf("half way: %+v", l[0])
	}
	if l[1] == nil || !l[1].Partial || l[1].Requested != 0 || l[1].Lasted != 0 {
		t.Errorf("not begun: %+v", l[1])
	}
	run.End.LoadsDone = []string{"Coldcrank/Health"}
	if l := loads(); l[0].Partial || l[0].Planned != 0 || !l[1].Partial {
		t.Errorf("the first one done: %+v, %+v", l[0], l[1])
	}
	run.End.LoadsDone = nil // of an older program
	if l := loads(); l[0].Partial || !l[1].Partial {
		t.Errorf("no loads named: %+v, %+v", l[0], l[1])
	}
	run.End = nil
	if l := loads(); !l[0].Partial || !l[1].Partial {
		t.Errorf("killed: %+v, %+v", l[0], l[1])
	}
}

// Nothing of a load enters what is said of the rounds.
func TestLoadIsApart(t *testing.T) {
	with := example.Loaded()
	without := example.WithoutLoad(with)
	got, want := stats.Summarize(with)[0], stats.Summarize(without)[0]
	if want.Load != nil {
		t.Fatal("got a load of a run without one")
	}
	got.Load = nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	a, b := stats.Sides(with)[0], stats.Sides(without)[0]
	a.Header, b.Header = dataset.Header{}, dataset.Header{}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("sides differ:\n%+v\n%+v", a, b)
	}
}

func TestRelease(t *testing.T) {
	run := example.Loaded()
	r := stats.Summarize(run)[0].Release
	// Six requests a burst: the second round's left 1 ms apart, Init and Duration are
	// about 3 ms.
	if r.Skew.N != 2 || r.Skew.Min != 0 || r.Skew.Max != 5*time.Millisecond {
		t.Errorf("got skew %+v, want 0 and 5 ms", r.Skew)
	}
	if r.Own == nil || *r.Own < 3*time.Millisecond || *r.Own > 5*time.Millisecond || !reflect.DeepEqual(r.Marked, []int{2}) {
		t.Errorf("got own time %v, marked %v; want 3 to 5 ms, round 2", r.Own, r.Marked)
	}
	if r.CPUs == nil || *r.CPUs != 1.5 {
		t.Errorf("got CPUs %v, want 1.5", r.CPUs)
	}
	run.Header.Targets[0].StartType = dataset.StartProvisioned
	for _, s := range run.Samples {
		if s.Phase == dataset.Burst {
			s.Outcome, s.InitNS = dataset.WarmStart, nil
		}
	}
	if r := stats.Summarize(run)[0].Release; r.Own == nil || *r.Own > time.Millisecond {
		t.Errorf("got own time %v of provisioned environments, want Duration alone", r.Own)
	}
	for _, s := range run.Samples {
		s.SentNS = nil
	}
	if r := stats.Summarize(run)[0].Release; r != nil {
		t.Errorf("got %+v of bursts that were never sent", r)
	}
}
