package levers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
)

// Sheet shows what was measured, with the advice of what is worth doing, and then what
// is documented.
func (l *Levers) Sheet() sheet.Sheet {
	s := sheet.Sheet{Title: "Levers", Answer: l.answer()}
	if l.Measured != nil {
		s.Tables = append(s.Tables, l.measured())
	}
	for _, m := range l.Measured {
		if m.Worth || m.Moved != nil && m.Moved.Worth {
			s.Notes = append(s.Notes, m.Name+": "+m.Advice)
		}
		if m.Moved != nil && m.Moved.Worth {
			s.Notes = append(s.Notes, m.needed())
		}
	}
	if l.Same != nil {
		s.Notes = append(s.Notes, "the same program, so that nothing is gained: "+strings.Join(l.Same, ", "))
	}
	if l.Disk != nil {
		s.Tables = append(s.Tables, l.Disk.table())
		s.Notes = append(s.Notes, diskNote)
	}
	if l.Memory != nil {
		s.Tables = append(s.Tables, l.Memory.table())
		s.Notes = append(s.Notes, l.Memory.notes()...)
	}
	for _, text := range l.Missing {
		s.Notes = append(s.Notes, "not tried: "+text)
	}
	for _, k := range l.Known {
		text := "documented, " + k.Name + ": " + k.Text
		if k.Source != "" {
			text += " (" + k.Source + ")"
		}
		s.Notes = append(s.Notes, text)
	}
	s.Notes = append(s.Notes, "measured: medians of differences of starts by turns on this machine, page cache warm; times on AWS are others")
	if l.There != nil {
		s.Notes = append(s.Notes, fmt.Sprintf("there: the same share of the %.2f ms that init takes in %s: reckoned, not measured; the money goes by it", l.There.MS, l.There.From))
	}
	return s
}

func (l *Levers) measured() sheet.Table {
	t := sheet.Table{Header: []string{"measured here", "ms less", "95 % interval", "a million", "worth"}, Right: []bool{false, true, true, true}}
	if l.There != nil {
		t.Header = slices.Insert(t.Header, 3, "ms there")
		t.Right = append(t.Right, true)
	}
	for _, m := range l.Measured {
		usd, worth := "", ""
		if m.USD != nil {
			usd = strings.Replace(price.Format(max(*m.USD, 0)), "less than ", "<", 1)
		}
		switch {
		case m.Worth:
			worth = "yes"
		case m.Moved != nil && m.Moved.Worth:
			worth = "if not needed"
		}
		row := []string{m.Name, ms(m.Saves.MS), m.Saves.interval()}
		if m.There != nil {
			row = append(row, ms(*m.There))
		}
		t.Rows = append(t.Rows, append(row, usd, worth))
	}
	return t
}

func (l *Levers) answer() string {
	took := fmt.Sprintf("a start takes %.2f ms here (%s)", l.Start.MS, l.Start.interval())
	if l.Memory != nil && l.Memory.Better > 0 {
		took += fmt.Sprintf("; %d MB are better than %d", l.Memory.Better, l.Memory.NowMB)
	}
	if l.Measured == nil && l.Same == nil {
		return took + "; no lever could be tried"
	}
	if i := slices.IndexFunc(l.Measured, func(m Lever) bool { return m.Worth }); i < 0 { // what stands before it is noise
		took += "; of what was tried, nothing is worth doing for every request"
	} else {
		best := l.Measured[i]
		took += fmt.Sprintf("; %s is worth most: %.2f ms less (%s)", best.Name, best.Saves.MS, best.Saves.interval())
	}
	if i := slices.IndexFunc(l.Measured, func(m Lever) bool { return m.Moved != nil && m.Moved.Worth }); i >= 0 {
		moved := l.Measured[i]
		return fmt.Sprintf("%s; %s takes %.2f ms (%s), which is a gain only where the first request does not need it", took, moved.Name, moved.Saves.MS, moved.Saves.interval())
	}
	return strings.TrimSuffix(took, " for every request")
}

// needed is what a lever does to a cold request that needs the work.
func (m *Lever) needed() string {
	if m.Moved.VCPU >= 1 {
		return m.Name + ": a cold request that needs it gets no faster, since the work moves into its invocation"
	}
	less := m.Saves.MS
	if m.There != nil {
		less = *m.There
	}
	return fmt.Sprintf("%s: a cold request that does not need it takes %s ms less; one that does takes 0 to %s ms longer, since the work moves into its invocation and its %.2f of a vCPU: reckoned, not measured. The less of the quota the invocation itself leaves, the longer",
		m.Name, ms(less), ms(m.Moved.LongerMS), m.Moved.VCPU)
}

func (e Effect) interval() string {
	if e == (Effect{}) {
		return "" // nothing was measured
	}
	return ms(e.Low) + " to " + ms(e.High)
}

// ms writes milliseconds, with the sign that tables have for what is below zero.
func ms(v float64) string {
	text := fmt.Sprintf("%.2f", v)
	if text == "-0.00" {
		return "0.00"
	}
	return strings.Replace(text, "-", "−", 1)
}
