package recycle

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var day = time.Date(2026, 11, 22, 10, 15, 0, 0, time.UTC)

// secondJournal is of another run beside the first.
func secondJournal(t *testing.T) *Journal { return NewJournal(t.TempDir(), "r2", day) }

// openOne ends the process that holds the journal, as far as the journal sees,
// and opens what it left.
func openOne(t *testing.T, j *Journal) *Unfinished {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := OpenJournal(j.File())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { left.Close() })
	all := left.Unfinished()
	if len(all) != 1 {
		t.Fatalf("%d targets, want 1", len(all))
	}
	return all[0]
}

// TestKilled kills a run at each of its calls, once before the call takes
// effect and once after, and puts back what it left by what is on the disk and
// nothing else.
func TestKilled(t *testing.T) {
	whole := false
	for k := 0; !whole; k++ {
		for _, lost := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				p, j := newPlane(t), newJournal(t)
				p.updateLooks, p.activeLooks, p.aliasLooks = 1, 1, 1
				p.alias.version = p.deploy("newer")
				p.alias.weights = map[string]float64{"1": 0.25}
				before := p.state()
				p.settle = 0
				p.refuse = func(n int) bool { return n > k || n == k && !lost }
				p.lost = func(n int) bool { return n == k }
				r, err := Begin(t.Context(), p.target(), j)
				for n := 0; err == nil && n < 3; n++ {
					_, err = r.RecycleAt(t.Context(), []int{0, 1024, 128}[n])
				}
				if whole = err == nil; whole && k < 20 {
					t.Errorf("only %d calls were tried", k)
				}
				p.refuse, p.lost = nil, nil
				if !exists(t, j) {
					if p.state() != before {
						t.Errorf("killed at call %d: no journal, and changed:\n%s", k, p.state())
					}
					return
				}
				changes := len(p.changes())
				u := openOne(t, j)
				did, err := u.Restore(t.Context(), p.target())
				if err != nil || did.Theirs != nil || did.Gone || p.state() != before || exists(t, j) {
					t.Errorf("killed at call %d: %+v, %v, journal %v, left:\n%s\nwant:\n%s", k, did, err, exists(t, j), p.state(), before)
				}
				if (len(p.changes()) > changes) != (did.Done != nil) {
					t.Errorf("killed at call %d: told %q, and changed %q", k, did.Done, p.changes()[changes:])
				}
			})
		}
	}
}

// TestUnfinishedTheirs is somebody else who changes something after the kill:
// it stays and is named, everything of the run's goes, and the journal too.
func TestUnfinishedTheirs(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*plane)
		named  []string // each in one of the lines
		keep   bool     // the journal, for something of the run's cannot go yet
	}{
		{"nothing", func(*plane) {}, nil, false},
		{"description", func(p *plane) { p.latest.description = "theirs" }, []string{"description is not the run's"}, false},
		{"a deployment", func(p *plane) {
			p.latest.code, p.latest.description = "dGhlaXJz", "theirs"
			p.alias.version = p.deploy("")
		}, []string{"description is not the run's", "leads to version 4"}, false},
		{"alias description", func(p *plane) { p.alias.description = "theirs" }, []string{"description of alias bench"}, false},
		{"a canary on the run's version", func(p *plane) {
			p.alias.weights = map[string]float64{p.deploy("theirs"): 0.5}
		}, []string{"leads to version 4"}, true},
		{"versions deleted by hand", func(p *plane) { p.alias.version = "1"; delete(p.versions, 2); delete(p.versions, 3) }, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, j := newPlane(t), newJournal(t)
				recycleN(t, begin(t, p, j), 2)
				test.change(p)
				p.latest.revision, p.alias.revision = p.revision(), p.revision()
				alias, description := p.alias, p.latest.description
				did, err := openOne(t, j).Restore(t.Context(), p.target())
				if (err != nil) != test.keep || exists(t, j) != test.keep {
					t.Errorf("%+v, %v, journal %v", did, err, exists(t, j))
				}
				if len(did.Theirs) != len(test.named) {
					t.Errorf("theirs: %q, want %q", did.Theirs, test.named)
				}
				for _, want := range test.named {
					if !slices.ContainsFunc(did.Theirs, func(s string) bool { return strings.Contains(s, want) }) {
						t.Errorf("theirs: %q, without %q", did.Theirs, want)
					}
				}
				if alias.version == "4" && p.alias.version != "4" || alias.description == "theirs" && p.alias.description != "theirs" ||
					description == "theirs" && p.latest.description != "theirs" {
					t.Errorf("theirs is gone:\n%s", p.state())
				}
				for n, v := range p.versions {
					if v.byRun && !test.keep {
						t.Errorf("version %d of the run is left", n)
					}
				}
			})
		})
	}
}

// TestUnfinishedElsewhere has credentials of another account, where there is a
// function of the same name, or none.
func TestUnfinishedElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, j := newPlane(t), newJournal(t)
		p.arn = "arn:aws:lambda:eu-west-1:123456789012:function:orders"
		recycleN(t, begin(t, p, j), 1)
		u := openOne(t, j)
		refused := func(want error) {
			t.Helper()
			changes := len(p.changes())
			if did, err := u.Restore(t.Context(), p.target()); !errors.Is(err, want) || did.Done != nil {
				t.Errorf("%+v, %v; want %v", did, err, want)
			}
			if c := p.changes()[changes:]; len(c) > 0 || !exists(t, j) {
				t.Errorf("changes %q, journal %v", c, exists(t, j))
			}
		}
		own := p.arn
		p.arn = strings.Replace(own, "123456789012", "210987654321", 1)
		refused(ErrAccount)
		p.arn, p.gone = own, true
		refused(ErrGone)
		p.gone = false
		if did, err := u.Restore(t.Context(), p.target()); err != nil || len(did.Done) != 3 || exists(t, j) {
			t.Errorf("%+v, %v, journal %v", did, err, exists(t, j))
		}
	})
}

