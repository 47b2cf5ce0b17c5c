package price

import (
	"fmt"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
)

// Sheet shows the sum with its formulas, and from when on provisioned concurrency pays.
func (m *Money) Sheet() sheet.Sheet {
	s := sheet.Sheet{
		Title: "Money",
		Answer: fmt.Sprintf("a million requests cost %s in %s at %s cold starts (%s, %d MB); init is %s of it",
			Format(m.USD), m.Region, percent(m.ColdShare), m.Architecture, m.MemoryMB, Format(m.InitUSD)),
		Tables: []sheet.Table{m.sum(), m.kept()},
		Notes:  m.notes(),
	}
	if m.Without != nil {
		s.Answer += ", without " + strings.Join(m.Without, " and ")
	}
	return s
}

func (m *Money) sum() sheet.Table {
	t := sheet.Table{Header: []string{"a million requests", "USD", "formula"}, Right: []bool{false, true}, Detail: true}
	for _, l := range m.Lines {
		t.Rows = append(t.Rows, []string{l.Name, Format(l.USD), l.Formula})
	}
	for _, name := range m.Without {
		t.Rows = append(t.Rows, []string{name, "not known", "no price in the table: --prices FILE"})
	}
	t.Rows = append(t.Rows, []string{"together", Format(m.USD), m.Architecture + ", " + m.Region})
	if m.Other != nil {
		t.Rows = append(t.Rows, []string{"on " + m.Other.Architecture, Format(m.Other.USD), "if it took the same time there"})
	}
	return t
}

func (m *Money) kept() sheet.Table {
	t := sheet.Table{Header: []string{"one environment", "USD", "formula"}, Right: []bool{false, true}, Detail: true}
	p := m.Provisioned
	if p == nil {
		t.Rows = [][]string{{"price", "not known", "no price in the table: --prices FILE"}}
		return t
	}
	for _, l := range []Line{p.Month, p.Second, p.OnDemand, p.Ready} {
		t.Rows = append(t.Rows, []string{l.Name, Format(l.USD), l.Formula})
	}
	if !p.Pays() {
		why := fmt.Sprintf("it serves %.4g/s", p.Most)
		if p.From != nil {
			why = fmt.Sprintf("from %.4g/s, and %s", *p.From, why)
		}
		t.Rows = append(t.Rows, []string{"cheaper", "never", why})
		return t
	}
	t.Rows = append(t.Rows, []string{"cheaper from", fmt.Sprintf("%.4g/s", *p.From), "a second ÷ (on demand − in it) × 1,000,000"},
		[]string{"busy then", percent(*p.Busy), fmt.Sprintf("of the time is billed; it serves %.4g/s", p.Most)})
	return t
}

func (m *Money) notes() []string {
	init := "init is billed"
	if m.Family == Managed {
		init += " since August 2025"
	}
	return []string{
		fmt.Sprintf("times: init %s, first invocation %s, later ones %s; %s", ms(m.Times.Init), ms(m.Times.Cold), ms(m.Times.Warm), m.Times.From),
		fmt.Sprintf("%s: %s; a request is billed init and invocation, in full milliseconds", m.Family, init),
		fmt.Sprintf("one environment: of provisioned concurrency, against requests on demand; it serves %d requests a second at most, however short", mostPerSecond),
		fmt.Sprintf("list prices of %s, first tier (%s), without free tiers, logs and data transfer", m.Date, m.Source),
	}
}

func percent(share float64) string { return fmt.Sprintf("%.3g %%", share*100) }

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/1e6) }
