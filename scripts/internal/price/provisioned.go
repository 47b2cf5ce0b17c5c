package price

import (
	"fmt"
	"time"
)

// month is that which AWS's calculator reckons with.
const month = 730 * time.Hour

// Provisioned is what one environment costs that is kept ready, and what it takes
// until that is cheaper than environments on demand.
//
// Kept ready, a second costs memory × Provisioned, used or not, and a request its
// warm time at ProvisionedDuration; on demand, a request costs its mean billed time,
// cold and warm, at Duration. The rate at which both cost the same is the first divided
// by what a request then costs less. AWS's init of environments that are kept ready
// is billed too, once each and after each recycling, which is left out: its
// frequency is not published.
type Provisioned struct {
	Month    float64  `json:"usd_month"`                 // of one environment, without requests
	From     *float64 `json:"from_per_second,omitempty"` // requests a second in one environment from which on it is cheaper; nil: never
	Busy     *float64 `json:"busy_share,omitempty"`      // share of time that it is in use then; beyond 1 it cannot be had
	Most     float64  `json:"most_per_second"`           // requests a second that one environment can serve
	Formula  string   `json:"formula"`                   // of From
	MonthSum string   `json:"month_formula"`             // of Month
}

// Pays reports whether there is a rate at which it is cheaper.
func (p *Provisioned) Pays() bool { return p.Busy != nil && *p.Busy <= 1 }

// kept is what a number of environments costs that are kept ready for so long.
func (r *Rates) kept(memoryMB, environments int, d time.Duration) float64 {
	return float64(environments) * gbSeconds(d, memoryMB) * *r.Provisioned
}

// provisioned is nil where the price is not known.
func (r *Rates) provisioned(memoryMB int, coldShare float64, cold, warm time.Duration) *Provisioned {
	if r.Provisioned == nil || warm <= 0 {
		return nil
	}
	gb := float64(memoryMB) / memoryMBPerUnit
	mean := coldShare*cold.Seconds() + (1-coldShare)*warm.Seconds()
	p := &Provisioned{
		Month: r.kept(memoryMB, 1, month),
		Most:  1 / warm.Seconds(),
		MonthSum: fmt.Sprintf("%s GB × %s s × %s per GB-second",
			number(gb), grouped(month.Seconds()), rate(*r.Provisioned)),
		Formula: fmt.Sprintf("%s ÷ (%.4g s × %s − %s s × %s) requests a second",
			rate(*r.Provisioned), mean, rate(r.Duration), number(warm.Seconds()), rate(*r.ProvisionedDuration)),
	}
	if less := mean*r.Duration - warm.Seconds()**r.ProvisionedDuration; less > 0 {
		p.From = new(*r.Provisioned / less)
		p.Busy = new(*p.From * warm.Seconds())
	}
	return p
}
