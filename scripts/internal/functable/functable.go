// Package functable reads the table by which a Go program finds its functions at run
// time. Stripping leaves it in place, so that it tells of any executable what its
// functions are and how much of the file each of them takes.
package functable

import (
	"debug/elf"
	"debug/gosym"
	"errors"
	"net/url"
)

// Func is a function, and what the executable has about it.
type Func struct {
	Name string
	// Package is its import path, "main" for that of the program; empty for what belongs
	// to none, such as an assembly routine or the comparison of a type.
	Package    string
	Entry, End uint64 // addresses
	// TableBytes is what the table has about it, FuncdataBytes what the garbage
	// collector and tracebacks read about it. What functions share counts for the first
	// of them. Both are 0 for a table of another version.
	TableBytes, FuncdataBytes int64
}

// CodeBytes is the size of its instructions.
func (f Func) CodeBytes() int64 { return int64(f.End - f.Entry) }

// Read reads the table of an executable for Linux, in the order of the addresses. It
// is empty for one that Go did not build.
func Read(f *elf.File) ([]Func, error) {
	section, text := f.Section(".gopclntab"), f.Section(".text")
	if section == nil || text == nil {
		return nil, nil
	}
	data, err := section.Data()
	if err != nil {
		return nil, err
	}
	// Package gosym makes room for as many functions as the header says there are.
	if t := table(data); t.u32(8) > len(t)/4 {
		return nil, errors.New("the function table is damaged")
	}
	symbols, err := gosym.NewTable(nil, gosym.NewLineTable(data, text.Addr))
	if err != nil {
		return nil, err
	}
	tables, offsets := tableBytes(data)
	funcdata := share(offsets, funcdataLength(f))
	all := make([]Func, len(symbols.Funcs))
	for i, s := range symbols.Funcs {
		all[i] = Func{Name: s.Name, Package: importPath(s.PackageName()), Entry: s.Entry, End: s.End}
		if len(tables) == len(all) {
			all[i].TableBytes, all[i].FuncdataBytes = tables[i], funcdata[i]
		}
	}
	return all, nil
}

// importPath undoes what the compiler does to an import path in a symbol's name: a
// dot in its last element, among others, is written as %2e
// (src/cmd/internal/objabi/path.go, PathToPrefix).
func importPath(prefix string) string {
	if path, err := url.PathUnescape(prefix); err == nil {
		return path
	}
	return prefix
}

// Words of runtime.moduledata (Go 1.26, src/runtime/symtab.go).
const (
	findfunctab = 19
	gofunc      = 40
	epclntab    = 41
	moduleWords = 42
)

// funcdataLength is the size of what functions have for the garbage collector and
// for tracebacks, go:func.* to the linker; 0 where the executable does not say, which
// has the addresses in a section of its own since Go 1.26.
func funcdataLength(f *elf.File) int {
	module, functions := f.Section(".go.module"), f.Section(".gopclntab")
	if module == nil || functions == nil || f.Class != elf.ELFCLASS64 || module.Type == elf.SHT_NOBITS {
		return 0
	}
	data, err := module.Data()
	if err != nil || len(data) < 8*moduleWords {
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
