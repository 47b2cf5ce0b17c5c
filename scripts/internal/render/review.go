package render

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/app"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Review is what a branch changes.
type Review struct {
	Verdict stats.Verdict `json:"verdict"`
	Base    string        `json:"base"` // as it was named
	// BaseCommit is the commit that it named; empty where that is not known.
	BaseCommit string         `json:"base_commit,omitempty"`
	Targets    []TargetReview `json:"targets"`

	Stacks    []app.StackDiff `json:"stacks"`
	DiffError string          `json:"diff_error,omitempty"` // why there is no diff

	Command string `json:"command"` // that reproduces it
}

// TargetReview is what a branch changes of one target.
type TargetReview struct {
	Old dataset.Target `json:"old"`
	New dataset.Target `json:"new"`
	// Comparison is nil where nothing that runs has changed: both are one
	// deployment, and were not measured.
	Comparison *stats.Comparison  `json:"comparison,omitempty"`
	Modules    []app.ModuleChange `json:"modules,omitempty"`
}

// ReviewMarker is the first line of a review in Markdown, by which whoever posts it
// finds the comment that it replaces.
const ReviewMarker = "<!-- coldcrank review -->"

// ReviewMarkdown writes a review as one comment of GitHub.
func ReviewMarkdown(w io.Writer, r Review) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n## Cold start: %s\n\n", ReviewMarker, markdown(string(r.Verdict)))
	base := "against " + r.Base
	if r.BaseCommit != "" && !strings.HasPrefix(r.BaseCommit, r.Base) {
		base += ", commit " + short(r.BaseCommit)
	}
	fmt.Fprintf(&b, "%s\n\n", markdown(base))
	for _, t := range r.Targets {
		t.write(&b)
	}
	writeStacks(&b, r)
	fmt.Fprintf(&b, "\nReproduce: %s\n", code(r.Command))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write review: %w", err)
	}
	return nil
}

// ReviewJSON writes the same as an object.
func ReviewJSON(w io.Writer, r Review) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write review: %w", err)
	}
	if _, err := w.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write review: %w", err)
	}
	return nil
}

func (t TargetReview) write(b *strings.Builder) {
	fmt.Fprintf(b, "### %s\n\n", markdown(t.New.Key))
	if t.Comparison == nil {
		fmt.Fprintf(b, "Both are deployment %s: nothing that runs has changed, and it was not measured.\n\n", markdown(short(t.New.DeploymentID)))
		return
	}
	c := *t.Comparison
	fmt.Fprintf(b, "%s\n\n", markdown(Sentence(c)))
	for _, note := range notes(c) {
		fmt.Fprintf(b, "- %s\n", markdown(note))
	}
	if lines := plot(c.Old.Deciding(), c.New.Deciding(), 60); lines != nil {
		fmt.Fprintf(b, "\n%s\n", fence(c.Measures[0].Name+"\n"+strings.Join(lines, "\n")))
	}
	writeRows(b, append(changes(c), costs(c)...))
	b.WriteString("\n")
	t.writeModules(b)
	fmt.Fprintf(b, "<sub>%s</sub>\n\n", markdown(method([]stats.Comparison{c})))
}

// costs are what a million requests cost, by the median that each bills.
func costs(c stats.Comparison) [][]string {
	oldCold, oldWarm := c.Old.Billed()
	newCold, newWarm := c.New.Billed()
	var rows [][]string
	if oldCold != nil && newCold != nil {
		old, new := price.PerMillion(c.Old.Target, *oldCold), price.PerMillion(c.New.Target, *newCold)
		rows = append(rows, []string{"a million cold requests", price.Format(old), price.Format(new), change(new / old), "", ""})
	}
	if oldWarm != nil && newWarm != nil {
		old, new := price.PerMillion(c.Old.Target, *oldWarm), price.PerMillion(c.New.Target, *newWarm)
		rows = append(rows, []string{"a million warm requests", price.Format(old), price.Format(new), change(new / old), "", ""})
	}
	return rows
}

func writeRows(b *strings.Builder, rows [][]string) {
	b.WriteString("\n")
	for i, row := range rows {
		cells := make([]string, len(row))
		for k, cell := range row {
			cells[k] = markdown(cell)
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
		if i == 0 {
			b.WriteString("| --- " + strings.Repeat("| ---: ", len(row)-2) + "| --- |\n")
		}
	}
}

// shownModules is how many are listed; the largest changes come first.
const shownModules = 12

func (t TargetReview) writeModules(b *strings.Builder) {
	if len(t.Modules) == 0 {
		return
	}
	rows := [][]string{{"module", "old", "new", "code", ""}}
	for i, m := range t.Modules {
		if i == shownModules {
			rows = append(rows, []string{fmt.Sprintf("and %d more", len(t.Modules)-shownModules), "", "", "", ""})
			break
		}
		what := "updated"
		switch {
		case m.Old == "":
			what = "added"
		case m.New == "":
			what = "removed"
		case m.Old == m.New:
			what = ""
		}
		rows = append(rows, []string{m.Path, m.Old, m.New, grown(m.CodeBytes), what})
	}
	writeRows(b, rows)
	b.WriteString("\ncode: size of the module's functions; its data, such as embedded files, is in the executable's size only.\n\n")
}

// grown writes a difference of sizes.
func grown(n int64) string {
	switch {
	case n > 0:
		return "+" + size(n)
	case n < 0:
		return "−" + size(-n)
	}
	return "0"
}

func writeStacks(b *strings.Builder, r Review) {
	b.WriteString("### Template\n\n")
	if r.DiffError != "" {
		fmt.Fprintf(b, "The diff was left out: %s\n", markdown(r.DiffError))
		return
	}
	changed := false
	for _, s := range r.Stacks { // what concerns security first
		if s.Security != "" {
			fmt.Fprintf(b, "**%s changes permissions**\n\n%s\n", markdown(s.Stack), fence(s.Security))
		}
	}
	for _, s := range r.Stacks {
		switch s.State {
		case app.StackUnchanged:
			continue
		case app.StackRemoved:
			fmt.Fprintf(b, "Stack %s is removed.\n\n", markdown(s.Stack))
		default:
			fmt.Fprintf(b, "Stack %s is %s:\n\n", markdown(s.Stack), s.State)
			if s.Text != "" {
				b.WriteString(fence(s.Text) + "\n")
			}
		}
		changed = true
	}
	if !changed {
		b.WriteString("No stack differs.\n")
	}
}

var ticks = regexp.MustCompile("`+")

// fence writes text of several lines as code, whatever is in it.
func fence(text string) string {
	f := longer(text, "```")
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString(clean(line) + "\n")
	}
	return f + "\n" + b.String() + f + "\n"
}

// code writes a line as code.
func code(text string) string {
	f := longer(text, "`")
	if f == "`" {
		return f + clean(text) + f
	}
	return f + " " + clean(text) + " " + f
}

// longer is a row of ` that is longer than any in the text.
func longer(text, f string) string {
	for _, t := range ticks.FindAllString(text, -1) {
		if len(t) >= len(f) {
			f = t + "`"
		}
	}
	return f
}
