package stats

import "testing"

func TestMedianOf(t *testing.T) {
	for _, tc := range []struct {
		values []float64
		want   Median
	}{
		{[]float64{3}, Median{N: 1, P50: 3}},
		{[]float64{5, 1, 4, 2, 3}, Median{N: 5, P50: 3}},
		{[]float64{6, 1, 5, 2, 4, 3}, Median{N: 6, P50: 3.5, Low: 1, High: 6, Bounded: true}},
		// Fewer than 2 of 11 lie below the median with probability 12/2048: ranks 2 and 10.
		{[]float64{11, 1, 10, 2, 9, 3, 8, 4, 7, 5, 6}, Median{N: 11, P50: 6, Low: 2, High: 10, Bounded: true}},
	} {
		first := tc.values[0]
		if got := MedianOf(tc.values); got != tc.want {
			t.Errorf("%v: got %+v, want %+v", tc.values, got, tc.want)
		}
		if tc.values[0] != first {
			t.Error("the values were sorted in place")
		}
	}
}
