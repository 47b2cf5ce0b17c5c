package stats

import (
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// Side is one side of a comparison: what runs measured of one target. It keeps
// numbers, not samples, so that a million of them fit.
type Side struct {
	Target dataset.Target `json:"target"`
	Header dataset.Header `json:"-"` // of the run

	Counts `json:"burst"` // of the bursts

	init, restore, provisioned, durationCold, durationWarm, billedCold, billedWarm, memory Series
}

// Same reports whether both sides are of the same samples: of one target in one run.
// Of a run without an id nobody knows.
func (s *Side) Same(o *Side) bool {
	return s == o || s.Header.Run != "" && s.Header.Run == o.Header.Run && s.Target.Key == o.Target.Key
}

// Add takes a sample into account, if it is the side's target's and belongs to
// what is compared: cold starts of bursts, and warm requests after them. The
// sample may be changed afterwards.
func (s *Side) Add(x *dataset.Sample) {
	if x.Target != s.Target.Key {
		return
	}
	switch {
	case x.Phase == dataset.Burst:
		s.Counts.add(x.Outcome)
		s.addBurst(x)
	case x.Phase == dataset.Warm && x.Inherited():
		s.durationWarm.addNS(x.Round, x.DurationNS)
		s.billedWarm.addNS(x.Round, x.BilledNS)
	}
}

func (s *Side) addBurst(x *dataset.Sample) {
	switch x.Outcome {
	case dataset.Cold:
		s.init.addNS(x.Round, x.InitNS)
		s.durationCold.addNS(x.Round, x.DurationNS)
		s.billedCold.addNS(x.Round, x.BilledNS)
		if m := x.MaxMemoryUsedMB; m != nil {
			s.memory.Add(x.Round, float64(*m))
		}
	case dataset.Restored:
		s.restore.addNS(x.Round, x.RestoreNS)
	case dataset.WarmStart:
		if s.Target.StartType == dataset.StartProvisioned && x.Inherited() {
			s.provisioned.addNS(x.Round, x.DurationNS)
		}
	}
}

func (s *Side) verified() int { return verified(s.Target, s.Counts) }

func (s *Side) lost() int64 { return int64(s.Failed + s.Throttled) }

// Billed are the medians of what cold and warm requests billed, nil where nobody
// said.
func (s *Side) Billed() (cold, warm *time.Duration) {
	return median(s.billedCold), median(s.billedWarm)
}

func median(s Series) *time.Duration {
	if len(s.Values) == 0 {
		return nil
	}
	return new(time.Duration(logsOf(s, map[int32]int32{}).median() * float64(time.Second)).Round(time.Microsecond))
}

// Deciding are the values that a verdict on the side rests on, in seconds.
func (s *Side) Deciding() []float64 { return s.decides().series.Values }

// DecidingSeries is what Deciding has by round, and its name: "Init Duration", ….
func (s *Side) DecidingSeries() (name string, of Series) {
	d := s.decides()
	return d.name, *d.series
}
