package plot

import (
	"strconv"
	"strings"
	"time"
)

// Absent stands where nobody said.
const Absent = "–"

// Minute is the form of points in time.
const Minute = "2006-01-02 15:04 UTC"

// MS writes milliseconds with two decimals, as Lambda's REPORT does.
func MS(d time.Duration) string {
	return Fixed(float64(d)/float64(time.Millisecond), 2)
}

// MSOf writes a time that may be absent.
func MSOf(d *time.Duration) string {
	if d == nil {
		return Absent
	}
	return MS(*d)
}

// msOfSeconds is for axes: milliseconds with as many decimals as their step has.
func msOfSeconds(v float64, decimals int) string { return Fixed(1e3*v, max(0, decimals-3)) }

// Fixed writes a number with a true minus, and no minus before zero.
func Fixed(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if digits, negative := strings.CutPrefix(s, "-"); negative {
		if strings.Trim(digits, "0.") == "" {
			return digits
		}
		return "−" + digits
	}
	return s
}

// Count writes a number with its noun.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Grouped(n) + " " + noun + "s"
}

// Grouped writes a number with commas between thousands.
func Grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
