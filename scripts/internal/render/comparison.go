package render

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Comparisons writes a block for each comparison: who was compared, what changed
// by how much and how surely, and the verdict in one sentence.
func Comparisons(w io.Writer, comparisons []stats.Comparison, o TableOptions) error {
	p := &printer{width: o.Width, color: o.Color}
	for i, c := range comparisons {
		if i > 0 {
			p.blank()
		}
		p.line(strong, PairName(c))
		p.facts(faint, append([]string{"old"}, sideFacts(c.Old)...))
		p.facts(faint, append([]string{"new"}, sideFacts(c.New)...))
		for _, note := range Notes(c) {
			p.line(alarm, note)
		}
		p.blank()
		p.grid(Changes(c))
		p.blank()
		style := plain
		switch c.Verdict {
		case stats.Slower, stats.Failing:
			style = alarm
		case stats.NotSlower, stats.Faster:
			style = strong
		}
		p.line(style, Sentence(c))
	}
	if len(comparisons) > 0 {
		p.blank()
		p.line(faint, Method(comparisons))
	}
	return p.writeTo(w)
}

// PairName names what is compared: "Shop/Orders against main".
func PairName(c stats.Comparison) string {
	o, n := c.Old.Target, c.New.Target
	if ref, ok := strings.CutPrefix(o.Key, o.Stack+"/"+o.Name+"@"); ok && n.Against == o.Key {
		return n.Key + " against " + ref
	}
	if o.Key != n.Key {
		return o.Key + " → " + n.Key
	}
	return c.New.Target.Key
}

func sideFacts(s *stats.Side) []string {
	facts := []string{"run " + s.Header.Run, s.Header.Started.UTC().Format("2006-01-02 15:04 UTC")}
	if s.Target.DeploymentID != "" {
		facts = append(facts, "deployment "+Short(s.Target.DeploymentID))
	}
	if t := s.Target; t.Commit != "" {
		facts = append(facts, "commit "+Commit(t.Commit, t.Dirty))
	}
	return append(facts, met(s.Target, s.Counts))
}

// Notes are what a reader must know before the numbers.
func Notes(c stats.Comparison) []string {
	var notes []string
	for _, d := range c.Differences {
		differs := "differs too, and moves"
		if d.What == stats.DiffersSettings {
			differs = "differ too, and move"
		}
		notes = append(notes, fmt.Sprintf("%s %s the numbers: %s and %s", d.What, differs, d.Old, d.New))
	}
	if d := c.Old.Target.DeploymentID; d != "" && d == c.New.Target.DeploymentID {
		notes = append(notes, "both sides are the same deployment")
	}
	if !c.Together {
		notes = append(notes, "not measured together: what drifted between the two runs is taken for a change")
	}
	if c.Verdict != stats.Failing && c.Old.Failed+c.New.Failed > 0 {
		notes = append(notes, c.Failures())
	}
	if missing := c.New.Unverified(); missing != "" && c.Verdict == stats.Slower {
		notes = append(notes, missing)
	}
	for _, side := range []struct {
		name    string
		leftOut int
		modes   []stats.Mode
	}{{"old", c.Measures[0].OldLeftOut, c.Measures[0].OldModes}, {"new", c.Measures[0].NewLeftOut, c.Measures[0].NewModes}} {
		if side.leftOut > 0 {
			notes = append(notes, fmt.Sprintf("left out of %s, because a ratio needs what is above zero: %s of %s",
				side.name, Count(side.leftOut, "value"), c.Measures[0].Name))
		}
		if len(side.modes) == 2 {
			a, b := side.modes[0], side.modes[1]
			notes = append(notes, fmt.Sprintf("%s has two modes, %s (%.0f %%) and %s (%.0f %%): its median may jump between them",
				side.name, quantity(a.Center, c.Measures[0].Unit), 100*a.Share, quantity(b.Center, c.Measures[0].Unit), 100*b.Share))
		}
	}
	return notes
}

// Changes are rows of name, old, new, change, interval and verdict; the first is their
// heading, the second what decides, unless it is the requests that fail.
func Changes(c stats.Comparison) [][]string {
	lines := [][]string{{"", "old", "new", "change", "interval", ""}}
	for i, m := range c.Measures {
		line := []string{m.Name, quantity(m.OldMedian, m.Unit), quantity(m.NewMedian, m.Unit), absent, absent, verdict(m)}
		if m.OldN == 0 {
			line[1] = absent
		}
		if m.NewN == 0 {
			line[2] = absent
		}
		if m.Ratio != nil {
			line[3] = Change(*m.Ratio)
		}
		if m.Interval != nil {
			line[4] = spread(*m.Interval)
		}
		if i == 0 && c.Verdict != stats.Failing {
			line[5] = string(c.Verdict)
		}
		lines = append(lines, line)
	}
	for _, s := range c.Sizes {
		line := []string{s.Name, fmt.Sprint(s.Old), fmt.Sprint(s.New), absent, "", ""}
		if s.Unit == "B" {
			line[1], line[2] = Size(s.Old), Size(s.New)
		}
		if s.Unit == "requests" && c.Verdict == stats.Failing {
			line[5] = string(c.Verdict)
		}
		if s.Old > 0 {
			line[3] = Change(float64(s.New) / float64(s.Old))
		}
		lines = append(lines, line)
	}
	return lines
}

