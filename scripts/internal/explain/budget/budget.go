package budget

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/pages"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

// Function is what a function has.
type Function struct {
	Pages    *pages.Pages
	ZipBytes int64
	Packages []pages.CodePackage // of the executable
}

// Budget is what came out.
type Budget struct {
	Checks []Check `json:"checks"`
}

// Check is one limit and what there is.
type Check struct {
	Limit
	Is int64 `json:"is"`
	// Largest are the packages that have the most of what is limited, the largest
	// first, where the limit is exceeded.
	Largest []string `json:"largest,omitempty"`
}

// Exceeded reports whether there is more than the limit.
func (c Check) Exceeded() bool { return c.Is > c.Most }

// Hold holds a function against limits. The error is of what is not known of it: a
// limit that nobody could check is not kept.
func Hold(limits []Limit, f Function) (*Budget, error) {
	b := new(Budget)
	for _, l := range limits {
		c := Check{Limit: l}
		switch l.Key {
		case Pages:
			if f.Pages == nil {
				return nil, errors.New("budget of pages: they were not counted")
			}
			c.Is = int64(f.Pages.Count)
		case Zip:
			if f.ZipBytes == 0 {
				return nil, errors.New("budget of the zip: its size is not known")
			}
			c.Is = f.ZipBytes
		case Packages:
			if len(f.Packages) == 0 {
				return nil, errors.New("budget of packages: the executable was not built by Go")
			}
			c.Is = int64(len(f.Packages))
		}
		if c.Exceeded() {
			c.Largest = largest(l.Key, f)
		}
		b.Checks = append(b.Checks, c)
	}
	return b, nil
}

// named is how many packages are named.
const named = 5

// largest are the packages with the most pages, else with the most code.
func largest(key string, f Function) (list []string) {
	if key == Pages {
		for _, p := range f.Pages.Packages[:min(named, len(f.Pages.Packages))] {
			list = append(list, fmt.Sprintf("%s %.1f", p.Path, p.Pages))
		}
		return list
	}
	sorted := slices.SortedStableFunc(slices.Values(f.Packages), func(a, b pages.CodePackage) int {
		return cmp.Compare(b.Bytes, a.Bytes)
	})
	for _, p := range sorted[:min(named, len(sorted))] {
		list = append(list, p.Path+" "+render.Size(p.Bytes))
	}
	return list
}

// Exceeded says in a line for each limit that is exceeded by how much, and what has
// the most of it.
func (b *Budget) Exceeded() (lines []string) {
	for _, c := range b.Checks {
		if !c.Exceeded() {
			continue
		}
		line := fmt.Sprintf("%s %s: %s more than the %s of the budget", c.Key, c.amount(c.Is), c.amount(c.Is-c.Most), c.amount(c.Most))
		if c.Largest != nil {
			line += "; the largest: " + strings.Join(c.Largest, ", ")
		}
		lines = append(lines, line)
	}
	return lines
}

// Sheet shows each limit.
func (b *Budget) Sheet() sheet.Sheet {
	s := sheet.Sheet{Title: "Budget", Answer: "kept", Notes: b.Exceeded()}
	if s.Notes != nil {
		s.Answer = "exceeded"
	}
	t := sheet.Table{Header: []string{"what", "is", "most", "left"}, Right: []bool{false, true, true, true}}
	for _, c := range b.Checks {
		left := c.amount(c.Most - c.Is)
		if c.Exceeded() {
			left = "-" + c.amount(c.Is-c.Most)
		}
		t.Rows = append(t.Rows, []string{c.Key, c.amount(c.Is), c.amount(c.Most), left})
	}
	s.Tables = []sheet.Table{t}
	return s
}

// amount writes a number with its unit, if it has one.
func (c Check) amount(n int64) string {
	if c.Key == Zip {
		return render.Size(n)
	}
	return fmt.Sprint(n)
}
