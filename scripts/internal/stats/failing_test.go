package stats

import (
	"math"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// requests is a side of twenty rounds of five, of init times of so many milliseconds,
// of whose requests the last ones have another outcome.
func requests(run, name string, ms float64, others int, what dataset.Outcome) *Side {
	s := side(1, name, 128)
	s.Header.Run = run
	for i := range 100 {
		x := &dataset.Sample{Target: s.Target.Key, Round: i % 20, Phase: dataset.Burst, Outcome: dataset.Cold, InitNS: new(int64(ms * 1e6 * (1 + 0.001*float64(i%7))))}
		if i >= 100-others {
			x.Outcome, x.InitNS = what, nil
		}
		s.Add(x)
	}
	return s
}

func compared(t *testing.T, old, new *Side) Comparison {
	t.Helper()
	all, err := ComparePairs([]Pair{{old, new}}, 0.05, nil)
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

// What NEW does not answer is never a reason for passing it.
func TestFailingIsNoPass(t *testing.T) {
	fine := requests("1", "Orders", 20, 0, "")
	for _, c := range []struct {
		name     string
		old, new *Side
		want     Verdict
		reason   string
		interval bool
	}{
		{"all of new fail", fine, requests("1", "New", 20, 100, dataset.Failed), Failing, "100 of 100 requests of new failed, 0 of 100 of old", false},
		{"slow, and a fifth fails", fine, requests("1", "New", 60, 20, dataset.Failed), Failing, "20 of 100 requests of new failed", true},
		{"8 fail", fine, requests("1", "New", 20, 8, dataset.Failed), Failing, "8 of 100 requests of new failed, 0 of 100 of old", true},
		{"3 fail", fine, requests("1", "New", 20, 3, dataset.Failed), NotSlower, "", true},
		{"as many fail as before", requests("1", "Old", 20, 8, dataset.Failed), requests("1", "New", 20, 8, dataset.Failed), NotSlower, "", true},
		{"all of both fail", requests("1", "Old", 20, 100, dataset.Failed), requests("1", "New", 20, 100, dataset.Failed), Inconclusive, "only 0 of 100 requests of Shop/New are verified (100 failed)", false},
		{"old fails", requests("1", "Old", 20, 50, dataset.Failed), requests("1", "New", 20, 0, ""), Inconclusive, "only 50 of 100 requests of Shop/Old", true},
		{"slow, and a fifth is throttled", fine, requests("1", "New", 60, 20, dataset.Throttled), Slower, "", true},
		{"a fifth is throttled", fine, requests("1", "New", 20, 20, dataset.Throttled), Inconclusive, "only 80 of 100 requests of Shop/New are verified (20 throttled), and those that are not may have been slower", true},
		{"slow, and old is throttled", requests("1", "Old", 20, 20, dataset.Throttled), requests("1", "New", 60, 0, ""), Inconclusive, "(20 throttled)", true},
		{"no log", fine, requests("1", "New", 20, 20, dataset.LogMissing), Inconclusive, "(20 log missing)", true},
	} {
		got := compared(t, c.old, c.new)
		if got.Verdict != c.want || !strings.Contains(got.Reason, c.reason) || c.reason == "" && got.Reason != "" || (got.Measures[0].Interval != nil) != c.interval {
			t.Errorf("%s: %s, %q, interval %v; want %s, %q", c.name, got.Verdict, got.Reason, got.Measures[0].Interval, c.want, c.reason)
		}
	}
}

func TestWorst(t *testing.T) {
	of := func(all ...Verdict) (c []Comparison) {
		for _, v := range all {
			c = append(c, Comparison{Verdict: v})
		}
		return c
	}
	for _, c := range []struct {
		all  []Comparison
		want Verdict
	}{
		{nil, NotSlower}, {of(Faster), Faster}, {of(Faster, NotSlower), NotSlower}, {of(Inconclusive, Faster), Inconclusive},
		{of(Inconclusive, Slower, NotSlower), Slower}, {of(Slower, Failing, Inconclusive), Failing},
	} {
		if got := Worst(c.all); got != c.want {
			t.Errorf("worst of %v is %s, want %s", c.all, got, c.want)
		}
	}
}

// Fisher's own tea: of eight cups four were called right.
func TestAsMany(t *testing.T) {
	for _, c := range []struct {
		oldFailed, old, newFailed, new int
		want                           float64
	}{{0, 4, 4, 4, 1.0 / 70}, {1, 4, 3, 4, 17.0 / 70}, {0, 100, 1, 100, 0.5}, {0, 1, 3, 9, 84.0 / 120}, {5, 10, 0, 10, 1}} {
		if got := asMany(c.oldFailed, c.old, c.newFailed, c.new); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%+v: %v", c, got)
		}
	}
	// 6 of 100 against none is beyond chance for one comparison, not for one of five.
	old, new := Counts{Requested: 100}, Counts{Requested: 100, Failed: 6}
	if !failing(old, new, Confidence(1)) || failing(old, new, Confidence(5)) {
		t.Error("6 of 100: the family does not matter")
	}
	if !failing(Counts{Requested: 2}, Counts{Requested: 2, Failed: 2}, Confidence(1)) {
		t.Error("all of two requests fail: want failing, however few")
	}
}
