// Package plot draws the plots of a page as places in SVG: what lies where, in
// percents of a plot's width or height, with the sentence that says the same to
// whoever does not see it. Template writes them.
//
// Plots are drawn of counts and medians: none has more elements for more samples.
// Nothing in them is known by its colour alone: sides differ in shape and stand
// under their names, parts have numbers.
package plot

import (
	_ "embed"
	"math"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Template defines the html/templates strip, way, course, scale, legend and side.
//
//go:embed plot.tmpl
var Template string

// Side is one side of a comparison, or the only one.
type Side struct {
	Name   string       // old, new, or empty where there is one
	Label  string       // what it is: a ref, a commit, a run
	Series stats.Series // in seconds
}

// prefix begins a sentence about the side.
func (x Side) prefix() string {
	if x.Name == "" {
		return ""
	}
	return x.Name + ": "
}

// Distribute describes values in seconds.
func Distribute(seconds []float64) stats.Distribution {
	times := make([]time.Duration, len(seconds))
	for i, v := range seconds {
		times[i] = time.Duration(math.Round(v * float64(time.Second)))
	}
	return stats.Distribute(times)
}
