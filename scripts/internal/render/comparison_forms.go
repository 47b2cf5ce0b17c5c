package render

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// ComparisonsJSON writes one object: the verdict on all comparisons, and each with
// its measures. Medians are in seconds where the unit is "s"; ratios are new to
// old.
func ComparisonsJSON(w io.Writer, comparisons []stats.Comparison) error {
	type side struct {
		Run      string `json:"run"`
		Executor string `json:"executor"`
		*stats.Side
	}
	type comparison struct {
		Old side `json:"old"`
		New side `json:"new"`
		stats.Comparison
		Sentence string `json:"sentence"`
	}
	out := struct {
		Verdict     stats.Verdict `json:"verdict"`
		Comparisons []comparison  `json:"comparisons"`
	}{stats.Worst(comparisons), []comparison{}}
	of := func(s *stats.Side) side { return side{s.Header.Run, s.Header.Executor, s} }
	for _, c := range comparisons {
		out.Comparisons = append(out.Comparisons, comparison{of(c.Old), of(c.New), c, Sentence(c)})
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	if _, err := w.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}

// ComparisonsMarkdown writes what Comparisons writes, for a page or a comment of
// GitHub.
func ComparisonsMarkdown(w io.Writer, comparisons []stats.Comparison) error {
	var b strings.Builder
	for _, c := range comparisons {
		fmt.Fprintf(&b, "**%s**\n\n", markdown(Sentence(c)))
		for _, note := range notes(c) {
			fmt.Fprintf(&b, "- %s\n", markdown(note))
		}
		b.WriteString("\n")
		for i, line := range changes(c) {
			cells := make([]string, len(line))
			for k, cell := range line {
				cells[k] = markdown(cell)
			}
			fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
			if i == 0 {
				fmt.Fprintf(&b, "| --- | ---: | ---: | ---: | ---: | --- |\n")
			}
		}
		fmt.Fprintf(&b, "\nold: %s  \nnew: %s\n\n", markdown(strings.Join(sideFacts(c.Old), " · ")), markdown(strings.Join(sideFacts(c.New), " · ")))
	}
	if len(comparisons) > 0 {
		fmt.Fprintf(&b, "%s\n", markdown(method(comparisons)))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}

// markdown writes text so that GitHub's Markdown shows it as it is: nothing of it
// is markup, a link, a mention or a cell's end.
func markdown(text string) string {
	var b strings.Builder
	for _, r := range clean(text) {
		switch {
		case r == '@' || r == '#':
			fmt.Fprintf(&b, "&#%d;", r) // no mention of a person, no link to an issue
		case r == '&' || r == '<' || r == '>':
			b.WriteString(map[rune]string{'&': "&amp;", '<': "&lt;", '>': "&gt;"}[r])
		case strings.ContainsRune("\\`*_{}[]()!|~", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	// "www." and "://" would become links of themselves.
	return strings.NewReplacer("://", ":&#47;&#47;", "www.", "www&#46;").Replace(b.String())
}
