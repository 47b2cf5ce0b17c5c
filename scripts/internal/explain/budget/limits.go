// Package budget holds a function against the most that it may have: pages of code
// that its init executes, bytes of its zip, Go packages in its executable. They are
// counts of what is shipped, so that a check in CI has no noise.
package budget

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// What a budget can limit.
const (
	Pages    = "pages"    // see package pages
	Zip      = "zip"      // bytes
	Packages = "packages" // Go packages that have functions in the executable
)

// Limit is the most of one thing.
type Limit struct {
	Key  string `json:"key"`
	Most int64  `json:"most"` // bytes for Zip
}

// form shows how a budget is written.
const form = "such as pages=320,zip=2300kB,packages=90"

// Parse reads a budget as it is given to a flag: "pages=320,zip=2300kB,packages=90",
// each key at most once. The errors show how it is written.
func Parse(text string) ([]Limit, error) {
	if strings.TrimSpace(text) == "" {
		return nil, errors.New("a budget is empty: limit something, " + form)
	}
	var limits []Limit
	for one := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(one), "=")
		if !ok {
			return nil, fmt.Errorf("%q is not of the form key=most, %s", one, form)
		}
		l := Limit{Key: key}
		var err error
		switch key {
		case Pages, Packages:
			l.Most, err = parseCount(value)
		case Zip:
			l.Most, err = parseSize(value)
		default:
			return nil, fmt.Errorf("%q is not in a budget: pages, zip and packages are, %s", key, form)
		}
		if err != nil {
			return nil, fmt.Errorf("%s=%s: %w", key, value, err)
		}
		for _, before := range limits {
			if before.Key == key {
				return nil, fmt.Errorf("%s is limited twice", key)
			}
		}
		limits = append(limits, l)
	}
	return limits, nil
}

func parseCount(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || text[0] == '+' {
		return 0, errors.New("the most is a whole number above 0, as 320")
	}
	return n, nil
}

// units are those of a size: a kB has 1000 bytes, as in results.
var units = []struct {
	name  string
	bytes float64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"kB", 1e3}, {"MB", 1e6}, {"B", 1}} // B last: the others end in it

func parseSize(text string) (int64, error) {
	for _, u := range units {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		number = strings.TrimSpace(number)
		x, err := strconv.ParseFloat(number, 64)
		n := x * u.bytes
		// ParseFloat takes inf, 0x1p4 and 1_0, which nobody means here.
		if err != nil || strings.Trim(number, "0123456789.") != "" || n < 1 || n > math.MaxInt64/2 {
			break
		}
		return int64(n), nil
	}
	return 0, errors.New("a size is a number above 0 with a unit, as 2300kB, 2.3MB or 2200KiB")
}
