package size

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

// shown is how many packages and changes a table has; JSON has all.
const shown = 15

// Sheet shows it: what adds up to the file, what has changed against a base, the
// largest packages, their imports, and embedded files.
func (s *Size) Sheet() sheet.Sheet {
	x := sheet.Sheet{Title: "Size", Answer: s.answer(), Tables: []sheet.Table{s.parts()}}
	if s.Base != nil && s.Base.Changes != nil {
		x.Tables = append(x.Tables, s.Base.table())
	}
	if len(s.Packages) > 0 {
		x.Tables = append(x.Tables, s.packages())
		x.Notes = append(x.Notes,
			"An instance of a generic function counts for the package of the function, what several packages share for the one that needed it first. Zip: by how much the compressed stream grows there.")
	}
	if s.traced() {
		x.Tables = append(x.Tables, s.chains())
		x.Notes = append(x.Notes, "Only: what the program would not import without the package, itself included. These overlap.")
	}
	if t, ok := s.embedded(); ok {
		x.Tables = append(x.Tables, t)
	}
	x.Notes = append(x.Notes, s.Notes...)
	return x
}

// traced reports whether imports are known.
func (s *Size) traced() bool {
	return slices.ContainsFunc(s.Packages, func(p Package) bool { return p.Chain != nil })
}

func (s *Size) answer() string {
	text := fmt.Sprintf("%s, zip %s", render.Size(s.Bytes), render.Size(s.ZipBytes))
	var said []string
	for _, p := range s.Packages {
		for _, f := range p.Files {
			if 10*f.Bytes >= s.Bytes {
				said = append(said, fmt.Sprintf("%s is the file %s that %s embeds", share100(f.Bytes, s.Bytes), f.Name, p.Path))
			}
		}
	}
	var families []string
	for _, f := range s.families(3) {
		families = append(families, f.Name+" "+share100(f.Bytes, s.Bytes))
	}
	if families != nil {
		said = append(said, strings.Join(families, ", "))
	}
	if p, ok := s.brings(); ok {
		said = append(said, fmt.Sprintf("%s is there only because of %s", share100(p.OnlyBytes, s.Bytes), short(p.Path)))
	}
	if len(said) > 0 {
		text += ": " + strings.Join(said, "; ")
	}
	if b := s.Base; b != nil {
		text += fmt.Sprintf("; against %s %s, zip %s", b.Ref, render.Growth(s.Bytes-b.Bytes), render.Growth(s.ZipBytes-b.ZipBytes))
	}
	return text
}

// families are the largest groups of packages: of a repository, or of the standard
// library what is below one folder, such as crypto. Embedded files are not in it.
func (s *Size) families(n int) []Part {
	sums := map[string]int64{}
	for _, p := range s.Packages {
		name := short(p.Path)
		if p.Module != standard {
			name = short(p.Module)
		}
		name, _, _ = strings.Cut(name, "/")
		if name == "internal" || name == "vendor" {
			name = "std/" + name
		}
		sums[name] += p.Bytes - p.Embedded
	}
	var all []Part
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		if 20*sums[name] >= s.Bytes {
			all = append(all, Part{Name: name, Bytes: sums[name]})
		}
	}
	slices.SortStableFunc(all, func(a, b Part) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return all[:min(n, len(all))]
}

// brings is the package that the most is there for, of what the program does not
// bring itself. ok is false where that is little.
func (s *Size) brings() (most Package, ok bool) {
	own := ""
	for _, p := range s.Packages {
		if p.Path == "main" {
			own = p.Module
		}
	}
	for _, p := range s.Packages {
		if p.Module != own && p.Path != "main" && p.OnlyBytes > most.OnlyBytes {
			most = p
		}
	}
	return most, 10*most.OnlyBytes >= s.Bytes
}

// parts adds up to the file: a line a module, then what is of no package.
func (s *Size) parts() sheet.Table {
	t := sheet.Table{Header: []string{"part", "bytes", "%", "zip"}, Right: []bool{false, true, true, true}, Detail: len(s.Packages) > 0}
	modules := map[string]*Part{}
	for _, p := range s.Packages {
		m := modules[p.Module]
		if m == nil {
			m = &Part{Name: strings.TrimSpace(p.Module + " " + s.version(p.Module))}
			modules[p.Module] = m
		}
		m.Bytes, m.ZipBytes = m.Bytes+p.Bytes, m.ZipBytes+p.ZipBytes
	}
	rest := slices.Clone(s.Rest)
	lines := make([]Part, 0, len(modules)+len(rest))
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		lines = append(lines, *modules[path])
	}
	for _, list := range [][]Part{lines, rest} {
		slices.SortStableFunc(list, func(a, b Part) int { return cmp.Compare(b.Bytes, a.Bytes) })
		for _, p := range list {
			t.Rows = append(t.Rows, s.row(p))
		}
	}
	packed := s.ZipBytes
	for _, f := range s.Files {
		packed -= f.ZipBytes
	}
	t.Rows = append(t.Rows, s.row(Part{"executable", s.Bytes, packed}))
	for _, f := range s.Files {
		t.Rows = append(t.Rows, []string{f.Name + ", beside it", render.Size(f.Bytes), "", render.Size(f.ZipBytes)})
	}
	return t
}

