package phases

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
)

// packages asks Go's runtime what inits of packages cost, in starts of their own: what
// it prints takes time.
func (o plan) packages(ctx context.Context, s *subject.Subject) ([]Package, error) {
	var all [][]Package
	for begin := time.Now(); len(all) < o.inits && (len(all) < o.least || time.Since(begin) < o.enough); {
		x, err := o.run(ctx, s, nil, "inittrace=1")
		if err != nil {
			return nil, fmt.Errorf("with GODEBUG=inittrace=1: %w", err)
		}
		all = append(all, parseInits(x.output))
	}
	total := func(one []Package) (ns int64) {
		for _, p := range one {
			ns += p.NS
		}
		return ns
	}
	slices.SortFunc(all, func(a, b []Package) int { return cmp.Compare(total(a), total(b)) })
	of := map[string][]Package{}
	var order []string
	for _, one := range middleHalf(all) {
		for _, p := range one {
			if of[p.Path] == nil {
				order = append(order, p.Path)
			}
			of[p.Path] = append(of[p.Path], p)
		}
	}
	packages := make([]Package, 0, len(order))
	for _, path := range order {
		these := of[path]
		packages = append(packages, Package{
			Path:   path,
			NS:     total(these) / int64(len(these)),
			Bytes:  medianOf(these, func(p Package) int64 { return p.Bytes }),
			Allocs: medianOf(these, func(p Package) int64 { return p.Allocs }),
		})
	}
	slices.SortStableFunc(packages, func(a, b Package) int { return cmp.Compare(b.NS, a.NS) })
	return packages, nil
}

func medianOf[T any](all []T, value func(T) int64) int64 {
	values := make([]int64, len(all))
	for i, x := range all {
		values[i] = value(x)
	}
	return median(values)
}
