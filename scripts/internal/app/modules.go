package app

import (
	"cmp"
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/functable"
)

// Module is a Go module in an executable.
type Module struct {
	Path    string
	Version string
	// CodeBytes is the size of the module's functions, and of what the executable's
	// function table has about them. Types, strings and embedded files cannot be told
	// apart in a stripped executable and are not in it.
	CodeBytes int64
}

// standardLibrary is Module.Path of what Go itself brings.
const standardLibrary = "std"

// ReadModules lists the modules that an executable for Linux was built from, the
// main one among them, by path, each with the size of its functions; those of Go
// itself are in a module "std". It is empty for an executable that Go did not build.
func ReadModules(name string) ([]Module, error) {
	info, err := buildinfo.ReadFile(name)
	if err != nil {
		return nil, nil // not built by Go
	}
	modules := []Module{{Path: standardLibrary, Version: info.GoVersion}}
	if info.Main.Path != "" {
		modules = append(modules, Module{Path: info.Main.Path, Version: info.Main.Version})
	}
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		modules = append(modules, Module{Path: d.Path, Version: d.Version})
	}
	f, err := elf.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read functions of %s: %w", name, err)
	}
	defer f.Close()
	functions, err := functable.Read(f)
	if err != nil {
		return nil, fmt.Errorf("read functions of %s: %w", name, err)
	}
	for _, f := range functions {
		modules[moduleOf(f.Package, info.Path, modules)].CodeBytes += f.CodeBytes() + f.TableBytes
	}
	slices.SortFunc(modules, func(a, b Module) int { return cmp.Compare(a.Path, b.Path) })
	return modules, nil
}

// moduleOf is the place of a package's module: the one whose path is the longest
// beginning of the package's, else Go itself.
func moduleOf(pkg, mainPackage string, modules []Module) int {
	if pkg == "main" {
		pkg = mainPackage
	}
	best := 0
	for i, m := range modules {
		if (pkg == m.Path || strings.HasPrefix(pkg, m.Path+"/")) && (best == 0 || len(m.Path) > len(modules[best].Path)) {
			best = i
		}
	}
	return best
}

// ModuleChange is a module that differs between two executables.
type ModuleChange struct {
	Path string `json:"path"`
	Old  string `json:"old,omitempty"` // version; empty where it is not there
	New  string `json:"new,omitempty"`
	// CodeBytes is by how much the module's functions grew.
	CodeBytes int64 `json:"code_bytes"`
}

// settling is by how much the code of a module changes that nobody has touched: what
// functions share in their tables counts for the first of them, which may be another.
const settling = 256

// CompareModules lists modules that were added, removed or updated, or whose code
// has another size, the largest growth first.
func CompareModules(old, new []Module) []ModuleChange {
	changes := map[string]*ModuleChange{}
	at := func(path string) *ModuleChange {
		if changes[path] == nil {
			changes[path] = &ModuleChange{Path: path}
		}
		return changes[path]
	}
	for _, m := range old {
		c := at(m.Path)
		c.Old, c.CodeBytes = cmp.Or(m.Version, unversioned), c.CodeBytes-m.CodeBytes
	}
	for _, m := range new {
		c := at(m.Path)
		c.New, c.CodeBytes = cmp.Or(m.Version, unversioned), c.CodeBytes+m.CodeBytes
	}
	var list []ModuleChange
	for _, c := range changes {
		if c.Old != c.New || c.CodeBytes > settling || c.CodeBytes < -settling {
			list = append(list, *c)
		}
	}
	slices.SortFunc(list, func(a, b ModuleChange) int {
		return cmp.Or(cmp.Compare(b.CodeBytes, a.CodeBytes), cmp.Compare(a.Path, b.Path))
	})
	return list
}

// unversioned is the version of a module that has none: the main one, or one
// replaced by a folder.
const unversioned = "(devel)"
