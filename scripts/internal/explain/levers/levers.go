// Package levers ranks what would make a function's cold start shorter: first what was
// measured here, each by building the function once more with that one thing changed
// and starting both by turns, then what is only documented. It says so when nothing
// that was measured is worth doing.
package levers

import (
	"cmp"
	"slices"
	"time"
)

// Levers is what was found for one function.
type Levers struct {
	Start    Effect   `json:"start"`              // of the program as it is, from spawn until its first event
	Measured []Lever  `json:"measured,omitempty"` // the best first
	Known    []Known  `json:"documented"`
	Missing  []string `json:"missing,omitempty"` // experiments that could not be made, and why
}

// Effect is a median of milliseconds with its 95 % interval; without one where the
// starts were too few.
type Effect struct {
	MS     float64 `json:"ms"`
	Low    float64 `json:"low_ms"`
	High   float64 `json:"high_ms"`
	Starts int     `json:"starts"`
}

// Lever is something that was tried here.
type Lever struct {
	Name   string   `json:"name"`
	Advice string   `json:"advice"`
	Saves  Effect   `json:"saves"`                     // of init
	USD    *float64 `json:"usd_per_million,omitempty"` // less for a million requests; nil: no price
	Worth  bool     `json:"worth"`
}

// Known is something that is documented, and was not tried.
type Known struct {
	Name   string `json:"name"`
	Text   string `json:"text"`
	Source string `json:"source,omitempty"`
}

// What a lever has to save to be worth the work, where its interval excludes nothing:
// that share of the start, or that many milliseconds.
const (
	worthShare = 0.05
	worthMS    = 1.0
)

// rank sorts what was measured and says what of it is worth doing. saves is what so
// much less init costs less; it may be nil.
func (l *Levers) rank(saves func(time.Duration) float64) {
	for i := range l.Measured {
		m := &l.Measured[i]
		m.Worth = m.Saves.Low > 0 && (m.Saves.MS >= worthShare*l.Start.MS || m.Saves.MS >= worthMS)
		if saves != nil {
			m.USD = new(saves(time.Duration(m.Saves.MS * 1e6)))
		}
	}
	slices.SortStableFunc(l.Measured, func(a, b Lever) int { return cmp.Compare(b.Saves.MS, a.Saves.MS) })
}
