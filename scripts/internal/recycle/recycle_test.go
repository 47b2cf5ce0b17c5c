package recycle

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func newJournal(t *testing.T) *Journal {
	return NewJournal(filepath.Join(t.TempDir(), "results"), "r1", time.Now())
}

func begin(t *testing.T, p *plane, j *Journal) *Recycler {
	t.Helper()
	r, err := Begin(t.Context(), p.target(), j)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func recycleN(t *testing.T, r *Recycler, n int) (version string) {
	t.Helper()
	for range n {
		var err error
		if version, err = r.Recycle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return version
}

func exists(t *testing.T, j *Journal) bool {
	t.Helper()
	_, err := os.Stat(j.File())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

// onDisk is the journal as whoever finds it reads it.
func onDisk(t *testing.T, j *Journal) journalData {
	t.Helper()
	data, err := os.ReadFile(j.File())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), secret) || strings.Contains(string(data), "PASSWORD") {
		t.Errorf("the journal holds environment variables:\n%s", data)
	}
	var d journalData
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatalf("journal: %v\n%s", err, data)
	}
	return d
}

func TestRecycle(t *testing.T) {
	for _, looks := range []int{0, 1, 5} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlane(t)
			p.updateLooks, p.activeLooks, p.aliasLooks = looks, looks, looks
			r := begin(t, p, newJournal(t))
			if got := p.changes(); len(got) > 0 {
				t.Errorf("Begin changes: %q", got)
			}
			p.calls = nil
			version := recycleN(t, r, 1)
			if version != "2" || p.alias.version != "2" || p.alias.description != "the benchmark's" || len(p.shown()) > 0 {
				t.Errorf("version %q, alias %+v; want 2, settled, with its description", version, p.alias)
			}
			want := []string{
				"GetFunctionConfiguration ",
				`UpdateFunctionConfiguration "coldcrank r1 round 1"`,
				"GetFunctionConfiguration ",
				`PublishVersion "coldcrank r1 version 1"`,
				"GetFunctionConfiguration 2",
				"GetAlias",
				"UpdateAlias 2",
				"GetAlias",
			}
			if got := slices.Compact(slices.Clone(p.calls)); !slices.Equal(got, want) {
				t.Errorf("after %d looks: calls %q, want %q", looks, got, want)
			}
			if looks == 0 && len(p.calls) != len(want) {
				t.Errorf("%d calls, want %d: nothing had to be waited for", len(p.calls), len(want))
			}
		})
	}
}

// TestDeleteLeft tells when versions go: never while requests may be on their
// way to them, and not all at the end.
func TestDeleteLeft(t *testing.T) {
	for _, test := range []struct {
		name         string
		round        time.Duration // between two recycles
		settle       time.Duration
		rounds, want int // versions of the run that are there then
		deletedFirst int // round in which version 2 goes, 0: none
	}{
		{"a round later", time.Second, 0, 4, 2, 3},
		{"long rounds", 15 * time.Second, 10 * time.Second, 4, 2, 3},
		{"short rounds", 4 * time.Second, 10 * time.Second, 5, 4, 5},
		{"not at once", time.Second, 0, 2, 2, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlane(t)
				p.settle = test.settle
				r := begin(t, p, newJournal(t))
				gone := 0
				for n := 1; n <= test.rounds; n++ {
					recycleN(t, r, 1)
					if p.versions[2] == nil && gone == 0 {
						gone = n
					}
					time.Sleep(test.round)
				}
				if gone != test.deletedFirst {
					t.Errorf("version 2 went in round %d, want %d", gone, test.deletedFirst)
				}
				if got := len(p.versions) - 1; got != test.want {
					t.Errorf("%d versions of the run, want %d\n%s", got, test.want, p.state())
				}
				if p.versions[1] == nil {
					t.Error("the deployment's version is gone")
				}
			})
		})
	}
}

