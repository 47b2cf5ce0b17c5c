package price

import (
	"fmt"
	"time"
)

// month is that which AWS's calculator reckons with.
const month = 730 * time.Hour

// mostPerSecond is how many requests a second one environment that is kept ready
// serves, however short they are; others spill over into environments on demand. AWS's
// example has ten of them and 100 requests a second
// (https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html, "Understanding
// concurrency and requests per second").
const mostPerSecond = 10

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
	Month    Line     `json:"month"`                     // one environment, without requests
	Second   Line     `json:"second"`                    // the same, for a second
	OnDemand Line     `json:"on_demand"`                 // duration of a million requests on demand
	Ready    Line     `json:"ready"`                     // and in environments that are kept ready
	From     *float64 `json:"from_per_second,omitempty"` // requests a second in one environment from which on it is cheaper; nil: never
	Busy     *float64 `json:"busy_share,omitempty"`      // share of time that is billed then
	Most     float64  `json:"most_per_second"`           // requests a second that one environment serves; a higher From cannot be had
}

// Pays reports whether there is a rate at which it is cheaper.
func (p *Provisioned) Pays() bool { return p.From != nil && *p.From <= p.Most }

// provisioned is nil where the price is not known. cold and warm are what is billed,
// took is what a warm request takes of the environment's time.
func (r *Rates) provisioned(memoryMB int, coldShare float64, cold, warm, took time.Duration) *Provisioned {
	if r.Provisioned == nil {
		return nil
	}
	gb := number(float64(memoryMB) / memoryMBPerUnit)
	mean := time.Duration(coldShare*float64(cold) + (1-coldShare)*float64(warm))
	line := func(name string, d time.Duration, rate float64) Line {
		return Line{name, gbSeconds(d, memoryMB) * rate, fmt.Sprintf("%s × %s GB × %s", seconds(d), gb, usd(rate))}
	}
	each := func(name string, d time.Duration, rate float64) Line {
		l := line(name, d, rate)
		return Line{name, million * l.USD, "1,000,000 × " + l.Formula}
	}
	p := &Provisioned{
		Month:    line("kept ready, a month", month, *r.Provisioned),
		Second:   line("kept ready, a second", time.Second, *r.Provisioned),
		OnDemand: each("a million on demand", mean, r.Duration),
		Ready:    each("a million in it", warm, *r.ProvisionedDuration),
		Most:     min(1/took.Seconds(), mostPerSecond),
	}
	if less := p.OnDemand.USD - p.Ready.USD; less > 0 {
		p.From = new(p.Second.USD / (less / million))
		p.Busy = new(*p.From * warm.Seconds())
	}
	return p
}
