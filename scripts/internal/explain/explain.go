// Package explain says where a function's cold start goes and what would help:
// phases, pages, size, money and levers, each in a package of its own.
package explain

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/budget"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/levers"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/logs"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/pages"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/phases"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/size"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
)

// Report is the explanation of one target. What was not asked for, or could not be
// found out here, is nil; Missing says why.
type Report struct {
	Target string         `json:"target"`
	Phases *phases.Phases `json:"phases,omitempty"`
	Logs   *logs.Logs     `json:"logs,omitempty"` // of the run that was given
	Pages  *pages.Pages   `json:"pages,omitempty"`
	Size   *size.Size     `json:"size,omitempty"`
	Money  *price.Money   `json:"money,omitempty"`
	Levers *levers.Levers `json:"levers,omitempty"`
	Budget *budget.Budget `json:"budget,omitempty"`

	Missing []Missing `json:"missing,omitempty"`
	// Failed says why the function does not come to its first invocation, or cannot be
	// looked into; empty where it does.
	Failed string `json:"failed,omitempty"`
}

// Missing is a section that could not be made.
type Missing struct {
	Section string `json:"section"`
	Reason  string `json:"reason"`
}

// Read reads the reports that explain has written in JSON.
func Read(file string) ([]*Report, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var reports []*Report
	if err := json.Unmarshal(data, &reports); err != nil {
		return nil, fmt.Errorf("%s: not what coldcrank explain --format json writes: %w", file, err)
	}
	return reports, nil
}

// titles are the sections in the order in which they are shown, with their headings.
var titles = []struct{ section, title string }{
	{"phases", "Phases"}, {"logs", "Phases by the logs of a run"}, {"pages", "Pages"}, {"size", "Size"}, {"money", "Money"}, {"levers", "Levers"}, {"budget", "Budget"},
}

// Sheets are the sections in the order in which they are shown, with the reasons of
// those that are missing in their places.
func (r *Report) Sheets() []sheet.Sheet {
	made := map[string]func() sheet.Sheet{}
	if r.Phases != nil {
		made["phases"] = r.Phases.Sheet
	}
	if r.Logs != nil {
		made["logs"] = r.Logs.Sheet
	}
	if r.Pages != nil {
		made["pages"] = r.Pages.Sheet
	}
	if r.Size != nil {
		made["size"] = r.Size.Sheet
	}
	if r.Money != nil {
		made["money"] = r.Money.Sheet
	}
	if r.Levers != nil {
		made["levers"] = r.Levers.Sheet
	}
	if r.Budget != nil {
		made["budget"] = r.Budget.Sheet
	}
	var all []sheet.Sheet
	for _, t := range titles {
		if show := made[t.section]; show != nil {
			all = append(all, show())
		}
		for _, m := range r.Missing {
			if m.Section == t.section {
				all = append(all, sheet.Sheet{Title: t.title, Answer: "not here: " + m.Reason})
			}
		}
	}
	return all
}

// Brief is the answer of each section, first what would help, and what the tables of
// each have at the top. Sections that are missing for one reason share an answer.
func (r *Report) Brief() sheet.Brief {
	var b sheet.Brief
	all := r.Sheets()
	slices.SortStableFunc(all, func(x, y sheet.Sheet) int {
		return cmp.Compare(first(x.Title), first(y.Title))
	})
	for _, s := range all {
		same := slices.IndexFunc(b.Answers, func(a sheet.Answer) bool { return a.Text == s.Answer })
		if same < 0 {
			b.Answers = append(b.Answers, sheet.Answer{Of: s.Title, Text: s.Answer})
		} else {
			b.Answers[same].Of += ", " + strings.ToLower(s.Title)
		}
	}
	for _, s := range r.Sheets() {
		if t, ok := s.Top(topRows); ok {
			b.Tables = append(b.Tables, t)
		}
	}
	if r.Phases != nil && r.Levers != nil {
		b.Note = "One init, two times: for the phases it starts alone and ahead of other work, for the levers by turns with other programs, whose difference counts."
	}
	return b
}

// first is 0 for the section that stands above the others.
func first(title string) int {
	if title == "Levers" {
		return 0
	}
	return 1
}

// topRows is how many rows of a table stand in a short answer.
const topRows = 5
