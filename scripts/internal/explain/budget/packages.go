package budget

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

// part is what a Go package has of something.
type part struct {
	path string
	n    float64
}

// parts is what the packages have: pages, else bytes of code, which is what can be
// told of a zip in a stripped executable.
func (f Function) parts(key string) (list []part) {
	if key == Pages {
		for _, p := range f.Pages.Packages {
			list = append(list, part{p.Path, p.Pages})
		}
		return list
	}
	for _, p := range f.Packages {
		list = append(list, part{p.Path, float64(p.Bytes)})
	}
	return list
}

// largest are the packages that have the most.
func largest(key string, f Function) []string { return name(key, "", f.parts(key)) }

// grew are the packages that have more than in the base: of Packages those that were
// not there.
func grew(key string, f, base Function) []string {
	was := map[string]float64{}
	for _, p := range base.parts(key) {
		was[p.path] = p.n
	}
	var more []part
	for _, p := range f.parts(key) {
		n, there := was[p.path]
		if p.n -= n; p.n > 0 && !(key == Packages && there) {
			more = append(more, p)
		}
	}
	return name(key, "+", more)
}

// named is how many packages are named.
const named = 5

// name writes the packages that have the most.
func name(key, sign string, parts []part) (list []string) {
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.n, a.n) })
	for _, p := range parts[:min(named, len(parts))] {
		amount := fmt.Sprintf("%.1f", p.n)
		if key != Pages {
			amount = render.Size(int64(p.n)) + " of code"
		}
		list = append(list, fmt.Sprintf("%s %s%s", p.path, sign, amount))
	}
	return list
}
