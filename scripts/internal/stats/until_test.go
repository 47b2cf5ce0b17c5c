package stats

import (
	"slices"
	"testing"
)

func TestLook(t *testing.T) {
	var got []int
	for r := range 100 {
		if (Until{}).Look(r) {
			got = append(got, r)
		}
	}
	if want := []int{10, 15, 20, 30, 40, 60, 80}; !slices.Equal(got, want) {
		t.Errorf("looks at %v, want %v", got, want)
	}
}

// Each side counts, not their mean.
func TestReached(t *testing.T) {
	u := Until{Goal: 0.02}
	for _, c := range []struct {
		ratio, low, high float64
		want             bool
	}{
		{1, 0.981, 1.019, true}, {1, 0.999, 1.021, false}, {1, 0.979, 1.001, false},
		{2, 1.961, 2.039, true}, {2, 1.999, 2.041, false}, {0.5, 0.489, 0.5, false},
	} {
		if got := u.Reached(Shift{Ratio: &c.ratio, Interval: &Interval{c.low, c.high}}); got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
	if u.Reached(Shift{Ratio: new(1.0)}) {
		t.Error("without an interval: want no")
	}
}

// The interval of the median of ten lies between the second and the ninth value.
func TestReachedBy(t *testing.T) {
	u := Until{Goal: 0.02}
	of := func(second, ninth float64) *Side {
		return side(1, "Orders", 128, 90, second, 100, 100, 100, 100, 100, 100, ninth, 110)
	}
	for _, c := range []struct {
		second, ninth float64
		want          bool
	}{{98.1, 101.9, true}, {99.9, 102.1, false}, {97.9, 100.1, false}} {
		if got := u.ReachedBy(of(c.second, c.ninth)); got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
	if u.ReachedBy(side(1, "Orders", 128, 20, 20, 20)) {
		t.Error("three values have no interval: want no")
	}
}
