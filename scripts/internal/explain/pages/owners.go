package pages

import (
	"cmp"
	"debug/elf"
	"debug/gosym"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
)

// owner is a function of a Go package.
type owner struct {
	span
	path string // of its package
}

// owners are the functions of an executable by address; empty where Go did not build it.
type owners []owner

// noPackage is where functions are that name no package: assembly of the runtime and
// of the packages beside it, and code that is not Go's.
const noPackage = "(assembly)"

// packageAt is the package of the function at an address.
func (o owners) packageAt(address uint64) string {
	i, ok := slices.BinarySearchFunc(o, address, func(f owner, a uint64) int { return cmp.Compare(f.from, a) })
	if !ok {
		i-- // the one that begins before it
	}
	if i < 0 || address >= o[i].to {
		return noPackage
	}
	return o[i].path
}

// CodePackage is a Go package of which an executable has functions.
type CodePackage struct {
	Path  string
	Bytes int64 // of its functions
}

// GoPackages are the packages of which an executable for Linux has functions, by
// path, those of Go itself among them: what the linker has left of a build, not what
// was compiled. A package of types and variables alone has none, and functions in
// assembly name none. It is empty for an executable that Go did not build.
func GoPackages(name string) ([]CodePackage, error) {
	r, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, nil // a script, for example
	}
	o, err := readOwners(f)
	if err != nil {
		return nil, fmt.Errorf("read functions of %s: %w", name, err)
	}
	bytes := map[string]int64{}
	for _, one := range o {
		if one.path != noPackage {
			bytes[one.path] += int64(one.to - one.from)
		}
	}
	var packages []CodePackage
	for _, path := range slices.Sorted(maps.Keys(bytes)) {
		packages = append(packages, CodePackage{path, bytes[path]})
	}
	return packages, nil
}

// readOwners reads the table by which Go finds functions at run time, which
// stripping leaves in place.
func readOwners(f *elf.File) (owners, error) {
	table, text := f.Section(".gopclntab"), f.Section(".text")
	if table == nil || text == nil {
		return nil, nil
	}
	data, err := table.Data()
	if err != nil {
		return nil, err
	}
	symbols, err := gosym.NewTable(nil, gosym.NewLineTable(data, text.Addr))
	if err != nil {
		return nil, err
	}
	o := make(owners, len(symbols.Funcs))
	for i, fn := range symbols.Funcs {
		o[i] = owner{span{fn.Entry, fn.End}, packageOf(fn.Name)}
	}
	slices.SortFunc(o, func(a, b owner) int { return cmp.Compare(a.from, b.from) })
	return o, nil
}

// packageOf is the path of the package that a function's name begins with. What the
// compiler makes for a type, such as its comparison, belongs to the type's package:
// "type:.eq.net/http.socksAddr". The linker escapes dots after the last slash
// (cmd/internal/objabi, PathToPrefix).
func packageOf(name string) string {
	for _, made := range []string{"type:.eq.", "type:.hash."} {
		name = strings.TrimPrefix(name, made)
	}
	path := (&gosym.Sym{Name: name}).PackageName()
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	return cmp.Or(path, noPackage)
}
