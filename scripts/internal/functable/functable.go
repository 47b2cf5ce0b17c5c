// Package functable reads the table by which a Go program finds its functions at run
// time. Stripping leaves it in place, so that it tells of any executable what its
// functions are and how much of the file each of them takes.
package functable

import (
	"debug/elf"
	"debug/gosym"
	"errors"
	"net/url"
	"strings"
)

// Func is a function, and what the executable has about it.
type Func struct {
	Name string
	// Package is its import path, "main" for that of the program; empty for what belongs
	// to none, such as an assembly routine or the comparison of an array of strings.
	Package    string
	Entry, End uint64 // addresses; Entry is not above End
	// TableBytes is what the table has about it, FuncdataBytes what the garbage
	// collector and tracebacks read about it. What functions share counts for the first
	// of them. Both are 0 for a table of another version.
	TableBytes, FuncdataBytes int64
}

// CodeBytes is the size of its instructions.
func (f Func) CodeBytes() int64 { return int64(f.End - f.Entry) }

// errDamaged is a table that says what cannot be.
var errDamaged = errors.New("the function table is damaged, or not one of Go's that is known")

// Read reads the table of an executable for Linux, in the order of the addresses. It
// is empty for one that Go did not build. A damaged one is an error, and takes no more
// memory than some 30 times the file.
func Read(f *elf.File) ([]Func, error) {
	section, text := f.Section(".gopclntab"), f.Section(".text")
	if section == nil || text == nil {
		return nil, nil
	}
	if section.Flags&elf.SHF_COMPRESSED != 0 { // what a program reads at run time never is
		return nil, errDamaged
	}
	data, err := section.Data()
	if err != nil {
		return nil, err
	}
	all, funcdata, err := functions(data, textStart(f, text, data))
	if err != nil {
		return nil, err
	}
	for i, n := range share(funcdata, funcdataLength(f)) {
		all[i].FuncdataBytes = n
	}
	return all, nil
}

// textStart is the address that the table counts from: where Go's code begins. With cgo
// that is behind what C brings, at a place that moduledata has since Go 1.26, and the
// table's header before (runtime.pcHeader, src/runtime/symtab.go). Elsewhere it is the
// beginning of the section, as also where these are still to be relocated.
func textStart(f *elf.File, text *elf.Section, table []byte) uint64 {
	within := func(address uint64) bool { return address > text.Addr && address < text.Addr+text.Size }
	if f.Class != elf.ELFCLASS64 {
		return text.Addr
	}
	if data := module(f); data != nil {
		if address := f.ByteOrder.Uint64(data[8*moduleText:]); within(address) {
			return address
		}
	} else if at := 8 + 2*8; len(table) >= at+8 { // behind two numbers
		if address := f.ByteOrder.Uint64(table[at:]); within(address) {
			return address
		}
	}
	return text.Addr
}

// module is runtime.moduledata in the file, nil where it has no section of its own.
func module(f *elf.File) []byte {
	s := f.Section(".go.module")
	if s == nil || s.Type == elf.SHT_NOBITS || s.Flags&elf.SHF_COMPRESSED != 0 {
		return nil
	}
	data, err := s.Data()
	if err != nil || len(data) < 8*moduleWords {
		return nil
	}
	return data
}

// functions are those of a table, in a program whose code begins at text. funcdata are
// the offsets of what each has in go:func.*, nil for a table of another version.
func functions(data []byte, text uint64) (all []Func, funcdata [][]int, err error) {
	if !plausible(data) {
		return nil, nil, errDamaged
	}
	symbols, err := gosym.NewTable(nil, gosym.NewLineTable(data, text))
	if err != nil {
		return nil, nil, err
	}
	if len(symbols.Funcs) == 0 { // so gosym answers what it cannot read
		return nil, nil, errDamaged
	}
	all = make([]Func, len(symbols.Funcs))
	for i, s := range symbols.Funcs {
		if s.End < s.Entry {
			return nil, nil, errDamaged
		}
		all[i] = Func{Name: s.Name, Package: packageOf(*s.Sym), Entry: s.Entry, End: s.End}
	}
	sizes, funcdata := tableBytes(data)
	if len(sizes) != len(all) {
		return all, nil, nil
	}
	for i, n := range sizes {
		all[i].TableBytes = n
	}
	return all, funcdata, nil
}

// packageOf is the path of the package that a function's name begins with. What the
// compiler makes for a type, such as its comparison, belongs to the type's package:
// "type:.eq.net/http.socksAddr". A dot in the last element of a path, among others, is
// written as %2e (src/cmd/internal/objabi/path.go, PathToPrefix).
func packageOf(s gosym.Sym) string {
	for _, made := range []string{"type:.eq.", "type:.hash."} {
		s.Name = strings.TrimPrefix(s.Name, made)
	}
	path := s.PackageName()
	if strings.ContainsAny(path, " {(") { // of a type without a name, which has none
		return ""
	}
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	return path
}

// Words of runtime.moduledata (Go 1.26, src/runtime/symtab.go).
const (
	findfunctab = 19
	moduleText  = 22
	gofunc      = 40
	epclntab    = 41
	moduleWords = 42
)

// funcdataLength is the size of what functions have for the garbage collector and
// for tracebacks, go:func.* to the linker; 0 where the executable does not say, which
// has the addresses in a section of its own since Go 1.26.
func funcdataLength(f *elf.File) int {
	data, functions := module(f), f.Section(".gopclntab")
	if data == nil || functions == nil || f.Class != elf.ELFCLASS64 {
		return 0
	}
	word := func(i int) uint64 { return f.ByteOrder.Uint64(data[8*i:]) }
	start, end := word(gofunc), word(epclntab)
	if next := word(findfunctab); next > start && next < end {
		end = next
	}
	if start < functions.Addr || end < start || end > functions.Addr+functions.Size {
		return 0
	}
	return int(end - start)
}
