package budget

import (
	"fmt"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/pages"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
)

// Function is what a function has.
type Function struct {
	Pages    *pages.Pages
	ZipBytes int64
	Packages []pages.CodePackage // of the executable
}

// Base is the same function at another commit.
type Base struct {
	Function
	Ref string
}

// Budget is what came out.
type Budget struct {
	Base   string  `json:"base,omitempty"` // git ref
	Checks []Check `json:"checks"`
}

// Check is one limit and what there is.
type Check struct {
	Limit
	Is  int64 `json:"is"`
	Was int64 `json:"was,omitempty"` // in the base
	// Where the limit is exceeded: what grew since the base, and without a base or where
	// nothing grew what is largest. The most comes first, at most five.
	Grew    []string `json:"grew,omitempty"`
	Largest []string `json:"largest,omitempty"`
}

// Exceeded reports whether there is more than the limit.
func (c Check) Exceeded() bool { return c.Is > c.Most }

// Hold holds a function against limits. With a base, which may be nil, it says what
// grew. The error is of what is not known of the function: a limit that nobody could
// check is not kept.
func Hold(limits []Limit, f Function, base *Base) (*Budget, error) {
	b := new(Budget)
	if base != nil {
		b.Base = base.Ref
	}
	for _, l := range limits {
		c := Check{Limit: l, Is: f.amount(l.Key)}
		if c.Is == 0 {
			return nil, fmt.Errorf("budget: %s", unknown[l.Key])
		}
		if base != nil {
			c.Was = base.amount(l.Key)
		}
		if c.Exceeded() && c.Was > 0 && c.Is > c.Was {
			c.Grew = grew(l.Key, f, base.Function)
		}
		if c.Exceeded() && c.Grew == nil {
			c.Largest = largest(l.Key, f)
		}
		b.Checks = append(b.Checks, c)
	}
	return b, nil
}

// unknown says why an amount is not known.
var unknown = map[string]string{
	Pages:    "the pages were not counted",
	Zip:      "the size of the zip is not known",
	Packages: "the executable names no packages: it was not built by Go",
}

// amount is how much a function has of something; 0 where it is not known, since no
// function has nothing of it.
func (f Function) amount(key string) int64 {
	switch {
	case key == Zip:
		return f.ZipBytes
	case key == Packages:
		return int64(len(f.Packages))
	case f.Pages != nil:
		return int64(f.Pages.Count)
	}
	return 0
}

// Exceeded says in a line for each limit that is exceeded by how much, and what has
// the most of it.
func (b *Budget) Exceeded() (lines []string) {
	for _, c := range b.Checks {
		if !c.Exceeded() {
			continue
		}
		line := fmt.Sprintf("%s %s: %s more than the %s of the budget", c.Key, c.amount(c.Is), c.amount(c.Is-c.Most), c.amount(c.Most))
		switch {
		case c.Grew != nil:
			line += fmt.Sprintf("; since %s, which has %s: %s", b.Base, c.amount(c.Was), strings.Join(c.Grew, ", "))
		case c.Was > 0 && c.Largest != nil:
			line += fmt.Sprintf("; %s has %s; the largest: %s", b.Base, c.amount(c.Was), strings.Join(c.Largest, ", "))
		case c.Largest != nil:
			line += "; the largest: " + strings.Join(c.Largest, ", ")
		}
		lines = append(lines, line)
	}
	return lines
}

// Sheet shows each limit, and with a base what was there.
func (b *Budget) Sheet() sheet.Sheet {
	s := sheet.Sheet{Title: "Budget", Answer: "kept", Notes: b.Exceeded()}
	if s.Notes != nil {
		s.Answer = "exceeded"
	}
	t := sheet.Table{Header: []string{"what", "is", "most", "left"}, Right: []bool{false, true, true, true, true}}
	if b.Base != "" {
		t.Header = append(t.Header, "base")
	}
	for _, c := range b.Checks {
		left := c.amount(c.Most - c.Is)
		if c.Exceeded() {
			left = "−" + c.amount(c.Is-c.Most)
		}
		row := []string{c.Key, c.amount(c.Is), c.amount(c.Most), left}
		if c.Was > 0 {
			row = append(row, c.amount(c.Was))
		}
		t.Rows = append(t.Rows, row)
	}
	s.Tables = []sheet.Table{t}
	return s
}

// exact writes bytes so that limit and what is left add up: kB of 1000, in full.
func exact(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%03d", n/1000, n%1000), "0"), ".") + " kB"
}

// amount writes a number with its unit, if it has one.
func (c Check) amount(n int64) string {
	if c.Key == Zip {
		return exact(n)
	}
	return fmt.Sprint(n)
}
