package hammer

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"time"
)

// Arrival is how the requests of a load follow each other.
type Arrival string

const (
	Constant Arrival = "constant" // equal gaps
	Poisson  Arrival = "poisson"  // gaps as of callers who know nothing of each other: exponential, from a seed
	Ramp     Arrival = "ramp"     // from none a second, linearly, to the rate at the end
)

// A Schedule says when the requests of a load are due. It is the same whenever
// it is asked.
type Schedule struct {
	Arrival Arrival
	Rate    float64 // requests a second: of a Ramp at its end, of Poisson in the mean
	For     time.Duration
	Seed    uint64 // of Poisson
}

// most is how many requests a schedule may have in the mean.
const most = 100e6

// Check says what makes no schedule.
func (s Schedule) Check() error {
	switch {
	case s.Arrival != Constant && s.Arrival != Poisson && s.Arrival != Ramp:
		return fmt.Errorf("schedule: no arrival is named %q", s.Arrival)
	case !(s.Rate > 0) || math.IsInf(s.Rate, 0) || s.For <= 0:
		return fmt.Errorf("schedule: %g requests a second for %s", s.Rate, s.For)
	case s.Rate*s.For.Seconds() > most:
		return fmt.Errorf("schedule: %g requests a second for %s are more than %g", s.Rate, s.For, most)
	}
	return nil
}

// Requests is how many there are, of Poisson in the mean.
func (s Schedule) Requests() int {
	n := s.Rate * s.For.Seconds()
	if s.Arrival == Ramp {
		n /= 2
	}
	// 200 a second for 0.1 s are 20 also where their product is 20.000000000000004.
	return int(math.Ceil(n - 1e-6))
}

// Offsets are the times since the load's start at which requests are due, none
// before the one before it, all below For.
func (s Schedule) Offsets() iter.Seq[time.Duration] {
	if s.Arrival == Poisson {
		return s.poisson
	}
	return func(yield func(time.Duration) bool) {
		for i := range s.Requests() {
			at := float64(i) / s.Rate
			if s.Arrival == Ramp {
				// After t seconds of T there were Rate·t²/2T requests.
				at = math.Sqrt(2 * s.For.Seconds() * float64(i) / s.Rate)
			}
			if !yield(time.Duration(at * float64(time.Second))) {
				return
			}
		}
	}
}

func (s Schedule) poisson(yield func(time.Duration) bool) {
	random := rand.New(rand.NewPCG(s.Seed, 0))
	for at := 0.0; ; {
		at += random.ExpFloat64() / s.Rate
		if at >= s.For.Seconds() || !yield(time.Duration(at*float64(time.Second))) {
			return
		}
	}
}
