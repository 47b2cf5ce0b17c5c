package recycle

import (
	"errors"
	"testing"
	"testing/synctest"
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