// TestExecutorEnded is a journal of an executor that nobody listens for.
func TestExecutorEnded(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	endpoint := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	p, j := newPlane(t), newJournal(t)
	r := begin(t, p, j)
	if err := j.change(func(*journalData) { r.entry.Endpoint = endpoint }); err != nil {
		t.Fatal(err)
	}
	if did, err := openOne(t, j).Restore(t.Context(), p.target()); err != nil || !did.Gone || exists(t, j) {
		t.Errorf("%+v, %v, journal %v", did, err, exists(t, j))
	}
}

// TestTwoRuns is a second run that begins while the first is on its way, at
// every one of the first one's calls. It must refuse, name the first, and have
// changed nothing; the first must not notice.
func TestTwoRuns(t *testing.T) {
	for k := 0; ; k++ {
		whole := false
		synctest.Test(t, func(t *testing.T) {
			p, j := newPlane(t), newJournal(t)
			p.updateLooks, p.aliasLooks = 1, 1
			before := p.state()
			var second *Recycler
			var err error
			refused := func(marked bool) {
				t.Helper()
				if err != nil && (!errors.Is(err, ErrUnfinished) || !strings.Contains(err.Error(), "run r1") || !marked) {
					t.Errorf("second run at call %d: %v, want ErrUnfinished that names r1", k, err)
				}
			}
			began := false
			p.hook = func(n int) {
				if n == k && !began {
					began = true
					marked := len(p.changes()) > 0
					second, err = Begin(t.Context(), p.target(), secondJournal(t))
					refused(marked)
					if marked && err == nil {
						t.Errorf("second run at call %d: not refused", k)
					}
				}
			}
			r := begin(t, p, j)
			version := recycleN(t, r, 1)
			whole = !began
			p.hook = nil
			if second != nil { // both found it unmarked
				changes := len(p.changes())
				if _, err = second.Recycle(t.Context()); err == nil {
					t.Errorf("second run at call %d: not refused", k)
				}
				refused(true)
				if err := second.Restore(t.Context()); err != nil || exists(t, second.journal) || len(p.changes()) != changes {
					t.Errorf("second run at call %d: restore: %v, changes %q", k, err, p.changes()[changes:])
				}
			}
			if p.alias.version != version {
				t.Errorf("second run at call %d: the first one's alias is at %s", k, p.alias.version)
			}
			if err := r.Restore(t.Context()); err != nil || p.state() != before {
				t.Errorf("second run at call %d: the first one: %v, left:\n%s\nwant:\n%s", k, err, p.state(), before)
			}
		})
		if whole {
			return
		}
	}
}

// TestTwoRunsAtOnce is the moment in which both have read the unmarked
// function and are about to mark it: the RevisionId lets one of them.
func TestTwoRunsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, j := newPlane(t), newJournal(t)
		before := p.state()
		second, err := Begin(t.Context(), p.target(), secondJournal(t))
		if err != nil {
			t.Fatal(err)
		}
		first := begin(t, p, j)
		from := len(p.calls)
		p.hook = func(n int) {
			if n == from+1 { // the second one's UpdateFunctionConfiguration
				p.hook = nil
				recycleN(t, first, 1)
			}
		}
		_, err = second.Recycle(t.Context())
		if !errors.Is(err, ErrUnfinished) || !strings.Contains(err.Error(), "run r1") {
			t.Errorf("got %v, want ErrUnfinished that names r1", err)
		}
		if err := second.Restore(t.Context()); err != nil || exists(t, second.journal) {
			t.Errorf("the second: restore: %v, journal %v", err, exists(t, second.journal))
		}
		recycleN(t, first, 1)
		if err := first.Restore(t.Context()); err != nil || p.state() != before {
			t.Errorf("the first: restore: %v, left:\n%s\nwant:\n%s", err, p.state(), before)
		}
	})
}

// TestAliasOfAnotherRun is a target whose description was set anew, by a
// deployment for example, after a run was killed: the alias is still that run's.
func TestAliasOfAnotherRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, j := newPlane(t), newJournal(t)
		recycleN(t, begin(t, p, j), 1)
		p.latest.description = "orders"
		second := secondJournal(t)
		if _, err := Begin(t.Context(), p.target(), second); !errors.Is(err, ErrUnfinished) || !strings.Contains(err.Error(), "run r1") {
			t.Errorf("got %v, want ErrUnfinished that names r1", err)
		}
		if exists(t, second) {
			t.Error("a journal was written")
		}
	})
}

// TestLostAnswers loses the answer of each call in turn, so that the SDK
// repeats it. Repetitions that are refused because the first one took effect
// are no change by somebody else.
func TestLostAnswers(t *testing.T) {
	whole := false
	for k := 0; !whole; k++ {
		synctest.Test(t, func(t *testing.T) {
			p, j := newPlane(t), newJournal(t)
			p.settle = 0
			before := p.state()
			whole = true
			p.drop = func(n int) bool {
				if n == k {
					whole = false
				}
				return n == k
			}
			r := begin(t, p, j)
			recycleN(t, r, 3)
			if err := r.Restore(context.WithoutCancel(t.Context())); err != nil || p.state() != before || exists(t, j) {
				t.Errorf("answer %d lost: %v, left:\n%s\nwant:\n%s", k, err, p.state(), before)
			}
		})
	}
}
