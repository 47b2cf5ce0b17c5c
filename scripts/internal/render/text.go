package render

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// style is a Select Graphic Rendition sequence of ECMA-48, empty for none.
type style string

const (
	plain  style = ""
	strong style = "\x1b[1m"
	faint  style = "\x1b[2m"
	alarm  style = "\x1b[33m"
	reset        = "\x1b[0m"
)

// printer collects lines. What goes into a line is made harmless there and
// nowhere else, so that no caller can forget it.
type printer struct {
	out   strings.Builder
	width int
	color bool
}

// line writes a line of text, wrapped where it is too wide.
func (p *printer) line(s style, text string) { p.wrap(s, strings.Split(text, " "), " ") }

// facts writes facts one after the other, each of them whole where it fits, else on
// lines of its own.
func (p *printer) facts(s style, facts []string) { p.wrap(s, facts, " · ") }

// row writes a line that fits already.
func (p *printer) row(s style, text string) {
	if text = Clean(text); p.color && s != plain {
		text = string(s) + text + reset
	}
	p.out.WriteString(text + "\n")
}

func (p *printer) wrap(s style, parts []string, separator string) {
	line := ""
	for i, part := range parts {
		part = Clean(part)
		if p.width > 0 && separator != " " && utf8.RuneCountInString(part) > p.width {
			if line != "" {
				p.row(s, line)
				line = ""
			}
			p.line(s, part)
			continue
		}
		part = Cut(part, p.width)
		longer := line + separator + part
		switch {
		case i == 0 || line == "" && separator != " ":
			line = part
		case p.width > 0 && utf8.RuneCountInString(longer) > p.width:
			p.row(s, line)
			line = part
		default:
			line = longer
		}
	}
	if line != "" {
		p.row(s, line)
	}
}

// blank leaves one line free, however often it is called.
func (p *printer) blank() {
	if s := p.out.String(); s != "" && !strings.HasSuffix(s, "\n\n") {
		p.out.WriteByte('\n')
	}
}

func (p *printer) writeTo(w io.Writer) error {
	if _, err := io.WriteString(w, p.out.String()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}
