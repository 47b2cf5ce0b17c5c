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
	There    *There   `json:"there,omitempty"`    // the same in a run; nil where none was given
	Measured []Lever  `json:"measured,omitempty"` // the best first
	Disk     *Disk    `json:"disk,omitempty"`
	Memory   *Memory  `json:"memory,omitempty"` // nil where no run was given that turned the dial
	Known    []Known  `json:"documented"`
	Same     []string `json:"same_program,omitempty"` // levers that leave the program as it is
	Missing  []string `json:"missing,omitempty"`      // experiments that could not be made, and why
}

// There is where a run has measured the function's init.
type There struct {
	MS   float64 `json:"init_ms"` // the median
	From string  `json:"from"`    // which run, in words
}

// Effect is a median of milliseconds with its 95 % interval.
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
	There  *float64 `json:"there_ms,omitempty"`        // the same share of There's init: reckoned, not measured
	USD    *float64 `json:"usd_per_million,omitempty"` // less for a million requests; nil: no price, or moved
	Worth  bool     `json:"worth"`                     // for every request, whatever it needs
	Moved  *Moved   `json:"moved,omitempty"`           // nil where what is gained is gained for good
}

// Moved is about work that a lever takes out of init, and that a request which needs it
// has to do itself, at the CPU that an invocation has. No money is saved by that.
type Moved struct {
	Worth bool    `json:"worth_if_not_needed"` // whether it is where the first request does not need the work
	VCPU  float64 `json:"vcpu"`                // of an invocation, 1 at most: it is work of one thread
	// LongerMS is what a cold request takes longer at most where it needs the work,
	// init and invocation together: reckoned, not measured. Work that is done before
	// the quota of CPU time has run out takes as long as in init.
	LongerMS float64 `json:"longer_ms_at_most_if_needed"`
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

// worth reports whether an effect on what takes so many milliseconds is worth the work.
func (e Effect) worth(of float64) bool {
	return e.Low > 0 && (e.MS >= worthShare*of || e.MS >= worthMS)
}

// rank sorts what was measured and says what of it is worth doing, for a function of so
// much memory. saves is what so much less init costs less; it may be nil.
func (l *Levers) rank(memoryMB int, saves func(time.Duration) float64) {
	for i := range l.Measured {
		m := &l.Measured[i]
		ms := m.Saves.MS
		if l.There != nil {
			ms *= l.There.MS / l.Start.MS
			m.There = new(ms)
		}
		worth := m.Saves.worth(l.Start.MS)
		if m.Moved != nil {
			vcpu := min(float64(memoryMB)/fullCPU, 1)
			*m.Moved = Moved{Worth: worth, VCPU: vcpu, LongerMS: max(ms, 0) * (1/vcpu - 1)}
			continue
		}
		m.Worth = worth
		if saves != nil {
			m.USD = new(saves(time.Duration(ms * 1e6)))
		}
	}
	slices.SortStableFunc(l.Measured, func(a, b Lever) int { return cmp.Compare(b.Saves.MS, a.Saves.MS) })
}
