package recycle

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A look at the alias may show an earlier move once more.
func TestAliasStepsBack(t *testing.T) {
	for _, test := range []struct {
		name  string
		looks int
		want  error
	}{
		{"for a moment", 2, nil},
		{"for longer than an alias settles", 1000, ErrChanged},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, j := newPlane(t), newJournal(t)
				before := p.state()
				r := begin(t, p, j)
				recycleN(t, r, 2)
				p.alias.looks, p.alias.transient = test.looks, map[string]float64{"1": 0.1}
				if _, err := r.Recycle(t.Context()); !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
				p.alias.looks = 0
				if err := r.Restore(t.Context()); err != nil || p.state() != before {
					t.Errorf("restore: %v, left:\n%s\nwant:\n%s", err, p.state(), before)
				}
			})
		})
	}
}

// Somebody deploys between a change and the look at it, as a reload of what is served
// does: the run ends at once, or when the alias has had its time.
func TestTakenAway(t *testing.T) {
	for call, deploy := range map[string]func(*plane){
		"PublishVersion": func(p *plane) { delete(p.versions, p.newest) }, // the executor's versions are gone with a reload
		"UpdateAlias":    func(p *plane) { p.alias.version = p.deploy("theirs") },
	} {
		t.Run(call, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlane(t)
				r := begin(t, p, newJournal(t))
				recycleN(t, r, 1)
				taken := false
				p.hook = func(n int) {
					if !taken && strings.HasPrefix(p.calls[n-1], call) {
						taken = true
						deploy(p)
					}
				}
				begun := time.Now()
				if _, err := r.Recycle(t.Context()); !errors.Is(err, ErrChanged) {
					t.Errorf("got %v, want ErrChanged", err)
				}
				if took := time.Since(begun); !taken || took > p.settle+time.Second {
					t.Errorf("it ended after %s, want it when an alias has settled, after %s", took, p.settle)
				}
			})
		})
	}
}
