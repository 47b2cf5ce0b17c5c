package phases

import (
	"slices"
	"testing"
)

func TestAgree(t *testing.T) {
	around := func(middle float64) (sums, free []float64) {
		for i := range 11 { // 2 % to either side
			free = append(free, 1000+float64(100*i))
			sums = append(sums, free[i]*(middle+0.004*float64(i-5)))
		}
		return sums, free
	}
	for middle, want := range map[float64]Verdict{1: Holds, 1.02: Holds, 1.04: Unclear, 0.955: Unclear, 1.07: Off, 0.93: Off} {
		a := agree(around(middle))
		// The ranks 2 and 10 of 11 bound a median: 4 steps to either side.
		if a == nil || a.Verdict != want || a.Turns != 11 || a.Ratio < middle-1e-9 || a.Ratio > middle+1e-9 || a.High-a.Low < 0.0319 || a.High-a.Low > 0.0321 {
			t.Errorf("%g: %+v, want %s", middle, a, want)
		}
		if !a.narrow() {
			t.Errorf("%g: %+v is not narrow", middle, a)
		}
	}
	sums, free := around(1)
	slices.Reverse(free) // the turns do not belong together any more
	if a := agree(sums, free); a.narrow() {
		t.Errorf("of other turns: %+v", a)
	}
	if a := agree(sums[:5], free[:5]); a != nil || a.narrow() {
		t.Errorf("of five turns: %+v", a)
	}
	if a := agree(nil, nil); a != nil {
		t.Errorf("of nothing: %+v", a)
	}
}