// verdict is the verdict on a measure: what is no duration is not slow.
func verdict(m stats.Measure) string {
	if m.Unit == "s" && !strings.HasPrefix(m.Name, "Billed") {
		return string(m.Verdict)
	}
	switch m.Verdict {
	case stats.Slower:
		return "more"
	case stats.NotSlower:
		return "not more"
	case stats.Faster:
		return "less"
	}
	return string(m.Verdict)
}

// Sentence is the verdict in one sentence; it begins with PairName.
func Sentence(c stats.Comparison) string {
	m := c.Measures[0]
	name := PairName(c)
	by := ""
	if m.Ratio != nil {
		by = m.Name + " " + Change(*m.Ratio)
	}
	if m.Interval != nil {
		by += fmt.Sprintf(" (%s %% interval %s)", decimals(100*m.Confidence, 2), spread(*m.Interval))
	}
	reason := c.Reason
	if by != "" {
		reason += "; " + by
	}
	threshold := fmt.Sprintf("threshold %s", Change(1+m.Threshold))
	switch {
	case c.Verdict == stats.Failing:
		return fmt.Sprintf("%s is failing: %s.", name, reason)
	case c.Reason != "":
		return fmt.Sprintf("%s: inconclusive: %s.", name, reason)
	case m.Interval == nil && m.OldLeftOut+m.NewLeftOut > 0:
		return fmt.Sprintf("%s: inconclusive: %d and %d samples of %s are too few for an interval; %d and %d more are not above zero, and left out.",
			name, m.OldN, m.NewN, m.Name, m.OldLeftOut, m.NewLeftOut)
	case m.Interval == nil:
		return fmt.Sprintf("%s: inconclusive: %d and %d samples of %s are too few for an interval.", name, m.OldN, m.NewN, m.Name)
	case c.Verdict == stats.Inconclusive && m.FurtherRounds > 0:
		return fmt.Sprintf("%s: inconclusive: %s; %s. About %s, %d samples a side, would probably decide it.",
			name, by, threshold, Count(m.FurtherRounds, "more round"), m.Further)
	case c.Verdict == stats.Inconclusive:
		return fmt.Sprintf("%s: inconclusive: %s; %s, which lies too near for more samples to decide.", name, by, threshold)
	}
	return fmt.Sprintf("%s is %s: %s; %s.", name, c.Verdict, by, threshold)
}

// Method says what the numbers of comparisons are; there must be one.
func Method(comparisons []stats.Comparison) string {
	first := comparisons[0].Measures[0]
	text := "change: the median of the ratios of all pairs of samples (Hodges–Lehmann)"
	if slices.ContainsFunc(comparisons, func(c stats.Comparison) bool { return c.Measures[0].ByRound && c.Measures[0].Interval != nil }) {
		text += "; its interval by rounds"
	}
	text += ". The first line decides."
	if len(comparisons) > 1 {
		text += fmt.Sprintf(" %d targets are compared: intervals hold with %s %%, so that all hold with 95 %%.", len(comparisons), decimals(100*first.Confidence, 2))
	}
	for _, c := range comparisons {
		if len(c.Measures) > 1 {
			text += fmt.Sprintf(" The other lines are together one family: %s %% each.", decimals(100*c.Measures[1].Confidence, 2))
			break
		}
	}
	return text
}

// grid writes cells in columns: the first to the left, numbers to the right. What
// is too wide becomes a list.
func (p *printer) grid(lines [][]string) {
	widths := make([]int, len(lines[0]))
	total := 0
	for i := range widths {
		for _, l := range lines {
			widths[i] = max(widths[i], utf8.RuneCountInString(Clean(l[i])))
		}
		total += widths[i]
	}
	gap := gap
	fits := func() bool { return p.width <= 0 || total+gap*(len(widths)-1) <= p.width }
	if !fits() {
		gap = 1
	}
	narrow := !fits()
	for n, l := range lines {
		if narrow {
			if n > 0 {
				rest := slices.DeleteFunc(slices.Clone(l[3:]), func(cell string) bool { return cell == "" || cell == absent })
				p.line(plain, strings.Join(append([]string{fmt.Sprintf("%s: %s → %s", l[0], l[1], l[2])}, rest...), ", "))
			}
			continue
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%-*s", widths[0], Clean(l[0]))
		for i, cell := range l[1 : len(l)-1] {
			fmt.Fprintf(&b, "%*s", gap+widths[i+1], Clean(cell))
		}
		fmt.Fprintf(&b, "%*s%s", gap, "", Clean(l[len(l)-1]))
		style := plain
		switch n {
		case 0:
			style = faint
		case 1:
			style = strong
		}
		p.row(style, strings.TrimRight(b.String(), " "))
	}
}
