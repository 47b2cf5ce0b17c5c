package render

import (
	"fmt"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// block is what is shown of one target.
type block struct {
	title string
	tags  []string // tells deployments apart
	note  string   // in the place of counts
	cold  string   // "100 cold of 100 requested"
	lost  []string // what became of the others
	grid  []measure
	sizes []string
}

// measure is one line of the grid.
type measure struct {
	group, name string
	d           stats.Distribution
}

func targetBlock(s stats.Summary) block {
	b := block{
		title: s.Target.Key,
		tags:  tags(s.Target),
		cold:  fmt.Sprintf("%d cold of %d requested", s.Cold, s.Requested),
		lost:  lost(s),
		grid:  grid(s),
		sizes: sizes(s),
	}
	return b
}

func tags(t dataset.Target) []string {
	var tags []string
	if t.DeploymentID != "" {
		tags = append(tags, "deployment "+short(t.DeploymentID))
	}
	if t.Architecture != "" {
		tags = append(tags, t.Architecture)
	}
	if t.GoVersion != "" {
		tags = append(tags, t.GoVersion)
	}
	if t.Commit != "" {
		commit := "commit " + short(t.Commit)
		if t.Dirty != nil && *t.Dirty {
			commit += " and changes"
		}
		tags = append(tags, commit)
	}
	return tags
}

// short cuts a hash to what people tell each other.
func short(hash string) string {
	if runes := []rune(hash); len(runes) > 8 {
		return string(runes[:8])
	}
	return hash
}

// lost names every request that is not among the numbers below it.
func lost(s stats.Summary) []string {
	var lost []string
	add := func(n int, what string) {
		if n > 0 {
			lost = append(lost, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(s.Warm, "warm")
	add(s.Stale, "stale")
	add(s.Failed, "failed")
	add(s.Throttled, "throttled")
	add(s.LogMissing, "log missing")
	if a := s.AfterBurst; a.Warm < a.Requested {
		add(a.Requested-a.Warm, fmt.Sprintf("of %d later requests not warm", a.Requested))
	}
	const shown = 3
	for i, e := range s.Errors {
		if i == shown {
			add(len(s.Errors)-shown, "more kinds of error")
			break
		}
		reason := e.Class
		if e.Status != 0 {
			reason = strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, reason))
		}
		if e.Text != "" {
			reason = strings.TrimPrefix(reason+": "+e.Text, ": ")
		}
		if reason != "" {
			lost = append(lost, fmt.Sprintf("%d × %s", e.N, reason))
		}
	}
	return lost
}

func grid(s stats.Summary) []measure {
	all := []measure{
		{"cold", "Init", s.Init},
		{"cold", "Duration", s.DurationCold},
		{"cold", "Client", s.ClientCold},
		{"cold", "Billed", s.BilledCold},
		{"warm", "Duration", s.DurationWarm},
		{"warm", "Client", s.ClientWarm},
		{"warm", "Billed", s.BilledWarm},
	}
	var measured []measure
	for _, m := range all {
		if m.d.N > 0 {
			measured = append(measured, m)
		}
	}
	return measured
}

func sizes(s stats.Summary) []string {
	var sizes []string
	switch used := s.MaxMemoryUsedMB; {
	case used != nil && s.Target.MemoryMB > 0:
		sizes = append(sizes, fmt.Sprintf("memory %d of %d MB", *used, s.Target.MemoryMB))
	case used != nil:
		sizes = append(sizes, fmt.Sprintf("memory %d MB", *used))
	case s.Target.MemoryMB > 0:
		sizes = append(sizes, fmt.Sprintf("memory size %d MB", s.Target.MemoryMB))
	}
	if n := s.Target.ZipBytes; n > 0 {
		sizes = append(sizes, "zip "+bytes(n))
	}
	if n := s.Target.ExecutableBytes; n > 0 {
		sizes = append(sizes, "executable "+bytes(n))
	}
	return sizes
}

func (b block) print(p *printer, l layout) {
	p.line(strong, b.title)
	p.facts(faint, b.tags)
	if b.note != "" {
		p.line(plain, b.note)
	} else {
		p.line(plain, b.cold)
	}
	p.facts(alarm, b.lost)
	if len(b.grid) > 0 {
		p.blank()
		l.print(p, b.grid)
		p.blank()
	}
	p.facts(plain, b.sizes)
}
