package explain

import (
	"reflect"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/budget"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/levers"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/pages"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/phases"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
)

// report has sections, others that are missing for two reasons, and a budget.
func report() *Report {
	r := &Report{
		Target: "Shop/Orders",
		Phases: &phases.Phases{InitNS: 2e6, Phases: []phases.Phase{{Name: phases.Provision, NS: 2e6}}},
		Pages:  &pages.Pages{Count: 60, OfCode: 80, Architecture: "arm64"},
		Levers: &levers.Levers{},
		Budget: &budget.Budget{},
		Missing: []Missing{
			{"money", "no price"}, {"logs", "no run"}, {"size", "no price"},
		},
	}
	for range 10 {
		r.Pages.Packages = append(r.Pages.Packages, pages.Package{Path: "runtime", Pages: 6})
	}
	return r
}

// Sections stand in one order, whether they are there or missing.
func TestSheets(t *testing.T) {
	var got []string
	for _, s := range report().Sheets() {
		got = append(got, s.Title)
	}
	want := []string{"Phases", "Phases by the logs of a run", "Pages", "Size", "Money", "Levers", "Budget"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// In short there is what would help first, one answer for one reason, and the top of
// tables.
func TestBrief(t *testing.T) {
	b := report().Brief()
	var of []string
	for _, a := range b.Answers {
		of = append(of, a.Of)
	}
	if want := []string{"Levers", "Phases", "Phases by the logs of a run", "Pages", "Size, money", "Budget"}; !reflect.DeepEqual(of, want) {
		t.Errorf("got answers of %q, want %q", of, want)
	}
	if got := b.Answers[4].Text; got != "not here: no price" {
		t.Errorf("got %q", got)
	}
	if len(b.Tables) != 3 || b.Tables[0].Header[0] != "phase" || len(b.Tables[1].Rows) != topRows || b.Tables[2].Header[0] != "what" {
		t.Errorf("got tables %+v", b.Tables)
	}
	if !strings.HasPrefix(b.Note, "One init, two times") {
		t.Errorf("got note %q", b.Note)
	}
	detail := sheet.Sheet{Tables: []sheet.Table{{Detail: true, Rows: [][]string{{"a"}}}}}
	if table, ok := detail.Top(topRows); ok {
		t.Errorf("got %+v of details alone", table)
	}
}
