package dial

import (
	"fmt"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
)

// Sheet shows cost against speed.
func (d Dial) Sheet() sheet.Sheet {
	s := sheet.Sheet{Title: "Memory of " + d.Of, Answer: d.answer()}
	if d.Points == nil {
		return s
	}
	t := sheet.Table{
		Header: []string{"MB", "cold", "cold p50, ms", "warm p50, ms", "p99, ms", "$ a million", ""},
		Right:  []bool{true, true, true, true, true, true},
	}
	for _, p := range d.Points {
		mark := ""
		switch {
		case p.MemoryMB == d.Cheapest:
			mark = "cheapest that meets it"
		case p.Pareto:
			mark = "worth choosing"
		}
		p99 := "–"
		if p.P99NS != nil {
			p99 = ms(*p.P99NS)
		}
		t.Rows = append(t.Rows, []string{
			fmt.Sprint(p.MemoryMB), fmt.Sprint(p.Cold), ms(p.ColdP50NS), ms(p.WarmP50NS), p99,
			strings.TrimPrefix(price.Format(p.USDPerMillion), "$"), mark,
		})
	}
	s.Tables = []sheet.Table{t}
	s.Notes = []string{
		fmt.Sprintf("Times are Lambda's own, of a cold start Init and Duration together; p99 and $ are of requests of which %g %% are cold.", 100*d.ColdShare),
		"Worth choosing: no other size is both cheaper and faster. List price of " + price.Region + ", with the HTTP API's, without logs and data transfer.",
	}
	if d.Local {
		s.Notes = append(s.Notes, "The CPU that a size buys is a model here: a quota in proportion to memory, full speed during init. Measure on AWS before you choose.")
	}
	for _, p := range d.Points {
		if p.P99NS == nil {
			s.Notes = append(s.Notes, fmt.Sprintf("– too few samples: p99 needs %d cold and %d warm.", enough, enough))
			break
		}
	}
	return s
}

// answer is the size to choose in one line.
func (d Dial) answer() string {
	if d.Points == nil {
		return "no size has both cold and warm requests that count"
	}
	if d.TargetP99NS > 0 {
		limit := time.Duration(d.TargetP99NS)
		if d.Cheapest == 0 {
			return fmt.Sprintf("no size is known to meet a p99 of %s", limit)
		}
		return fmt.Sprintf("%d MB is the cheapest that meets a p99 of %s: $%.2f a million requests", d.Cheapest, limit, d.at(d.Cheapest).USDPerMillion)
	}
	var sizes []string
	for _, p := range d.Points {
		if p.Pareto {
			sizes = append(sizes, fmt.Sprintf("%d MB", p.MemoryMB))
		}
	}
	return "worth choosing: " + strings.Join(sizes, ", ")
}

func ms(ns int64) string { return fmt.Sprintf("%.2f", float64(ns)/1e6) }
