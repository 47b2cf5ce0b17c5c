package pages

import (
	"bytes"
	"cmp"
	"debug/elf"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/coldcrank/coldcrank/scripts/internal/functable"
)

// noPackage is where functions are that name no package: assembly of the runtime and
// of the packages beside it, and code that is not Go's.
const noPackage = "(assembly)"

// packageAt is the package of the function at an address.
func packageAt(functions []functable.Func, address uint64) string {
	i, ok := slices.BinarySearchFunc(functions, address, func(f functable.Func, a uint64) int { return cmp.Compare(f.Entry, a) })
	if !ok {
		i-- // the one that begins before it
	}
	if i < 0 || address >= functions[i].End {
		return noPackage
	}
	return cmp.Or(functions[i].Package, noPackage)
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
	magic := make([]byte, len(elf.ELFMAG))
	switch n, err := io.ReadFull(r, magic); {
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		return nil, err
	case !bytes.Equal(magic[:n], []byte(elf.ELFMAG)):
		return nil, nil // a script, for example
	}
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	functions, err := functable.Read(f)
	if err != nil {
		return nil, fmt.Errorf("read functions of %s: %w", name, err)
	}
	size := map[string]int64{}
	for _, one := range functions {
		if one.Package != "" {
			size[one.Package] += one.CodeBytes()
		}
	}
	var packages []CodePackage
	for _, path := range slices.Sorted(maps.Keys(size)) {
		packages = append(packages, CodePackage{path, size[path]})
	}
	return packages, nil
}
