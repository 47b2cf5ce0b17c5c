package plot

import (
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
)

func TestSpread(t *testing.T) {
	s := SpreadOf(sheet.Plot{Title: "ms", X: "$", Marked: "worth choosing", Limit: &sheet.Limit{Y: 15, Text: "target 15ms"}, Points: []sheet.Point{
		{Label: "512", X: 2, Y: 10, Low: new(9.0), High: new(12.0), Marked: true},
		{Label: "128", X: 1, Y: 20, Low: new(18.0), Marked: true},
		{Label: "1024", X: 3, Y: 10},
	}})
	const alt = "ms against $: 128 20.00 for 1.00, interval from 18.00, worth choosing; 512 10.00 for 2.00, interval from 9.00 to 12.00, worth choosing; 1024 10.00 for 3.00; target 15ms."
	if s.Alt != alt {
		t.Errorf("got %q\nwant %q", s.Alt, alt)
	}
	if a := s.Spots[0]; len(s.Spots) != 3 || !a.Open || a.High != "0%" || s.Spots[1].Open || s.Spots[2].Low != "" {
		t.Errorf("spots %+v", s.Spots)
	}
	if len(s.Joins) != 1 || s.Joins[0] != (Join{s.Spots[0].X, s.Spots[0].Y, s.Spots[1].X, s.Spots[1].Y}) || s.Limit == "" {
		t.Errorf("joins %+v, limit %q", s.Joins, s.Limit)
	}
	if got := SpreadOf(sheet.Plot{}); got.Spots != nil {
		t.Errorf("of nothing: %+v", got)
	}
}

// Names of points that lie close together have places of their own.
func TestSpreadNames(t *testing.T) {
	s := SpreadOf(sheet.Plot{Points: []sheet.Point{{Label: "128", X: 1, Y: 10}, {Label: "256", X: 1.02, Y: 10}, {Label: "1769", X: 2, Y: 11}}})
	places := map[string]bool{}
	for _, p := range s.Spots[:2] {
		places[strings.Join([]string{p.DX, p.DY, p.Anchor}, " ")] = true
	}
	if len(places) != 2 {
		t.Errorf("both names stand alike: %+v", s.Spots)
	}
}
