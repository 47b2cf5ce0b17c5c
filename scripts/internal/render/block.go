package render

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// block is what is shown of one target.
type block struct {
	title string
	tags  []string   // tells deployments apart
	cold  string     // "100 cold of 100 requested", or who measured
	lost  [][]string // what became of the others, lines of facts
	grid  []measure
	where []string // where the client's time goes
	over  bool     // its parts say more than the whole
	sizes []string // and the skew of bursts

	sent []string   // how bursts left, where not as they should
	load [][]string // what became of the load, lines of facts
}

const initName = "Init"

// measure is one line of the grid.
type measure struct {
	group, name string
	d           stats.Distribution
}

func targetBlock(s stats.Summary, local bool) block {
	l := s.LayoutCold
	return block{
		title: s.Target.Key,
		tags:  Tags(s.Target),
		cold:  headline(s),
		lost:  [][]string{lost(s), later(s.AfterBurst), reasons(s.Errors), billing(s.Misbilled)},
		grid:  grid(s),
		where: where(s, local),
		over:  l != nil && strings.HasPrefix(ms(&l.Unexplained), "−"),
		sizes: sizes(s),
		sent:  marked(s.Release),
		load:  LoadFacts(s.Load),
	}
}

// Tags are facts that tell one deployment from another.
func Tags(t dataset.Target) []string {
	var tags []string
	if t.DeploymentID != "" {
		tags = append(tags, "deployment "+Short(t.DeploymentID))
	}
	if t.Architecture != "" {
		tags = append(tags, t.Architecture)
	}
	if t.Via == dataset.ViaInvoke {
		tags = append(tags, "by Invoke, not through an API")
	}
	if t.GoVersion != "" {
		tags = append(tags, t.GoVersion)
	}
	if t.Commit != "" {
		tags = append(tags, "commit "+Commit(t.Commit, t.Dirty))
	}
	return tags
}

// headline says how many requests met what was meant.
func headline(s stats.Summary) string {
	return met(s.Target, s.Counts) + " requested"
}

func met(t dataset.Target, bursts stats.Counts) string {
	of := fmt.Sprintf(" of %d", bursts.Requested)
	switch t.StartType {
	case dataset.StartSnapshot:
		return fmt.Sprintf("%d restored and %d cold", bursts.Restored, bursts.Cold) + of
	case dataset.StartProvisioned:
		return fmt.Sprintf("%d on provisioned environments and %d cold", bursts.Warm, bursts.Cold) + of
	}
	return fmt.Sprintf("%d cold", bursts.Cold) + of
}

// lost names the requests that are in none of the numbers below.
func lost(s stats.Summary) []string {
	c := s.Counts
	switch s.Target.StartType {
	case dataset.StartSnapshot:
		c.Restored = 0 // the headline's
	case dataset.StartProvisioned:
		c.Warm = 0
	}
	var lost []string
	for _, l := range []struct {
		n    int
		what dataset.Outcome
	}{
		{c.Warm, dataset.WarmStart}, {c.Stale, dataset.Stale}, {c.Failed, dataset.Failed},
		{c.Throttled, dataset.Throttled}, {c.LogMissing, dataset.LogMissing}, {c.Restored, dataset.Restored},
	} {
		if l.n > 0 {
			lost = append(lost, fmt.Sprintf("%d %s", l.n, l.what))
		}
	}
	return lost
}

func later(c stats.Counts) []string {
	if c.Warm == c.Requested {
		return nil // as it should be
	}
	return []string{fmt.Sprintf("after the bursts %d warm of %d requested", c.Warm, c.Requested)}
}

func reasons(errors []stats.Error) []string {
	const shown = 3
	var reasons []string
	for i, e := range errors {
		if i == shown {
			return append(reasons, Count(len(errors)-shown, "more reason"))
		}
		var parts []string
		if e.Status != 0 {
			parts = append(parts, strconv.Itoa(e.Status))
		}
		if e.Class != "" && !strings.HasPrefix(e.Text, e.Class+" ") {
			parts = append(parts, e.Class)
		}
		if e.Text != "" {
			parts = append(parts, e.Text)
		}
		if len(parts) > 0 {
			reasons = append(reasons, fmt.Sprintf("%d × %s", e.N, strings.Join(parts, ", ")))
		}
	}
	return reasons
}

func billing(m *stats.Misbilled) []string {
	if m == nil {
		return nil
	}
	return []string{fmt.Sprintf("%d of %d billed otherwise than Init + Duration, rounded up: the first %s ms for %s ms", m.N, m.Of, ms(&m.Billed), ms(&m.Expected))}
}

func grid(s stats.Summary) []measure {
	all := []measure{
		{"cold", initName, s.Init},
		{"cold", "Duration", s.DurationCold},
		{"cold", "Client", s.ClientCold},
		{"cold", "Billed", s.BilledCold},
		{"restored", "Restore", s.RestoreBurst},
		{"provisioned", "Duration", s.DurationProvisioned},
		{"provisioned", "Client", s.ClientProvisioned},
		{"provisioned", "Billed", s.BilledProvisioned},
		{"warm", "Duration", s.DurationWarm},
		{"warm", "Client", s.ClientWarm},
		{"warm", "Billed", s.BilledWarm},
	}
	if l := s.Load; l != nil {
		all = append(all, measure{loadGroup, "Duration", l.Duration}, measure{loadGroup, "Client", l.Client}, measure{loadGroup, "from schedule", l.Scheduled})
	}
	var measured []measure
	for _, m := range all {
		if m.d.N > 0 {
			measured = append(measured, m)
		}
	}
	return measured
}

// where lays out the client's time in cold starts: the parts add up to its
// median. On the local executor Lambda's part holds the wait for a place to
// initialize too, and says so.
func where(s stats.Summary, local bool) []string {
	l := s.LayoutCold
	if l == nil {
		return nil
	}
	lambda := "Lambda"
	if local {
		lambda = "Lambda with queue"
	}
	facts := []string{"cold Client " + ms(&l.Client) + " is network " + ms(&l.Network)}
	for _, part := range []struct {
		name string
		d    time.Duration
	}{
		{"gateway", l.Gateway}, {lambda, l.Lambda}, {"init", l.Init}, {"handler", l.Handler}, {"unexplained", l.Unexplained},
	} {
		facts = append(facts, part.name+" "+ms(&part.d))
	}
	return facts
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
		sizes = append(sizes, "zip "+Size(n))
	}
	if n := s.Target.ExecutableBytes; n > 0 {
		sizes = append(sizes, "executable "+Size(n))
	}
	if r := s.Release; r != nil {
		sizes = append(sizes, "skew at most "+ms(&r.Skew.Max)+" ms")
	}
	return sizes
}

func (b block) print(p *printer, l layout) {
	p.line(strong, b.title)
	p.facts(faint, b.tags)
	p.line(plain, b.cold)
	for _, facts := range b.lost {
		p.facts(alarm, facts)
	}
	if len(b.grid) > 0 {
		p.blank()
		l.print(p, b.grid)
		p.blank()
	}
	p.facts(plain, b.where)
	p.facts(plain, b.sizes)
	p.facts(alarm, b.sent)
	for i, facts := range b.load {
		p.facts([]style{plain, alarm}[min(i, 1)], facts)
	}
}
