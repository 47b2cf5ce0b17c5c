package gosource

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// Package is what `go list -json` says of a package (go help list).
type Package struct {
	ImportPath string
	Dir        string
	Export     string // the file that the compiler made of it
	GoFiles    []string
	CgoFiles   []string
	Imports    []string
	ImportMap  map[string]string // as it is written → what it is, of vendored packages
	Deps       []string          // all that it links but itself
	EmbedFiles []string
	Standard   bool
	Module     *struct{ Dir string }
}

// readPackages reads what `go list -json` prints: at least one package.
func readPackages(out []byte) ([]Package, error) {
	var all []Package
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p Package
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		return nil, errors.New("go list: no package")
	}
	return all, nil
}

// Main is the main package.
func (s *Source) Main() Package { return s.Packages[len(s.Packages)-1] }

// Imports are those of the main package, without cgo's C.
func (s *Source) Imports() []string {
	return slices.DeleteFunc(slices.Clone(s.Main().Imports), func(path string) bool { return path == "C" })
}

// Package is the package of an import path, nil where the program does not link it.
func (s *Source) Package(path string) *Package {
	for i := range s.Packages {
		if s.Packages[i].ImportPath == path {
			return &s.Packages[i]
		}
	}
	return nil
}

// Links reports whether the program links a package.
func (s *Source) Links(path string) bool { return s.Package(path) != nil }

// Closure is how many of the program's packages a package links, itself included; 0 for
// one that the program does not link.
func (s *Source) Closure(path string) int {
	p := s.Package(path)
	if p == nil {
		return 0
	}
	return len(p.Deps) + 1
}

// Tagged reports whether the program was built with a build tag.
func (s *Source) Tagged(tag string) bool { return slices.Contains(s.Tags, tag) }

// Embedded is how many bytes of files a package embeds.
func (p Package) Embedded() (bytes int64) {
	for _, name := range p.EmbedFiles {
		if info, err := os.Stat(filepath.Join(p.Dir, name)); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}
