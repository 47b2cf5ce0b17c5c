// Package price says what requests to functions behind an HTTP API cost: list
// prices in USD, without free tiers, discounts, logs and data transfer. Usage is
// what a run costs, at the price of US East (N. Virginia); Money is what a function
// costs in a Region, with each figure's formula.
package price

import (
	"fmt"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// Region is the one whose list price is used, whatever the Region of a run.
const Region = "us-east-1"

const (
	arm64           = "arm64"
	x86             = "x86_64"
	million         = 1e6
	memoryMBPerUnit = 1024 // a GB-second is of 1,024 MB
)

// virginia is the price of Region. An HTTP API counts in pieces of 512 kB, of
// which a request is taken to be one.
var virginia = sync.OnceValue(func() Prices { return Builtin().Regions[Region] })

// What a request is taken to bill where nothing was measured: on the high side
// of what small functions in Go and Rust take.
const (
	AssumedCold = time.Second
	AssumedWarm = 100 * time.Millisecond
)

// Usage is what a number of requests to one function used.
type Usage struct {
	Requests     int
	Billed       time.Duration // of all requests together
	Unbilled     int           // requests of whose billed time nothing is known, and which Billed lacks
	Direct       bool          // requests did not go through the HTTP API
	MemoryMB     int
	Architecture string // arm64 or x86_64
}

// USD is the list price of the usage.
func (u Usage) USD() float64 {
	p := virginia()
	perMillion := p.RequestsPerMillion
	if !u.Direct {
		perMillion += *p.HTTPRequestsPerMillion
	}
	return float64(u.Requests)/million*perMillion + gbSeconds(u.Billed, u.MemoryMB)*p.Rates(u.Architecture).Duration
}

// gbSeconds is a billed time at a memory size.
func gbSeconds(billed time.Duration, memoryMB int) float64 {
	return billed.Seconds() * float64(memoryMB) / memoryMBPerUnit
}

// Planned is the usage of a target before a run: cold and warm requests, each
// billed as assumed.
func Planned(t dataset.Target, cold, warm int) Usage {
	return Usage{
		Requests: cold + warm, Direct: t.Via == dataset.ViaInvoke, MemoryMB: t.MemoryMB, Architecture: t.Architecture,
		Billed: time.Duration(cold)*AssumedCold + time.Duration(warm)*AssumedWarm,
	}
}

// PerMillion is what a million requests to a target cost that bill so much each.
func PerMillion(t dataset.Target, billed time.Duration) float64 {
	return Usage{Requests: 1e6, Billed: 1e6 * billed, Direct: t.Via == dataset.ViaInvoke, MemoryMB: t.MemoryMB, Architecture: t.Architecture}.USD()
}

// Measured is the usage of each target of a run, in the header's order, by what
// REPORT lines say was billed. Requests that were never sent are not counted.
func Measured(r *dataset.Run) []Usage {
	usages := make([]Usage, len(r.Header.Targets))
	index := map[string]int{}
	for i, t := range r.Header.Targets {
		usages[i].MemoryMB, usages[i].Architecture = t.MemoryMB, t.Architecture
		usages[i].Direct = t.Via == dataset.ViaInvoke
		index[t.Key] = i
	}
	for _, s := range r.Samples {
		i, known := index[s.Target]
		if !known || s.SentNS == nil {
			continue
		}
		usages[i].Requests++
		if s.BilledNS == nil {
			usages[i].Unbilled++
			continue
		}
		usages[i].Billed += time.Duration(*s.BilledNS)
	}
	return usages
}

// Format writes a sum of money with two significant digits where it is small:
// "$0.00078", "$1.25", "$0" for none.
func Format(usd float64) string {
	switch {
	case usd <= 0:
		return "$0"
	case usd < 1e-6:
		return "less than $0.000001"
	case usd < 1:
		digits := 1
		for v := usd; v < 1; v *= 10 {
			digits++
		}
		return fmt.Sprintf("$%.*f", digits, usd)
	}
	return fmt.Sprintf("$%.2f", usd)
}
