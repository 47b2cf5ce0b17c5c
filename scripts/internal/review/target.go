package review

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// text is the block of a target in Markdown.
func (t Target) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", render.EscapeMarkdown(t.Key))
	switch t.State {
	case StateNew:
		fmt.Fprintf(&b, "New: the base has nothing to compare it with. %s\n\n", render.EscapeMarkdown(about(*t.New)))
	case StateRemoved:
		b.WriteString("Removed.")
		if t.Old != nil { // else it was one that could not be measured
			fmt.Fprintf(&b, " It was: %s", render.EscapeMarkdown(about(*t.Old)))
		}
		b.WriteString("\n\n")
	case StateLeftOut:
		fmt.Fprintf(&b, "Not measured: %s\n\n", render.EscapeMarkdown(t.Reason))
	case StateChanged:
		t.writeComparison(&b)
	}
	return b.String()
}

// about is what is known of a target that is not measured.
func about(t dataset.Target) string {
	facts := []string{fmt.Sprintf("memory size %d MB", t.MemoryMB), t.Architecture}
	if t.ZipBytes > 0 {
		facts = append(facts, "zip "+render.Size(t.ZipBytes))
	}
	if t.ExecutableBytes > 0 {
		facts = append(facts, "executable "+render.Size(t.ExecutableBytes))
	}
	return strings.Join(facts, " · ")
}

func (t Target) writeComparison(b *strings.Builder) {
	c := *t.Comparison
	if old := t.Old.Stack + "/" + t.Old.Name; t.Old.Name != "" && old != t.Key {
		fmt.Fprintf(b, "It was %s.\n\n", render.EscapeMarkdown(old))
	}
	fmt.Fprintf(b, "%s\n\n", render.EscapeMarkdown(render.Sentence(c)))
	if notes := render.Notes(c); notes != nil {
		for _, note := range notes {
			fmt.Fprintf(b, "- %s\n", render.EscapeMarkdown(note))
		}
		b.WriteString("\n")
	}
	if lines := plot(c.Old.Deciding(), c.New.Deciding(), 60); lines != nil {
		fmt.Fprintf(b, "%s\n", fence(c.Measures[0].Name+"\n"+strings.Join(lines, "\n")))
	}
	render.MarkdownTable(b, slices.Concat(render.Changes(c), costs(c), t.pages()))
	t.writeModules(b)
	t.writePages(b)
	text := render.Method([]stats.Comparison{c}) + " Cost: the list price of " + price.Region + " for the median that is billed"
	if c.New.Header.Executor == dataset.ExecutorLocal {
		text += " here; AWS takes longer, and bills that"
	}
	fmt.Fprintf(b, "<sub>%s.</sub>\n\n", render.EscapeMarkdown(text))
}

// costs are what a million requests cost, by the median that each bills.
func costs(c stats.Comparison) [][]string {
	oldCold, oldWarm := c.Old.Billed()
	newCold, newWarm := c.New.Billed()
	var rows [][]string
	if oldCold != nil && newCold != nil {
		old, new := price.PerMillion(c.Old.Target, *oldCold), price.PerMillion(c.New.Target, *newCold)
		rows = append(rows, []string{"a million cold requests", price.Format(old), price.Format(new), render.Change(new / old), "", ""})
	}
	if oldWarm != nil && newWarm != nil {
		old, new := price.PerMillion(c.Old.Target, *oldWarm), price.PerMillion(c.New.Target, *newWarm)
		rows = append(rows, []string{"a million warm requests", price.Format(old), price.Format(new), render.Change(new / old), "", ""})
	}
	return rows
}

// pages are how many 4 kB pages of code the inits of what is shipped execute.
func (t Target) pages() [][]string {
	if t.OldPages == nil || t.NewPages == nil {
		return nil
	}
	old, new := t.OldPages.Count, t.NewPages.Count
	return [][]string{{"pages of code in init", strconv.Itoa(old), strconv.Itoa(new), render.Change(float64(new) / float64(old)), "", ""}}
}

// shownPages is how many packages are named of which init executes more pages.
const shownPages = 5

// writePages names what init executes more of, or why nobody has counted.
func (t Target) writePages(b *strings.Builder) {
	if t.NoPages != "" {
		fmt.Fprintf(b, "<sub>%s.</sub>\n\n", render.EscapeMarkdown("Pages of code were not counted: "+render.Cut(t.NoPages, 300)))
	}
	if t.OldPages == nil || t.NewPages == nil {
		return
	}
	var grew []string
	for _, p := range t.NewPages.Grew(t.OldPages) {
		if len(grew) < shownPages {
			grew = append(grew, fmt.Sprintf("%s +%.1f", render.Cut(p.Path, 100), p.Pages))
		}
	}
	if grew != nil {
		fmt.Fprintf(b, "%s\n\n", render.EscapeMarkdown("Init executes more pages of "+strings.Join(grew, ", ")))
	}
}

// shownModules is how many are listed; the largest changes come first.
const shownModules = 12

// writeModules lists modules so that the sizes add up to what the executable grew by.
func (t Target) writeModules(b *strings.Builder) {
	if len(t.Modules) == 0 {
		return
	}
	rest := t.New.ExecutableBytes - t.Old.ExecutableBytes
	rows := [][]string{{"module", "old", "new", "code", ""}}
	var further int64
	for i, m := range t.Modules {
		rest -= m.CodeBytes
		if i >= shownModules {
			further += m.CodeBytes
			continue
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
		rows = append(rows, []string{render.Cut(m.Path, 200), render.Cut(m.Old, 60), render.Cut(m.New, 60), render.Growth(m.CodeBytes), what})
	}
	if n := len(t.Modules) - shownModules; n > 0 {
		rows = append(rows, []string{render.Count(n, "further module"), "", "", render.Growth(further), ""})
	}
	rows = append(rows, []string{"all modules: types, strings, embedded files", "", "", render.Growth(rest), ""})
	render.MarkdownTable(b, rows)
}
