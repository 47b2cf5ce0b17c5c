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
		fmt.Fprintf(&b, "**%s**\n\n", EscapeMarkdown(Sentence(c)))
		for _, note := range Notes(c) {
			fmt.Fprintf(&b, "- %s\n", EscapeMarkdown(note))
		}
		b.WriteString("\n")
		MarkdownTable(&b, Changes(c))
		fmt.Fprintf(&b, "old: %s  \nnew: %s\n\n", EscapeMarkdown(strings.Join(sideFacts(c.Old), " · ")), EscapeMarkdown(strings.Join(sideFacts(c.New), " · ")))
	}
	if len(comparisons) > 0 {
		fmt.Fprintf(&b, "%s\n", EscapeMarkdown(Method(comparisons)))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}
