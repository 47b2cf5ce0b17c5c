package levers

import (
	"slices"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/dial"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Memory is what memory sizes give and cost, by a run that has turned the memory dial.
type Memory struct {
	Run   string `json:"run"`
	Model bool   `json:"model"` // on the local executor, whose CPU quota stands for what a size buys
	NowMB int    `json:"now_mb"`
	Sizes []Size `json:"sizes"` // by size
	// Better is the cheapest size that is slower neither cold nor warm, and either
	// faster or cheaper by what is worth the work; 0 where there is none.
	Better int `json:"better_mb,omitempty"`
}

// Size is one memory size. Less is nil for the size that the function has, where the run
// has not measured that, and where it has too few rounds for an interval.
type Size struct {
	MemoryMB int     `json:"memory_mb"`
	Cold     int     `json:"cold"` // samples
	Warm     int     `json:"warm"`
	ColdMS   float64 `json:"cold_ms"` // medians: Init and Duration of a cold start
	WarmMS   float64 `json:"warm_ms"` // and Duration
	USD      float64 `json:"usd_per_million"`

	ColdLess *Effect  `json:"cold_less,omitempty"` // than with the size that the function has
	WarmLess *Effect  `json:"warm_less,omitempty"`
	USDLess  *float64 `json:"usd_less,omitempty"`
}

// MemoryOf is what a run's memory dial says of a target, by its Stack/Name; nil where
// it has turned none. The share is of requests that are cold.
func MemoryOf(run *dataset.Run, target string, nowMB int, coldShare float64) *Memory {
	dials := dial.Of(run, dial.Options{ColdShare: coldShare})
	i := slices.IndexFunc(dials, func(d dial.Dial) bool { return d.Of == target })
	if i < 0 {
		return nil
	}
	m := &Memory{Run: run.Header.Run, Model: dials[i].Local, NowMB: nowMB}
	times := map[int]*sized{}
	for _, t := range run.Header.Targets {
		if t.DialOf == target {
			times[t.MemoryMB] = sizedOf(run, t.Key)
		}
	}
	var now *Size
	for _, p := range dials[i].Points {
		m.Sizes = append(m.Sizes, Size{
			MemoryMB: p.MemoryMB, Cold: p.Cold, Warm: p.Warm,
			ColdMS: float64(p.ColdP50.NS) / 1e6, WarmMS: float64(p.WarmP50.NS) / 1e6, USD: p.USDPerMillion,
		})
	}
	if i := slices.IndexFunc(m.Sizes, func(s Size) bool { return s.MemoryMB == nowMB }); i >= 0 {
		now = &m.Sizes[i]
	}
	if now == nil {
		return m
	}
	for i := range m.Sizes {
		s := &m.Sizes[i]
		if s == now {
			continue
		}
		s.ColdLess = lessBy(now.ColdMS, times[nowMB].cold, times[s.MemoryMB].cold)
		s.WarmLess = lessBy(now.WarmMS, times[nowMB].warm, times[s.MemoryMB].warm)
		s.USDLess = new(now.USD - s.USD)
		if s.better(now) && (m.Better == 0 || s.USD < m.at(m.Better).USD) {
			m.Better = s.MemoryMB
		}
	}
	return m
}

func (m *Memory) measured(mb int) bool {
	return slices.ContainsFunc(m.Sizes, func(s Size) bool { return s.MemoryMB == mb })
}

func (m *Memory) at(mb int) *Size {
	return &m.Sizes[slices.IndexFunc(m.Sizes, func(s Size) bool { return s.MemoryMB == mb })]
}

// better reports whether a size is worth changing to.
func (s *Size) better(now *Size) bool {
	if s.ColdLess == nil || s.WarmLess == nil || s.ColdLess.High < 0 || s.WarmLess.High < 0 {
		return false // slower, or nobody knows
	}
	return s.ColdLess.worth(now.ColdMS) || s.WarmLess.worth(now.WarmMS) || *s.USDLess >= worthShare*now.USD
}

// sized is what samples of one size say, by round.
type sized struct{ cold, warm stats.Series }

func sizedOf(run *dataset.Run, key string) *sized {
	s := new(sized)
	for _, x := range run.Samples {
		switch {
		case x.Target != key || x.DurationNS == nil:
		case x.Outcome == dataset.Cold && x.Phase == dataset.Burst && x.InitNS != nil:
			s.cold.Add(x.Round, float64(*x.InitNS+*x.DurationNS))
		case x.Inherited() && x.Phase == dataset.Warm:
			s.warm.Add(x.Round, float64(*x.DurationNS))
		}
	}
	return s
}

// lessBy is what one size takes less than the one that takes took, by the ratio between
// both: they were measured by turns, round by round. It is nil without an interval.
func lessBy(took float64, now, then stats.Series) *Effect {
	shift := stats.Compare(now, then, stats.Plan{Threshold: worthShare, Confidence: 0.95, Together: true})
	if shift.Ratio == nil || shift.Interval == nil {
		return nil
	}
	return &Effect{MS: took * (1 - *shift.Ratio), Low: took * (1 - shift.Interval.High), High: took * (1 - shift.Interval.Low), Starts: shift.NewN}
}
