package phases

import "github.com/coldcrank/coldcrank/scripts/internal/stats"

// Agreement is the sum of a followed start's phases divided by what the free start of
// the same turn takes: the median of the turns and its 95 % interval. It is 1 where
// following a start changes nothing that is not taken off.
type Agreement struct {
	Ratio   float64 `json:"ratio"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Turns   int     `json:"turns"`
	Verdict Verdict `json:"verdict"`
}

// Verdict says whether the phases can be believed.
type Verdict string

const (
	Holds   Verdict = "holds"   // the interval is within the tolerance
	Unclear Verdict = "unclear" // it reaches beyond it: other work on the machine
	Off     Verdict = "off"     // it is wholly outside
)

const (
	// tolerance is by how much the sum may be off, as a share.
	tolerance = 0.05
	// narrow is how wide an interval may be that says enough.
	narrow = 0.04
)

// agree compares starts by turns. It is nil for fewer than 6 turns, which have no
// interval.
func agree(sums, free []float64) *Agreement {
	if len(sums) == 0 {
		return nil
	}
	ratios := make([]float64, len(sums))
	for i := range sums {
		ratios[i] = sums[i] / free[i]
	}
	m := stats.MedianOf(ratios)
	if !m.Bounded {
		return nil
	}
	a := &Agreement{Ratio: m.P50, Low: m.Low, High: m.High, Turns: m.N}
	switch {
	case a.Low > 1+tolerance || a.High < 1-tolerance:
		a.Verdict = Off
	case a.Low >= 1-tolerance && a.High <= 1+tolerance:
		a.Verdict = Holds
	default:
		a.Verdict = Unclear
	}
	return a
}

// narrow reports whether more turns would say little more.
func (a *Agreement) narrow() bool { return a != nil && a.High-a.Low <= narrow }
