package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

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
