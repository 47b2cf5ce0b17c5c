package recycle

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
)

func TestRestore(t *testing.T) {
	for _, test := range []struct {
		name  string
		setUp func(*plane)
	}{
		{"plain", func(*plane) {}},
		{"no descriptions", func(p *plane) { p.latest.description, p.alias.description = "", "" }},
		{"weights of the user's", func(p *plane) {
			p.alias.version = p.deploy("newer")
			p.alias.weights = map[string]float64{"1": 0.25}
		}},
		{"alias on $LATEST", func(p *plane) { p.alias.version = "$LATEST" }},
		{"many versions", func(p *plane) {
			for range 7 {
				p.alias.version = p.deploy("older")
			}
		}},
	} {
		for _, looks := range []int{0, 4} {
			for _, rounds := range []int{0, 1, 3} {
				t.Run(test.name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						p, j := newPlane(t), newJournal(t)
						test.setUp(p)
						p.updateLooks, p.activeLooks, p.aliasLooks = looks, looks, looks
						before := p.state()
						r := begin(t, p, j)
						recycleN(t, r, rounds)
						if rounds > 0 && p.state() == before {
							t.Fatal("nothing was changed")
						}
						if err := r.Restore(t.Context()); err != nil {
							t.Fatal(err)
						}
						if got := p.state(); got != before || p.alias.looks > 0 {
							t.Errorf("after %d rounds left:\n%s\nwant:\n%s", rounds, got, before)
						}
						if exists(t, j) {
							t.Error("the journal is still there")
						}
						calls := len(p.calls)
						if err := r.Restore(t.Context()); err != nil || len(p.calls) != calls {
							t.Errorf("restoring twice: %v, calls %q", err, p.calls[calls:])
						}
					})
				})
			}
		}
	}
}

// TestChanged is somebody else who changes something between two rounds. The
// next round must notice, theirs must stay, and ours must go.
func TestChanged(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(*plane)
		restore func(*plane) // from the state before the run to the one that is to be left
	}{
		{"description",
			func(p *plane) { p.latest.description = "theirs" },
			func(p *plane) { p.latest.description = "theirs" }},
		{"code",
			func(p *plane) { p.latest.code = "dGhlaXJz" },
			func(p *plane) { p.latest.code = "dGhlaXJz" }},
		{"memory",
			func(p *plane) { p.latest.memory = 1024 },
			func(p *plane) { p.latest.memory = 1024 }},
		{"a variable of the environment",
			func(p *plane) { p.latest.password = "theirs" },
			func(p *plane) { p.latest.password = "theirs" }},
		{"alias to another version",
			func(p *plane) { p.alias.version = "1" },
			func(p *plane) {}},
		{"alias description",
			func(p *plane) { p.alias.description = "theirs" },
			func(p *plane) { p.alias.description = "theirs" }},
		{"a deployment that keeps the description",
			func(p *plane) { p.latest.code = "dGhlaXJz"; p.alias.version = p.deploy("") },
			func(p *plane) { p.latest.code = "dGhlaXJz"; p.alias.version = "4" }},
		{"a deployment",
			func(p *plane) {
				p.latest.code, p.latest.description = "dGhlaXJz", "theirs"
				p.alias.version = p.deploy("")
			},
			func(p *plane) {
				p.latest.code, p.latest.description = "dGhlaXJz", "theirs"
				p.alias.version = "4"
			}},
		{"the end of a canary that was there before",
			func(p *plane) { p.alias.version, p.alias.weights = "2", nil },
			func(p *plane) { p.alias.version = "2" }},
		{"a canary on the run's version",
			func(p *plane) { p.alias.weights = map[string]float64{p.deploy("theirs"): 0.5} },
			nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, j := newPlane(t), newJournal(t)
				if strings.HasPrefix(test.name, "the end of a canary") {
					p.alias.version = p.deploy("newer")
					p.alias.weights = map[string]float64{"1": 0.25}
				}
				r := begin(t, p, j)
				recycleN(t, r, 2) // versions 2 and 3, or one more
				test.change(p)
				p.latest.revision, p.alias.revision = p.revision(), p.revision()
				theirs := maps.Clone(p.versions)

				if _, err := r.Recycle(t.Context()); !errors.Is(err, ErrChanged) {
					t.Errorf("next round: got %v, want ErrChanged", err)
				}
				err := r.Restore(t.Context())
				for n, v := range theirs {
					if !v.byRun && p.versions[n] != v {
						t.Errorf("version %d of theirs is gone", n)
					}
				}
				if test.restore == nil { // the alias needs the run's version and theirs
					if !errors.Is(err, ErrChanged) || p.versions[3] == nil || p.latest.description != "orders" || !exists(t, j) {
						t.Errorf("restore: %v, journal %v, left:\n%s", err, exists(t, j), p.state())
					}
					return
				}
				wanted := newPlane(t)
				test.restore(wanted)
				for n, v := range p.versions { // theirs may stay, ours not
					if v.byRun {
						t.Errorf("version %d of the run is left", n)
					}
				}
				wanted.versions = p.versions
				if got, want := p.state(), wanted.state(); got != want {
					t.Errorf("left:\n%s\nwant:\n%s", got, want)
				}
				asBefore := slices.Contains([]string{"code", "memory", "a variable of the environment", "alias to another version"}, test.name)
				if asBefore != (err == nil) || err != nil && !errors.Is(err, ErrChanged) {
					t.Errorf("restore: %v", err)
				}
				if exists(t, j) != (err != nil) {
					t.Errorf("restore: %v, journal still there: %v", err, exists(t, j))
				}
			})
		})
	}
}

func TestJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, j := newPlane(t), newJournal(t)
		checked := false
		p.hook = func(n int) {
			if checked || len(p.changes()) > 0 {
				return
			}
			// The next call may be the first that changes something.
			if exists(t, j) {
				checked = true
				return
			}
			if n > 2 {
				t.Errorf("call %d, and there is no journal", n)
			}
		}
		r := begin(t, p, j)
		if c := p.changes(); len(c) > 0 || !exists(t, j) {
			t.Fatalf("changes %q, journal %v; want a journal before the first change", c, exists(t, j))
		}
		info, err := os.Stat(j.File())
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("mode %v, want only the owner to read it", got)
		}
		recycleN(t, r, 2)
		d := onDisk(t, j)
		got := *d.Entries[0]
		want := entry{Target: "Shop/Orders", Region: "eu-west-1", Function: "orders", Alias: "bench",
			Before: state{Description: "orders", AliasVersion: "1", AliasDescription: "the benchmark's"}, Created: []string{"2", "3"}}
		if got.Before.AliasWeights != nil || got.Before.Description != want.Before.Description ||
			got.Before.AliasVersion != want.Before.AliasVersion || got.Before.AliasDescription != want.Before.AliasDescription ||
			got.Target != want.Target || got.Region != want.Region || got.Function != want.Function || got.Alias != want.Alias ||
			!slices.Equal(got.Created, want.Created) || d.Run != "r1" || d.Schema != 1 {
			t.Errorf("journal %+v of run %q, want %+v", got, d.Run, want)
		}

		// Two targets: the file goes with the last one.
		q := newPlane(t)
		s := begin(t, q, j)
		if err := r.Restore(t.Context()); err != nil {
			t.Error(err)
		}
		if d := onDisk(t, j); len(d.Entries) != 1 {
			t.Errorf("%d targets in the journal after one of two is restored, want 1", len(d.Entries))
		}
		if err := s.Restore(t.Context()); err != nil || exists(t, j) {
			t.Errorf("restore: %v, journal still there: %v", err, exists(t, j))
		}
		entries, err := os.ReadDir(filepath.Dir(j.File()))
		if err != nil || len(entries) != 0 {
			t.Errorf("left in the folder: %v, %v", entries, err)
		}
	})
}

// TestCrash refuses every call from the k-th on, for each k, with the k-th
// taking effect or not. What the journal on disk and the service say must be
// enough to see everything that is left, and to put it back.
func TestCrash(t *testing.T) {
	whole := false
	for k := 0; !whole; k++ {
		for _, lost := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				p, j := newPlane(t), newJournal(t)
				p.updateLooks, p.activeLooks, p.aliasLooks = 1, 1, 1
				p.alias.version = p.deploy("newer")
				p.alias.weights = map[string]float64{"1": 0.25}
				before := p.state()
				p.refuse = func(n int) bool { return n > k || n == k && !lost }
				p.lost = func(n int) bool { return n == k }
				p.settle = 0 // so that versions go while the run is on its way
				r, err := Begin(t.Context(), p.target(), j)
				for n := 0; err == nil && n < 3; n++ {
					_, err = r.Recycle(t.Context())
				}
				if r != nil {
					err = errors.Join(err, r.Restore(t.Context()))
				}
				if whole = err == nil; whole {
					if k < 30 {
						t.Errorf("only %d calls were tried", k)
					}
					return
				}
				p.refuse, p.lost = nil, nil
				if p.state() == before && !exists(t, j) {
					return // nothing began, or everything is back
				}
				seen(t, k, p, before, onDisk(t, j).Entries[0])
				if err := r.Restore(t.Context()); err != nil {
					t.Errorf("dead from call %d: restore: %v", k, err)
				}
				if got := p.state(); got != before || exists(t, j) {
					t.Errorf("dead from call %d: left:\n%s\nwant:\n%s", k, got, before)
				}
			})
		}
	}
}

// seen checks that nothing is left that the journal does not lead to.
func seen(t *testing.T, k int, p *plane, before string, e *entry) {
	t.Helper()
	was := newPlane(t)
	was.deploy("newer")
	was.latest.description = e.Before.Description
	was.alias = alias{version: e.Before.AliasVersion, description: e.Before.AliasDescription, weights: e.Before.AliasWeights}
	if got := was.state(); got != before {
		t.Errorf("dead from call %d: the journal says that it was\n%s\nbut it was\n%s", k, got, before)
	}
	for n, v := range p.versions {
		listed := slices.Contains(e.Created, strconv.Itoa(n))
		if marked := strings.HasPrefix(v.description, "coldcrank r1 version "); v.byRun && !listed && !marked {
			t.Errorf("dead from call %d: version %d is neither in the journal nor marked", k, n)
		} else if !v.byRun && (listed || marked) {
			t.Errorf("dead from call %d: version %d, which is not the run's, is in the journal or marked", k, n)
		}
	}
	if d := p.latest.description; d != e.Before.Description && !strings.HasPrefix(d, "coldcrank r1 round ") {
		t.Errorf("dead from call %d: description %q is neither the old one nor marked", k, d)
	}
}
