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

// line writes one line, cut where it is too wide.
func (p *printer) line(s style, text string) {
	text = cut(clean(text), p.width)
	if text == "" {
		return
	}
	if p.color && s != plain {
		text = string(s) + text + reset
	}
	p.out.WriteString(text + "\n")
}

func (p *printer) blank() { p.out.WriteByte('\n') }

// facts writes facts one after the other, in as many lines as they need.
func (p *printer) facts(s style, facts []string) {
	const separator = " · "
	text := ""
	for _, f := range facts {
		f = clean(f)
		longer := text + separator + f
		switch {
		case text == "":
			text = f
		case p.width > 0 && utf8.RuneCountInString(longer) > p.width:
			p.line(s, text)
			text = f
		default:
			text = longer
		}
	}
	p.line(s, text)
}

func (p *printer) writeTo(w io.Writer) error {
	if _, err := io.WriteString(w, p.out.String()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// cut shortens a line to width columns. Wide East Asian characters count as
// one: such a line wraps, which is ugly and does no harm.
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

// bytes writes a size with kB = 1000 bytes.
func bytes(n int64) string {
	switch {
	case n < 1e3:
		return fmt.Sprintf("%d B", n)
	case n < 1e6:
		return decimals(float64(n)/1e3, 1) + " kB"
	}
	return decimals(float64(n)/1e6, 2) + " MB"
}

// decimals writes at most that many decimals, and no zeros at the end.
func decimals(x float64, most int) string {
	s := strconv.FormatFloat(x, 'f', most, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
