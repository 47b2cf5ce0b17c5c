package main

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
)

// defaultLoad is how long a load lasts where nobody says.
const defaultLoad = 10 * time.Second

// checkLoad reads the flags of the load. Afterwards f.schedule is nil where there is
// none.
func (f *runFlags) checkLoad(cmd *cobra.Command) error {
	changed := cmd.Flags().Changed
	if !changed("load") {
		if changed("for") || changed("arrival") {
			return usagef("--for and --arrival are of a load: --load says how many requests")
		}
		return nil
	}
	rate, err := rateOf(f.load)
	if err != nil {
		return err
	}
	s := &hammer.Schedule{Arrival: hammer.Arrival(f.arrival), Rate: rate, For: f.loadFor}
	switch s.Arrival {
	case hammer.Constant, hammer.Ramp:
	case hammer.Poisson:
		for s.Seed == 0 { // which would not be recorded
			s.Seed = rand.Uint64() >> 11 // what every reader of JSON keeps whole
		}
	default:
		return usagef("--arrival %q: use constant, poisson or ramp", f.arrival)
	}
	if s.For <= 0 {
		return usagef("--for %s: a time to send requests", s.For)
	}
	if err := s.Check(); err != nil {
		return usagef("--load %s --for %s: %v", f.load, f.loadFor, err)
	}
	f.schedule = s
	return nil
}

// rateOf reads a number of requests a second or a minute.
func rateOf(text string) (perSecond float64, err error) {
	number, unit, _ := strings.Cut(text, "/")
	rate, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	per, ok := map[string]float64{"s": 1, "m": 60}[strings.TrimSpace(unit)]
	if err != nil || !ok || !(rate > 0) || rate > 1e6 {
		return 0, usagef("--load %q: a number of requests a second or a minute, above 0 and at most 1e6, such as 200/s or 90/m", text)
	}
	return rate / per, nil
}

// loadRate is the requests a second of the load, 0 where there is none.
func (f *runFlags) loadRate() float64 {
	if f.schedule == nil {
		return 0
	}
	return f.schedule.Rate
}

// loadPlan is a load as results keep it.
func loadPlan(s *hammer.Schedule) *dataset.LoadPlan {
	if s == nil {
		return nil
	}
	return &dataset.LoadPlan{Arrival: string(s.Arrival), Rate: s.Rate, ForNS: s.For.Nanoseconds(), Seed: s.Seed}
}

// loadRequests is how many requests a load has for each target, 0 where there is none.
func loadRequests(l *dataset.LoadPlan) int {
	if l == nil {
		return 0
	}
	return hammer.Schedule{Arrival: hammer.Arrival(l.Arrival), Rate: l.Rate, For: time.Duration(l.ForNS)}.Requests()
}
