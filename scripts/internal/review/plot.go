package review

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// bars are the eighths of a line's height.
var bars = []rune(" ▁▂▃▄▅▆▇█")

// plot draws how two sets of times, in seconds, are distributed, one line each on one
// scale, for a monospaced font. The scale ends at the 99th percentile of the slower
// side, so that one straggler does not press all others together. Without values on
// either side there is no plot.
func plot(old, new []float64, width int) []string {
	if len(old) == 0 || len(new) == 0 || width < 1 {
		return nil
	}
	low := math.Min(slices.Min(old), slices.Min(new))
	high := math.Max(nearTop(old), nearTop(new))
	if !(high > low) {
		high = low + 1e-6
	}
	from, to := fmt.Sprintf("%.2f ms", 1e3*low), fmt.Sprintf("%.2f ms", 1e3*high)
	space := max(1, width-utf8.RuneCountInString(from)-utf8.RuneCountInString(to))
	return []string{
		"old  " + strings.TrimRight(bins(old, low, high, width), " "),
		"new  " + strings.TrimRight(bins(new, low, high, width), " "),
		"     " + from + strings.Repeat(" ", space) + to,
	}
}

func nearTop(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)*99/100]
}

// bins is one line: how many values fall into each of width equal parts, as a share of
// the fullest. A part that has a value is never blank.
func bins(values []float64, low, high float64, width int) string {
	counts := make([]int, width)
	for _, v := range values {
		i := int(float64(width) * (v - low) / (high - low))
		counts[min(max(i, 0), width-1)]++
	}
	most := slices.Max(counts)
	var b strings.Builder
	for _, n := range counts {
		b.WriteRune(bars[(n*(len(bars)-1)+most-1)/most])
	}
	return b.String()
}
