package levers

import (
	"fmt"
	"math"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
)

const diskNote = "from the disk: what a start takes longer whose executable, that for this machine, was taken out of memory: what size costs at most, on this disk. AWS's volume takes other times, and fetching the zip is not in it"

func (d *Disk) table() sheet.Table {
	t := sheet.Table{Header: []string{"from the disk", "MB", "ms longer", "95 % interval"}, Right: []bool{false, true, true, true}}
	row := func(name string, bytes int64, e Effect) {
		t.Rows = append(t.Rows, []string{name, fmt.Sprintf("%.2f", float64(bytes)/1e6), ms(e.MS), e.interval()})
	}
	row("the function", d.Bytes, d.Longer)
	if s := d.Smallest; s != nil {
		row("smallest: "+s.Lever, s.Bytes, s.Longer)
		row("difference", d.Bytes-s.Bytes, s.Less)
	}
	return t
}

func (m *Memory) table() sheet.Table {
	t := sheet.Table{
		Header: []string{"memory, MB", "cold, ms", "cold less", "warm, ms", "warm less", "a million", "$ less"},
		Right:  []bool{true, true, true, true, true, true, true},
	}
	for _, s := range m.Sizes {
		usd := "–"
		if s.USDLess != nil {
			usd = signed(*s.USDLess)
		}
		t.Rows = append(t.Rows, []string{
			fmt.Sprint(s.MemoryMB), ms(s.ColdMS), s.ColdLess.short(), ms(s.WarmMS), s.WarmLess.short(), price.Format(s.USD), usd,
		})
	}
	return t
}

func (m *Memory) notes() []string {
	of := "as measured on AWS"
	if m.Model {
		of = "a model: the local executor's CPU quota, full speed during init; choose by what AWS measures"
	}
	notes := []string{fmt.Sprintf("memory, %s, run %s: cold is Init and Duration together; less than with the %d MB that the function has", of, m.Run, m.NowMB)}
	if m.Better == 0 {
		text := fmt.Sprintf("memory: no other size is better than %d MB beyond noise and worth the change", m.NowMB)
		if !m.measured(m.NowMB) {
			text = fmt.Sprintf("memory: the run lacks the %d MB that the function has: which size is better is not known", m.NowMB)
		}
		return append(notes, text)
	}
	s := m.at(m.Better)
	money := price.Format(math.Abs(*s.USDLess)) + " less"
	if *s.USDLess < 0 {
		money = price.Format(-*s.USDLess) + " more"
	}
	return append(notes, fmt.Sprintf("memory: %d MB in the place of %d: cold %s ms less, warm %s, %s a million", m.Better, m.NowMB, s.ColdLess.short(), s.WarmLess.short(), money))
}

// short is an effect in one cell.
func (e *Effect) short() string {
	if e == nil {
		return "–"
	}
	return fmt.Sprintf("%s (%s)", ms(e.MS), e.interval())
}

// signed is a sum of money that may be below zero.
func signed(usd float64) string {
	if usd < 0 {
		return "−" + price.Format(-usd)
	}
	return price.Format(usd)
}
