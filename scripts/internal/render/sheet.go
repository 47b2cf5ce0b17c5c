package render

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
)

// Sheets writes sections, one after the other, below the target that they are of; an
// empty one is not written.
func Sheets(w io.Writer, target string, sheets []sheet.Sheet, o TableOptions) error {
	p := &printer{width: o.Width, color: o.Color}
	p.line(strong, target)
	for _, s := range sheets {
		p.blank()
		p.line(strong, s.Title)
		if s.Answer != "" {
			p.line(plain, s.Answer)
		}
		for _, t := range s.Tables {
			p.blank()
			p.table(t)
		}
		if len(s.Plots) > 0 {
			p.blank()
			p.plot(s.Plots[0])
		}
		for i, note := range s.Notes {
			if i == 0 && len(s.Tables) > 0 {
				p.blank()
			}
			p.line(faint, note)
		}
	}
	return p.writeTo(w)
}

// Brief writes what sections say in short, below the target that they are of.
func Brief(w io.Writer, target string, b sheet.Brief, o TableOptions) error {
	p := &printer{width: o.Width, color: o.Color}
	p.line(strong, target)
	p.blank()
	for _, a := range b.Answers {
		p.line(plain, a.Of+": "+a.Text)
	}
	for _, t := range b.Tables {
		p.blank()
		p.table(t)
	}
	if b.Note != "" {
		p.blank()
		p.line(faint, b.Note)
	}
	return p.writeTo(w)
}

// table writes a grid. Where it is too wide, its widest column that is aligned to
// the left is cut.
func (p *printer) table(t sheet.Table) {
	rows := append([][]string{t.Header}, t.Rows...)
	widths := columnWidths(rows, len(t.Header))
	total, widest := gap*(len(widths)-1), -1
	for i, w := range widths {
		total += w
		if !t.ToRight(i) && (widest < 0 || w > widths[widest]) {
			widest = i
		}
	}
	const least = 12 // columns that are left of what is cut
	if over := total - p.width; p.width > 0 && over > 0 && widest >= 0 {
		widths[widest] = max(min(least, widths[widest]), widths[widest]-over)
	}
	for n, row := range rows {
		var b strings.Builder
		for i := range t.Header {
			cell := ""
			if i < len(row) {
				cell = fitCell(Clean(row[i]), widths[i])
			}
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i > 0 {
				b.WriteString(strings.Repeat(" ", gap))
			}
			if t.ToRight(i) {
				b.WriteString(space + cell)
			} else {
				b.WriteString(cell + space)
			}
		}
		p.row([]style{faint, plain}[min(n, 1)], strings.TrimRight(b.String(), " "))
	}
}

// fitCell cuts a text. Of a chain or a path that is too long, what it begins with and
// its end stay.
func fitCell(text string, width int) string {
	separator := " → "
	if !strings.Contains(text, " ") {
		separator = "/"
	}
	parts := strings.Split(text, separator)
	if utf8.RuneCountInString(text) <= width || len(parts) < 3 {
		return Cut(text, width)
	}
	for n := len(parts) - 2; n >= 0; n-- {
		short := strings.Join(slices.Concat(parts[:n], []string{"…", parts[len(parts)-1]}), separator)
		if utf8.RuneCountInString(short) <= width {
			return short
		}
	}
	return Cut(text, width)
}

func columnWidths(rows [][]string, n int) []int {
	widths := make([]int, n)
	for _, row := range rows {
		for i := range min(n, len(row)) {
			widths[i] = max(widths[i], utf8.RuneCountInString(Clean(row[i])))
		}
	}
	return widths
}

// SheetsMarkdown writes the same for a comment of GitHub.
func SheetsMarkdown(w io.Writer, target string, sheets []sheet.Sheet) error {
	var b strings.Builder
	if target != "" {
		fmt.Fprintf(&b, "## %s\n\n", EscapeMarkdown(target))
	}
	for _, s := range sheets {
		fmt.Fprintf(&b, "### %s\n\n", EscapeMarkdown(s.Title))
		paragraph(&b, []string{s.Answer})
		for _, t := range s.Tables {
			markdownSheet(&b, t)
		}
		for _, note := range s.Notes {
			paragraph(&b, []string{note})
		}
	}
	if _, err := io.WriteString(w, strings.TrimSuffix(b.String(), "\n")); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

func markdownSheet(b *strings.Builder, t sheet.Table) {
	line := func(cell func(i int) string) {
		b.WriteByte('|')
		for i := range t.Header {
			fmt.Fprintf(b, " %s |", cell(i))
		}
		b.WriteByte('\n')
	}
	line(func(i int) string { return EscapeMarkdown(t.Header[i]) })
	line(func(i int) string {
		if t.ToRight(i) {
			return "---:"
		}
		return "---"
	})
	for _, row := range t.Rows {
		line(func(i int) string {
			if i < len(row) {
				return EscapeMarkdown(row[i])
			}
			return ""
		})
	}
	b.WriteByte('\n')
}
