package rounds

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
	"github.com/coldcrank/coldcrank/scripts/internal/recycle"
)

// TestErrors is an AWS API that refuses one call. What was measured before is
// kept, and what can be put back is.
func TestErrors(t *testing.T) {
	const refusedByTest = "refused by the test"
	for _, test := range []struct {
		name     string
		refuse   string // operation
		from, to int    // which ones, from 1
		rounds   int
		a, b     []int // rounds with samples
		left     bool  // something could not be put back
	}{
		{"begin of the second target", "GET configuration B", 1, 99, 0, nil, nil, false},
		{"recycle of the first target", "PUT configuration A", 1, 1, 0, nil, nil, false},
		{"recycle of the second target", "PUT configuration B", 1, 1, 0, []int{1}, nil, false},
		{"recycle of the second target, later", "PUT configuration B", 3, 3, 2, []int{1, 2, 3}, []int{1, 2}, false},
		{"alias of the second target", "PUT aliases/bench B", 2, 2, 1, []int{1}, []int{1}, false},
		{"publish", "POST versions A", 2, 2, 1, []int{1}, []int{1, 2}, false},
		{"restore", "PUT aliases/bench A", 4, 99, 3, []int{1, 2, 3}, []int{1, 2, 3}, true},
		{"deletion at the end", "DELETE  B", 3, 99, 3, []int{1, 2, 3}, []int{1, 2, 3}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			a, b := w.target("A"), w.target("B")
			before := w.state()
			w.refuse = func(operation string, n int) bool { return operation == test.refuse && n >= test.from && n <= test.to }
			o := execute(t, t.Context(), nil, 3, a, b)
			if o.err == nil || !strings.Contains(o.err.Error(), refusedByTest) || o.Rounds != test.rounds || o.Interrupted {
				t.Errorf("%+v, %v; want %d rounds, the refusal", o.Result, o.err, test.rounds)
			}
			if test.left {
				if o.Restored || !o.journal || w.state() == before {
					t.Errorf("restored %v, journal %v; want something left, and a journal", o.Restored, o.journal)
				}
			} else {
				checkRestored(t, w, o, before)
			}
			checkTally(t, o, whole(whole(nil, "Shop/A", test.a...), "Shop/B", test.b...))
		})
	}
}

// TestNobodyThere is a gateway that is gone when the second round begins.
func TestNobodyThere(t *testing.T) {
	w := newWorld(t)
	a := w.target("A")
	before := w.state()
	w.refuse = func(operation string, n int) bool {
		if operation == "POST versions A" && n == 2 {
			w.gateway.Listener.Close() // no new connections
		}
		return false
	}
	o := execute(t, t.Context(), nil, 3, a)
	var dial *hammer.DialError
	if !errors.As(o.err, &dial) || o.Rounds != 1 || !strings.Contains(o.err.Error(), "Shop/A") {
		t.Errorf("%+v, %v; want 1 round, a *hammer.DialError that names the target", o.Result, o.err)
	}
	checkRestored(t, w, o, before)
	checkTally(t, o, whole(nil, "Shop/A", 1))
}

// TestFailedRequests are no end of a run.
func TestFailedRequests(t *testing.T) {
	w := newWorld(t)
	a, b := w.target("A"), w.target("B")
	w.status = func(function string) int { return map[string]int{"A": 500}[function] }
	before := w.state()
	o := execute(t, t.Context(), nil, 1, a, b)
	if o.err != nil || o.Rounds != 1 {
		t.Errorf("%+v, %v", o.Result, o.err)
	}
	checkRestored(t, w, o, before)
	checkTally(t, o, whole(map[string]int{"Shop/A 1 burst failed": burst, "Shop/A 1 warm failed": warm}, "Shop/B", 1))
}

// TestWriterFails: a full disk ends the run, and everything is put back.
func TestWriterFails(t *testing.T) {
	w := newWorld(t)
	a := w.target("A")
	before := w.state()
	dir := t.TempDir()
	header := dataset.Header{Run: "r1", Started: time.Now(), Targets: []dataset.Target{{Key: "Shop/Other"}}}
	file, err := dataset.Create(dir, header)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := Run(t.Context(), nil, Plan{Targets: []Target{a}, Rounds: 3, Burst: burst}, file,
		recycle.NewJournal(dir, "r1", header.Started), func(Progress) {})
	if err == nil || !strings.Contains(err.Error(), "Shop/A") || r.Rounds != 0 || !r.Restored || w.state() != before {
		t.Errorf("%+v, %v, left\n%s", r, err, w.state())
	}
}
