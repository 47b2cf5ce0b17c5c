package size

import (
	"bytes"
	"cmp"
	"debug/elf"
	"maps"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/functable"
	"github.com/coldcrank/coldcrank/scripts/internal/gosource"
)

// ledger says of each byte of a file whose it is.
type ledger struct {
	groups   []*group // in the order of the file
	size     int64
	source   *gosource.Source // nil where it is not here
	packages map[string]*share
	rest     []Part
}

// group are sections that hold the same.
type group struct {
	label  string // of what is no package's
	kind   kind
	ranges []span // where it is in the file
	own    map[string]int64
	spans  []span // of packages at a known place, sorted; not in own
}

// kind is what a package's bytes in a group count as.
type kind int

const (
	other kind = iota // no package has any
	code
	table
	constants
	variables
)

// span is a piece of the file.
type span struct {
	start, end int64
	pkg        string // whose it is
	file       string // that is embedded; empty for code
	zip        float64
}

func (s span) bytes() int64 { return s.end - s.start }

// share is what a package has.
type share struct {
	code, table, data, zip int64
	files                  []Part
}

// newLedger reads the sections of an executable, and whose code and function table
// it is. One that is not of the ELF format has one line.
func newLedger(data []byte) (*ledger, error) {
	l := &ledger{size: int64(len(data)), packages: map[string]*share{}}
	if !bytes.HasPrefix(data, []byte(elf.ELFMAG)) {
		l.groups = []*group{{label: "not an ELF executable", ranges: []span{{end: l.size}}}}
		return l, nil
	}
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	functions, err := functable.Read(f)
	if err != nil {
		return nil, err
	}
	l.sections(f, len(functions) > 0)
	l.functions(f, functions)
	return l, nil
}

// sections makes the groups. A byte that two sections have counts for the first.
func (l *ledger) sections(f *elf.File, isGo bool) {
	sections := slices.Clone(f.Sections)
	slices.SortStableFunc(sections, func(a, b *elf.Section) int { return cmp.Compare(a.Offset, b.Offset) })
	var at int64
	for _, s := range sections {
		if s.Type == elf.SHT_NOBITS || s.Type == elf.SHT_NULL {
			continue
		}
		start := int64(min(s.Offset, uint64(l.size)))
		end := start + int64(min(s.FileSize, uint64(l.size-start)))
		start = max(start, at)
		if end <= start {
			continue
		}
		at = end
		label, kind := s.Name, other
		if isGo {
			label, kind = meaning(s.Name)
		}
		g := l.group(label)
		g.kind = kind
		g.ranges = append(g.ranges, span{start: start, end: end})
	}
	g := l.group("headers, and padding between sections")
	at = 0
	for _, r := range l.ranges() {
		if r.start > at {
			g.ranges = append(g.ranges, span{start: at, end: r.start})
		}
		at = r.end
	}
	if at < l.size {
		g.ranges = append(g.ranges, span{start: at, end: l.size})
	}
}

// meaning says what a section of a Go program holds (src/cmd/link/internal/ld/data.go).
func meaning(section string) (string, kind) {
	switch section {
	case ".text":
		return "code of no package: assembly, comparisons of types", code
	case ".gopclntab":
		return "function table, what functions share", table
	case ".rodata", ".typelink", ".itablink", ".data.rel.ro", ".data.rel.ro.typelink", ".data.rel.ro.itablink":
		return "types, strings and constants of no package", constants
	case ".data", ".noptrdata":
		return "variables of no package", variables
	case ".go.buildinfo", ".note.go.buildid", ".go.module", ".go.fipsinfo", ".shstrtab":
		return "what Go notes about the build", other
	case ".symtab", ".strtab":
		return "symbol table (the linker's flag -s leaves it out)", other
	}
	if strings.HasPrefix(section, ".debug_") || strings.HasPrefix(section, ".zdebug_") {
		return "debug information (the linker's flag -w leaves it out)", other
	}
	return section, other
}

func (l *ledger) group(label string) *group {
	for _, g := range l.groups {
		if g.label == label {
			return g
		}
	}
	g := &group{label: label, own: map[string]int64{}}
	l.groups = append(l.groups, g)
	return g
}

// ranges are the places of all groups, in the order of the file.
func (l *ledger) ranges() []span {
	var all []span
	for _, g := range l.groups {
		all = append(all, g.ranges...)
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	return all
}

// of is the group of a kind; nil where the file has none.
func (l *ledger) of(k kind) *group {
	for _, g := range l.groups {
		if g.kind == k {
			return g
		}
	}
	return nil
}

// functions attributes code, at its place, and the function table.
func (l *ledger) functions(f *elf.File, functions []functable.Func) {
	text, inTable := l.of(code), l.of(table)
	if text == nil || inTable == nil {
		return
	}
	section, r := f.Section(".text"), text.ranges[0]
	end := r.start
	for _, fn := range functions {
		if fn.Package == "" {
			continue
		}
		inTable.own[fn.Package] += fn.TableBytes + fn.FuncdataBytes
		start := max(r.start+int64(fn.Entry-section.Addr), end)
		stop := min(r.start+int64(fn.End-section.Addr), r.end)
		if fn.Entry < section.Addr || stop <= start {
			continue
		}
		if n := len(text.spans); n > 0 && text.spans[n-1].pkg == fn.Package && text.spans[n-1].end == start {
			text.spans[n-1].end = stop
		} else {
			text.spans = append(text.spans, span{start: start, end: stop, pkg: fn.Package})
		}
		end = stop
	}
	inTable.bound()
}

// bytes is the size of a group, and how much of it is anywhere in it.
func (g *group) bytes() (all, loose int64) {
	for _, r := range g.ranges {
		all += r.bytes()
	}
	loose = all
	for _, s := range g.spans {
		loose -= s.bytes()
	}
	return all, loose
}

// bound drops what is said of a group if it is more than there is: it is not about
// this file then. It reports whether it is not.
func (g *group) bound() bool {
	_, loose := g.bytes()
	for _, n := range g.own {
		loose -= n
	}
	if loose < 0 {
		clear(g.own)
	}
	return loose >= 0
}

// settle makes shares and rest of the groups, with the bytes that zip says each
// group and span takes.
func (l *ledger) settle(zip map[*group]float64) {
	at := func(pkg string) *share {
		if l.packages[pkg] == nil {
			l.packages[pkg] = &share{}
		}
		return l.packages[pkg]
	}
	for _, g := range l.groups {
		_, loose := g.bytes()
		rest, packed := loose, zip[g]
		for _, s := range g.spans {
			p := at(s.pkg)
			if s.file == "" {
				p.code += s.bytes()
				p.zip += int64(s.zip)
				continue
			}
			p.files = append(p.files, Part{s.file, s.bytes(), int64(s.zip)})
		}
		for _, pkg := range slices.Sorted(maps.Keys(g.own)) {
			n := g.own[pkg]
			if n == 0 { // as of a table of another version: the group may be empty
				continue
			}
			p := at(pkg)
			if g.kind == table {
				p.table += n
			} else {
				p.data += n
			}
			z := int64(zip[g] * float64(n) / float64(loose))
			p.zip += z
			rest, packed = rest-n, packed-float64(z)
		}
		l.rest = append(l.rest, Part{g.label, rest, int64(packed)})
	}
}