func TestBeginWaits(t *testing.T) {
	for _, test := range []struct {
		name  string
		setUp func(*plane)
		want  map[string]float64 // weights in the journal
		took  time.Duration      // at least
	}{
		{"nothing to wait for", func(*plane) {}, nil, 0},
		{"update under way", func(p *plane) { p.latest.status, p.latest.looks = "InProgress", 3 }, nil, 900 * time.Millisecond},
		{"transient weights", func(p *plane) { p.alias.looks, p.alias.transient = 5, map[string]float64{"1": 1} }, nil, 1500 * time.Millisecond},
		{"transient, then the user's", func(p *plane) {
			p.alias.looks, p.alias.transient = 20, map[string]float64{"1": 1}
			p.alias.weights = map[string]float64{"1": 0.1}
		}, map[string]float64{"1": 0.1}, 16 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, j := newPlane(t), newJournal(t)
				p.alias.version = p.deploy("newer")
				test.setUp(p)
				start := time.Now()
				begin(t, p, j)
				if took := time.Since(start); took < test.took || took > test.took+5*time.Second {
					t.Errorf("took %s, want about %s", took, test.took)
				}
				d := onDisk(t, j)
				if len(d.Entries) != 1 {
					t.Fatalf("%d targets in the journal, want 1", len(d.Entries))
				}
				got := aliasState{weights: d.Entries[0].Before.AliasWeights}
				if !got.equal(aliasState{weights: test.want}) {
					t.Errorf("weights in the journal %v, want %v", got.weights, test.want)
				}
				if c := p.changes(); len(c) > 0 {
					t.Errorf("Begin changes: %q", c)
				}
			})
		})
	}
}

func TestBeginRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, j := newPlane(t), newJournal(t)
		begin(t, p, j)
		p.latest.description = "coldcrank 9af3 round 7"
		if _, err := Begin(t.Context(), p.target(), j); err == nil || !strings.Contains(err.Error(), "run 9af3") {
			t.Errorf("after a killed run: got %v, want an error that names it", err)
		}
		p.latest.description = "coldcrank measures it every round"
		if _, err := Begin(t.Context(), p.target(), j); err != nil {
			t.Errorf("a description that only mentions coldcrank: %v", err)
		}

		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		unwritable := NewJournal(filepath.Join(file, "results"), "r1", time.Now())
		if _, err := Begin(t.Context(), p.target(), unwritable); err == nil {
			t.Error("a journal that cannot be written: no error")
		}
		if len(unwritable.data.Entries) != 0 {
			t.Error("the journal keeps a target that never began")
		}
		if c := p.changes(); len(c) > 0 {
			t.Errorf("Begin changes: %q", c)
		}
	})
}

// TestPublishUnchanged is a service that sees no change where the description
// is new: the version that it answers with is the deployment's.
func TestPublishUnchanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, j := newPlane(t), newJournal(t)
		before := p.state()
		p.neverNew = true
		r := begin(t, p, j)
		if _, err := r.Recycle(t.Context()); err == nil || !strings.Contains(err.Error(), "not new") {
			t.Errorf("got %v, want an error that says that the version is not new", err)
		}
		if err := r.Restore(t.Context()); err != nil {
			t.Error(err)
		}
		if got := p.state(); got != before {
			t.Errorf("left:\n%s\nwant:\n%s", got, before)
		}
	})
}

// TestFailures are states that AWS reports as failed, or that never settle.
func TestFailures(t *testing.T) {
	for _, test := range []struct {
		name string
		hook func(p *plane)
		want string
	}{
		{"update failed", func(p *plane) {
			if p.latest.status == "InProgress" {
				p.latest.status = "Failed"
			}
		}, "update of its description failed"},
		{"version failed", func(p *plane) {
			if v := p.versions[2]; v != nil {
				v.state, v.looks = "Failed", 1
			}
		}, "version 2 failed"},
		{"update never ends", func(p *plane) { p.latest.looks = 9 }, "has not settled after 5m"},
		{"alias never settles", func(p *plane) { p.alias.looks = 9 }, "has not settled after 5m"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlane(t)
				r := begin(t, p, newJournal(t))
				before := p.state()
				p.hook = func(int) { test.hook(p) }
				if _, err := r.Recycle(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %q", err, test.want)
				}
				p.hook = nil
				if err := r.Restore(t.Context()); err != nil {
					t.Error(err)
				}
				if got := p.state(); got != before {
					t.Errorf("left:\n%s\nwant:\n%s", got, before)
				}
			})
		})
	}
}

