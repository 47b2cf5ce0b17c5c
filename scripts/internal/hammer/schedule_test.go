package hammer

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestSchedule(t *testing.T) {
	for _, test := range []struct {
		s           Schedule
		n           int
		first, last time.Duration
	}{
		{Schedule{Arrival: Constant, Rate: 200, For: 10 * time.Second}, 2000, 0, 9995 * time.Millisecond},
		{Schedule{Arrival: Constant, Rate: 200, For: 100 * time.Millisecond}, 20, 0, 95 * time.Millisecond},
		{Schedule{Arrival: Constant, Rate: 0.5, For: time.Second}, 1, 0, 0},
		{Schedule{Arrival: Constant, Rate: 1, For: 2500 * time.Millisecond}, 3, 0, 2 * time.Second},
		{Schedule{Arrival: Ramp, Rate: 100, For: 2 * time.Second}, 100, 0, time.Duration(math.Sqrt(4*0.99) * 1e9)},
	} {
		if err := test.s.Check(); err != nil {
			t.Errorf("%+v: %v", test.s, err)
		}
		got := slices.Collect(test.s.Offsets())
		if len(got) != test.n || test.s.Requests() != test.n {
			t.Errorf("%+v: got %d requests, said %d, want %d", test.s, len(got), test.s.Requests(), test.n)
			continue
		}
		if got[0] != test.first || got[len(got)-1] != test.last {
			t.Errorf("%+v: got %v to %v, want %v to %v", test.s, got[0], got[len(got)-1], test.first, test.last)
		}
		if !slices.IsSorted(got) {
			t.Errorf("%+v: not in order", test.s)
		}
	}
}

// At half the time of a ramp a quarter of its requests are due.
func TestRampIsLinear(t *testing.T) {
	s := Schedule{Arrival: Ramp, Rate: 400, For: 10 * time.Second}
	n := 0
	for at := range s.Offsets() {
		if at < 5*time.Second {
			n++
		}
	}
	if n != 500 {
		t.Errorf("got %d of %d requests by half the time, want 500", n, s.Requests())
	}
}

// Gaps of Poisson have the mean and the spread of an exponential distribution, both
// 1/Rate, within five standard errors; with one seed they are the same.
func TestPoisson(t *testing.T) {
	s := Schedule{Arrival: Poisson, Rate: 1000, For: 100 * time.Second, Seed: 7}
	got := slices.Collect(s.Offsets())
	n := float64(len(got))
	if math.Abs(n-100_000) > 5*math.Sqrt(100_000) {
		t.Errorf("got %v requests, want about 100000", n)
	}
	var sum, squares float64
	before := time.Duration(0)
	for _, at := range got {
		gap := (at - before).Seconds() * s.Rate
		sum, squares, before = sum+gap, squares+gap*gap, at
	}
	mean := sum / n
	spread := math.Sqrt(squares/n - mean*mean)
	if math.Abs(mean-1) > 5/math.Sqrt(n) || math.Abs(spread-1) > 5*math.Sqrt(2/n) {
		t.Errorf("got gaps of mean %.4f and spread %.4f, want 1 and 1", mean, spread)
	}
	if !slices.Equal(got, slices.Collect(s.Offsets())) {
		t.Error("the same seed gives other times")
	}
	s.Seed = 8
	if slices.Equal(got, slices.Collect(s.Offsets())) {
		t.Error("another seed gives the same times")
	}
}

func TestNoSchedule(t *testing.T) {
	for _, s := range []Schedule{
		{}, {Arrival: "other", Rate: 1, For: 1}, {Arrival: Constant, For: 1}, {Arrival: Constant, Rate: -1, For: 1},
		{Arrival: Poisson, Rate: math.NaN(), For: 1}, {Arrival: Constant, Rate: math.Inf(1), For: 1},
		{Arrival: Ramp, Rate: 1}, {Arrival: Constant, Rate: 1e6, For: time.Hour},
	} {
		if s.Check() == nil {
			t.Errorf("%+v: got no error", s)
		}
	}
}