func (s *Size) row(p Part) []string {
	if p.Bytes == 0 {
		return []string{p.Name, "", "", render.Size(p.ZipBytes)}
	}
	return []string{p.Name, render.Size(p.Bytes), share100(p.Bytes, s.Bytes), render.Size(p.ZipBytes)}
}

func (s *Size) version(module string) string {
	if v := s.modules[module]; v != "(devel)" {
		return v
	}
	return ""
}

func (s *Size) packages() sheet.Table {
	t := sheet.Table{Header: []string{"package", "bytes", "%", "zip"}, Right: []bool{false, true, true, true}}
	rest := Part{Name: render.Count(max(0, len(s.Packages)-shown), "more package")}
	for i, p := range s.Packages {
		if i >= shown {
			rest.Bytes, rest.ZipBytes = rest.Bytes+p.Bytes, rest.ZipBytes+p.ZipBytes
			continue
		}
		t.Rows = append(t.Rows, s.row(Part{p.Path, p.Bytes, p.ZipBytes}))
	}
	if rest.Bytes > 0 {
		t.Rows = append(t.Rows, s.row(rest))
	}
	return t
}

// chains has the imports that bring in the largest packages, and those that most is
// there for.
func (s *Size) chains() sheet.Table {
	t := sheet.Table{Header: []string{"only", "%", "chain of imports"}, Right: []bool{true, true, false}}
	traced := slices.DeleteFunc(slices.Clone(s.Packages), func(p Package) bool { return p.Chain == nil || p.Path == "main" })
	least := int64(0)
	if len(traced) > shown {
		least = traced[shown-1].Bytes
	}
	slices.SortStableFunc(traced, func(a, b Package) int { return cmp.Compare(b.OnlyBytes, a.OnlyBytes) })
	for i, p := range traced {
		if i < shown/2 || p.Bytes >= least {
			t.Rows = append(t.Rows, []string{render.Size(p.OnlyBytes), share100(p.OnlyBytes, s.Bytes), chain(p.Chain)})
		}
	}
	return t
}

func (s *Size) embedded() (sheet.Table, bool) {
	t := sheet.Table{Header: []string{"embedded file", "bytes", "%", "zip", "of"}, Right: []bool{false, true, true, true, false}}
	for _, p := range s.Packages {
		for _, f := range p.Files {
			t.Rows = append(t.Rows, append(s.row(f), p.Path))
		}
	}
	return t, t.Rows != nil
}

// table has the largest changes, and what the others come to.
func (b *Base) table() sheet.Table {
	t := sheet.Table{Header: []string{"against " + b.Ref, "before", "now", "growth", "zip", "imported by"}, Right: []bool{false, true, true, true, true, false}}
	size := func(n int64) int64 { return max(n, -n) }
	largest := slices.Clone(b.Changes)
	slices.SortStableFunc(largest, func(a, c Change) int { return cmp.Compare(size(c.Growth()), size(a.Growth())) })
	least := int64(0)
	if len(largest) > shown {
		least = size(largest[shown-1].Growth())
	}
	var others Change
	n := 0
	for _, c := range b.Changes {
		if size(c.Growth()) < least {
			others.Old, others.New, others.Zip = others.Old+c.Old, others.New+c.New, others.Zip+c.Zip
			n++
			continue
		}
		t.Rows = append(t.Rows, []string{c.Name, there(c.Old), there(c.New), render.Growth(c.Growth()), render.Growth(c.Zip), chain(c.Chain)})
	}
	if n > 0 {
		t.Rows = append(t.Rows, []string{render.Count(n, "smaller change"), "", "", render.Growth(others.Growth()), render.Growth(others.Zip)})
	}
	return t
}

// there is a size; a dash for what is not there.
func there(n int64) string {
	if n == 0 {
		return "–"
	}
	return render.Size(n)
}

func share100(n, of int64) string {
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(max(of, 1)))
}

// chain writes a chain of imports.
func chain(paths []string) string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = short(p)
	}
	return strings.Join(names, " → ")
}

// short leaves out whose a package of github.com is.
func short(path string) string {
	if rest, ok := strings.CutPrefix(path, "github.com/"); ok {
		if _, name, ok := strings.Cut(rest, "/"); ok {
			return name
		}
	}
	return path
}
