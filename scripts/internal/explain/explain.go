// Package explain says where a function's cold start goes and what would help:
// phases, pages, size, money and levers, each in a package of its own.
package explain

import (
	"encoding/json"
	"fmt"
	"os"

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

// Sheets are the sections in the order in which they are shown.
func (r *Report) Sheets() []sheet.Sheet {
	var all []sheet.Sheet
	if r.Phases != nil {
		all = append(all, r.Phases.Sheet())
	}
	if r.Logs != nil {
		all = append(all, r.Logs.Sheet())
	}
	if r.Pages != nil {
		all = append(all, r.Pages.Sheet())
	}
	if r.Size != nil {
		all = append(all, r.Size.Sheet())
	}
	if r.Money != nil {
		all = append(all, r.Money.Sheet())
	}
	if r.Levers != nil {
		all = append(all, r.Levers.Sheet())
	}
	if r.Budget != nil {
		all = append(all, r.Budget.Sheet())
	}
	for _, m := range r.Missing {
		all = append(all, sheet.Sheet{Title: m.Section, Answer: "not here: " + m.Reason})
	}
	return all
}
