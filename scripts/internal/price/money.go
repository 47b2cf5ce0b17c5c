package price

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Question is what Of is asked: what do a million requests cost?
type Question struct {
	Region       string
	Architecture string // arm64 or x86_64
	MemoryMB     int
	Family       Family
	ColdShare    float64 // of the requests that start an environment, 0 to 1
	Direct       bool    // requests do not go through an HTTP API
	Times        Times
	Day          time.Time // on which they are billed
}

// Times are what a request takes in the function.
type Times struct {
	Init time.Duration `json:"init_ns"` // of a cold request, before its invocation
	Cold time.Duration `json:"cold_ns"` // the first invocation of an environment
	Warm time.Duration `json:"warm_ns"` // a later one
	From string        `json:"from"`    // where they were measured, in words
}

// Money is the answer: USD for a million requests, first tier, without free tiers.
type Money struct {
	Region       string  `json:"region"`
	Date         string  `json:"date"` // of the table
	Source       string  `json:"source"`
	Architecture string  `json:"architecture"`
	MemoryMB     int     `json:"memory_mb"`
	Family       Family  `json:"family"`
	ColdShare    float64 `json:"cold_share"`
	Times        Times   `json:"times"`

	Lines   []Line   `json:"lines"`
	USD     float64  `json:"usd"`               // the sum of Lines
	InitUSD float64  `json:"init_usd"`          // of USD, what init costs
	Without []string `json:"without,omitempty"` // what no price is known of, and USD lacks

	Other       *Other       `json:"other,omitempty"`
	Provisioned *Provisioned `json:"provisioned,omitempty"`

	gbSecond float64
}

// Line is a part of the sum.
type Line struct {
	Name    string  `json:"name"`
	USD     float64 `json:"usd"`
	Formula string  `json:"formula"`
}

// Other is the price on the other architecture, if it took the same time there.
type Other struct {
	Architecture string  `json:"architecture"`
	USD          float64 `json:"usd"`
}

// Of answers a question by a table. The error is an *UnknownRegionError, or says that
// the table lacks the architecture.
func Of(t *Table, q Question) (*Money, error) {
	p, err := t.In(q.Region)
	if err != nil {
		return nil, err
	}
	rates := p.Rates(q.Architecture)
	if rates == nil {
		return nil, fmt.Errorf("no price of %s in %s is known (table of %s): give one with --prices FILE", q.Architecture, q.Region, t.Date)
	}
	m := &Money{
		Region: q.Region, Date: t.Date, Source: t.Source, Architecture: q.Architecture, MemoryMB: q.MemoryMB,
		Family: q.Family, ColdShare: q.ColdShare, Times: q.Times, gbSecond: rates.Duration,
	}
	m.requests("Lambda requests", &p.RequestsPerMillion)
	if !q.Direct {
		m.requests("HTTP API requests", p.HTTPRequestsPerMillion)
	}
	cold := q.Family.Billed(q.Times.Init, q.Times.Cold, q.Day)
	warm := q.Family.Billed(0, q.Times.Warm, q.Day)
	fixed := m.USD
	m.duration("cold requests", q.ColdShare, cold)
	m.duration("warm requests", 1-q.ColdShare, warm)
	m.InitUSD = m.perMillion(q.ColdShare, cold-q.Family.Billed(0, q.Times.Cold, q.Day))
	m.other(p, m.USD-fixed)
	m.Provisioned = rates.provisioned(q.MemoryMB, q.ColdShare, cold, warm, q.Times.Warm)
	return m, nil
}

func (m *Money) requests(name string, perMillion *float64) {
	if perMillion == nil {
		m.Without = append(m.Without, name)
		return
	}
	m.add(name, *perMillion, "1,000,000 × "+usd(*perMillion)+" a million")
}

func (m *Money) duration(name string, share float64, billed time.Duration) {
	formula := fmt.Sprintf("%s × %s × %s GB × %s",
		grouped(share*million), seconds(billed), number(float64(m.MemoryMB)/memoryMBPerUnit), usd(m.gbSecond))
	m.add(name, m.perMillion(share, billed), formula)
}

func (m *Money) add(name string, usd float64, formula string) {
	m.Lines = append(m.Lines, Line{name, usd, formula})
	m.USD += usd
}

// perMillion is what a billed time costs that a share of a million requests takes.
func (m *Money) perMillion(share float64, billed time.Duration) float64 {
	return share * million * gbSeconds(billed, m.MemoryMB) * m.gbSecond
}

// Saves is what a million requests cost less whose cold starts are billed so much
// less: on average, since a single one is billed in full milliseconds.
func (m *Money) Saves(less time.Duration) float64 { return m.perMillion(m.ColdShare, less) }

// other sets the price on the other architecture, of which duration is another.
func (m *Money) other(p Prices, duration float64) {
	architecture := arm64
	if m.Architecture == arm64 {
		architecture = x86
	}
	if r := p.Rates(architecture); r != nil {
		m.Other = &Other{architecture, m.USD - duration + duration/m.gbSecond*r.Duration}
	}
}

// usd is a price as AWS writes it, such as $0.20 or $0.0000133334.
func usd(v float64) string {
	s := number(v)
	if v >= 0.01 && math.Abs(v*100-math.Round(v*100)) < 1e-9 {
		s = strconv.FormatFloat(v, 'f', 2, 64)
	}
	return "$" + s
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// seconds is a time such as 0.005 s or 2,628,000 s.
func seconds(d time.Duration) string {
	if d >= 1000*time.Second {
		return grouped(d.Seconds()) + " s"
	}
	return fmt.Sprintf("%.4g s", d.Seconds())
}

// grouped is a whole number with commas: 990,000.
func grouped(v float64) string {
	s := strconv.FormatInt(int64(math.Round(v)), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
