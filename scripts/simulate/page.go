package main

import (
	"fmt"
	"io"
	"strings"
)

// page writes Markdown and remembers the first error.
type page struct {
	w   io.Writer
	err error
}

func (p *page) text(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *page) heading(format string, args ...any) { p.text("\n### "+format+"\n", args...) }

func (p *page) row(cells ...string) { p.text("| %s |", strings.Join(cells, " | ")) }

func (p *page) rule(columns int) { p.text("%s|", strings.Repeat("| --- ", columns)) }

// width is the mean of half the intervals' width.
func (t tally) width() string { return share2(t.halfWidth / float64(max(t.stated, 1))) }

func percent(truth float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%+.1f", 100*(truth-1)), ".0") + " %"
}

func share(n, of int) string { return share2(float64(n) / float64(max(of, 1))) }

func share2(s float64) string { return fmt.Sprintf("%.1f %%", 100*s) }