// TestRace is a change of somebody else's between the run's look and its call:
// only the RevisionId tells.
func TestRace(t *testing.T) {
	for _, test := range []struct{ before, after string }{
		{"GetFunctionConfiguration ", "change the description"},
		{"GetAlias", "move the alias"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlane(t)
			r := begin(t, p, newJournal(t))
			raced := false
			p.calls = nil
			p.hook = func(n int) {
				if !raced && n > 0 && p.calls[n-1] == test.before {
					raced = true
					p.latest.revision, p.alias.revision = p.revision(), p.revision()
				}
			}
			_, err := r.Recycle(t.Context())
			if !errors.Is(err, ErrChanged) || !strings.Contains(err.Error(), test.after) || !strings.Contains(err.Error(), "Shop/Orders") {
				t.Errorf("got %v, want ErrChanged at %q of Shop/Orders", err, test.after)
			}
		})
	}
}

// TestCancel ends a run at each of its calls, as Ctrl-C does: what was sent is
// waited for, and everything can be put back.
func TestCancel(t *testing.T) {
	for k := 0; ; k++ {
		whole := false
		synctest.Test(t, func(t *testing.T) {
			p, j := newPlane(t), newJournal(t)
			p.updateLooks, p.activeLooks, p.aliasLooks = 1, 1, 1
			before := p.state()
			r := begin(t, p, j)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			stopped := errors.New("stopped")
			first := len(p.calls)
			p.hook = func(n int) {
				if n == first+k {
					cancel(stopped)
				}
			}
			var err error
			for n := 0; err == nil && n < 2; n++ {
				_, err = r.Recycle(ctx)
			}
			whole = ctx.Err() == nil
			if !whole && err == nil {
				t.Errorf("canceled in call %d: no error", k)
			}
			for i, c := range p.calls[:len(p.calls)-1] {
				if c == "Get nothing: canceled" && i != first+k {
					t.Errorf("canceled in call %d: call %d was sent in vain", k, i)
				}
			}
			if err := r.Restore(t.Context()); err != nil {
				t.Errorf("canceled in call %d: restore: %v", k, err)
			}
			if got := p.state(); got != before || exists(t, j) {
				t.Errorf("canceled in call %d: left:\n%s\nwant:\n%s\njournal: %v", k, got, before, exists(t, j))
			}
		})
		if whole {
			if k < 20 {
				t.Errorf("only %d calls were tried", k)
			}
			return
		}
	}
}

// A target with provisioned concurrency is recycled when its environments stand
// ready again: until then requests would meet others.
func TestRecycleProvisioned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlane(t)
		p.provision = []string{"IN_PROGRESS", "IN_PROGRESS", "READY"}
		tg := p.target()
		tg.Provisioned = 3
		j := newJournal(t)
		r, err := Begin(t.Context(), tg, j)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Recycle(t.Context()); err != nil {
			t.Fatal(err)
		}
		looks := slices.DeleteFunc(slices.Clone(p.calls), func(c string) bool { return c != "GetProvisionedConcurrencyConfig bench" })
		if moved := slices.Index(p.calls, "UpdateAlias 2"); len(looks) != 3 || slices.Index(p.calls, looks[0]) < moved {
			t.Errorf("calls %q: want three looks after the alias has moved", p.calls)
		}
		p.provision = []string{"FAILED"}
		if _, err := r.Recycle(t.Context()); err == nil || !strings.Contains(err.Error(), "alias bench failed: INSUFFICIENT_CAPACITY") {
			t.Errorf("error %v, want the reason for which AWS cannot provision", err)
		}
		if err := r.Restore(t.Context()); err != nil || p.alias.version != "1" || exists(t, j) {
			t.Errorf("restored with %v: alias at version %s", err, p.alias.version)
		}
	})
}
