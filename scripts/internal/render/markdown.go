package render

import (
	"fmt"
	"io"
	"regexp"
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
	paragraph(&b, RunFacts(run), []string{Place(run.Header)}, Machine(run.Header))
	for _, warning := range Warnings(run) {
		fmt.Fprintf(&b, "> %s\n\n", EscapeMarkdown(warning))
	}
	for _, one := range blocks {
		one.markdown(&b)
	}
	for _, l := range legends(blocks) {
		fmt.Fprintf(&b, "%s\n\n", EscapeMarkdown(l))
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
			texts = append(texts, EscapeMarkdown(strings.Join(facts, " · ")))
		}
	}
	if len(texts) > 0 {
		fmt.Fprintf(b, "%s\n\n", strings.Join(texts, "  \n"))
	}
}

func (one block) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "### %s\n\n", EscapeMarkdown(one.title))
	paragraph(b, append([][]string{one.tags, {one.cold}}, one.lost...)...)
	if len(one.grid) > 0 {
		fmt.Fprintf(b, "| %s |", unit)
		for _, c := range columns {
			fmt.Fprintf(b, " %s |", EscapeMarkdown(c.heading))
		}
		fmt.Fprintf(b, "\n| --- |%s\n", strings.Repeat(" ---: |", len(columns)))
		for _, m := range one.grid {
			name := m.group + " " + m.name
			if m.name == initName {
				name = "**" + name + "**" // the question of the whole command
			}
			fmt.Fprintf(b, "| %s |", name)
			for _, c := range columns {
				fmt.Fprintf(b, " %s |", EscapeMarkdown(c.text(m.d)))
			}
			b.WriteByte('\n')
		}
		b.WriteByte('\n')
	}
	paragraph(b, append([][]string{one.where, one.sizes, one.sent}, one.load...)...)
}

// apart has no width. GitHub looks for people, issues and addresses after it has read
// entities and backslashes, so that only another character keeps text from being one.
const apart = "\u200b"

// addresses are what becomes a link by itself: "www.", "://", and GH-1, an issue.
var addresses = regexp.MustCompile(`(?i)(www)(\.)|(:)(//)|(\bgh-)(\d)`)

// EscapeMarkdown writes text so that GitHub's Markdown shows it as it is: nothing of it
// is markup, a link, a mention or a cell's end. It adds characters that have no width.
func EscapeMarkdown(text string) string {
	var b strings.Builder
	for _, r := range addresses.ReplaceAllString(Clean(text), "$1$3$5"+apart+"$2$4$6") {
		switch {
		case r == '@' || r == '#':
			b.WriteRune(r)
			b.WriteString(apart)
		case r == '&' || r == '<' || r == '>':
			b.WriteString(map[rune]string{'&': "&amp;", '<': "&lt;", '>': "&gt;"}[r])
		case strings.ContainsRune("\\`*_{}[]()!|~", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// MarkdownTable writes rows as a table of GitHub's Markdown, the first its heading: the
// first and the last column to the left, numbers between them to the right.
func MarkdownTable(b *strings.Builder, rows [][]string) {
	for i, row := range rows {
		cells := make([]string, len(row))
		for k, cell := range row {
			cells[k] = EscapeMarkdown(cell)
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
		if i == 0 {
			b.WriteString("| --- " + strings.Repeat("| ---: ", len(row)-2) + "| --- |\n")
		}
	}
	b.WriteString("\n")
}
