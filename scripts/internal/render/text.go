package render

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
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

// facts writes facts one after the other, each of them whole where it fits.
func (p *printer) facts(s style, facts []string) { p.wrap(s, facts, " · ") }

// row writes a line that fits already.
func (p *printer) row(s style, text string) {
	if text = clean(text); p.color && s != plain {
		text = string(s) + text + reset
	}
	p.out.WriteString(text + "\n")
}

func (p *printer) wrap(s style, parts []string, separator string) {
	line := ""
	for i, part := range parts {
		part = cut(clean(part), p.width)
		longer := line + separator + part
		switch {
		case i == 0:
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

// cut shortens what cannot be wrapped to width columns. Wide East Asian
// characters count as one: the terminal wraps such a line, which does no harm.
func cut(text string, width int) string {
	if width <= 0 || utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:width-1]) + "…"
}

// clean writes everything that does not print as Go writes it: control
// characters, and those that change the direction of the text or have no width.
func clean(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
		s = s[size:]
	}
	return b.String()
}

// size writes a number of bytes with kB = 1000 bytes.
func size(n int64) string {
	switch {
	case n < 1e3:
		return fmt.Sprintf("%d B", n)
	case n < 999_950: // what rounds to 1,000 kB is a MB
		return decimals(float64(n)/1e3, 1) + " kB"
	}
	return decimals(float64(n)/1e6, 2) + " MB"
}

// decimals writes at most that many decimals, and no zeros at the end.
func decimals(x float64, most int) string {
	s := strconv.FormatFloat(x, 'f', most, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
