package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// Markdown writes what Table writes, for a page or a comment of GitHub.
func Markdown(w io.Writer, run *dataset.Run, reference bool) error {
	var blocks []block
	for _, s := range stats.Summarize(run) {
		blocks = append(blocks, targetBlock(s, run.Header.Executor == dataset.ExecutorLocal))
	}
	if reference {
		blocks = append(blocks, referenceBlock())
	}
	var b strings.Builder
	paragraph(&b, runFacts(run.Header), []string{executor(run.Header)}, machineFacts(run.Header))
	for _, warning := range state(run) {
		fmt.Fprintf(&b, "> %s\n\n", markdown(warning))
	}
	for _, one := range blocks {
		one.markdown(&b)
	}
	if dashed(blocks) {
		fmt.Fprintf(&b, "%s\n\n", markdown(legend))
	}
	if _, err := io.WriteString(w, strings.TrimSuffix(b.String(), "\n")); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

// paragraph writes lines of facts under each other.
func paragraph(b *strings.Builder, lines ...[]string) {
	var texts []string
	for _, facts := range lines {
		if len(facts) > 0 && strings.Join(facts, "") != "" {
			texts = append(texts, markdown(strings.Join(facts, " · ")))
		}
	}
	if len(texts) > 0 {
		fmt.Fprintf(b, "%s\n\n", strings.Join(texts, "  \n"))
	}
}

func (one block) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "### %s\n\n", markdown(one.title))
	paragraph(b, append([][]string{one.tags, {one.cold}}, one.lost...)...)
	if len(one.grid) > 0 {
		fmt.Fprintf(b, "| %s |", unit)
		for _, c := range columns {
			fmt.Fprintf(b, " %s |", markdown(c.heading))
		}
		fmt.Fprintf(b, "\n| --- |%s\n", strings.Repeat(" ---: |", len(columns)))
		for _, m := range one.grid {
			name := m.group + " " + m.name
			if m.name == initName {
				name = "**" + name + "**" // the question of the whole command
			}
			fmt.Fprintf(b, "| %s |", name)
			for _, c := range columns {
				fmt.Fprintf(b, " %s |", markdown(c.text(m.d)))
			}
			b.WriteByte('\n')
		}
		b.WriteByte('\n')
	}
	paragraph(b, one.where, one.sizes)
}
