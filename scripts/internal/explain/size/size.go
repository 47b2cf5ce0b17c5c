// Package size says what a function's executable consists of: how many bytes each Go
// package has in it and in the zip, and which imports bring the package in.
//
// It reads the executable as it is shipped, stripped. Code and function tables are
// attributed from the executable alone. Where the source is here, what the linker
// says about the same program attributes types, strings and variables too, and
// embedded files are found by their bytes. What belongs to no package has a line of
// its own, so that the lines together are the file.
package size

import (
	"bytes"
	"cmp"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/gosource"
)

// Size is what an executable consists of. Packages and Rest together are its bytes.
type Size struct {
	Bytes    int64     `json:"bytes"`     // of the executable
	ZipBytes int64     `json:"zip_bytes"` // of the zip that holds it, with Files
	Packages []Package `json:"packages"`  // the largest first; none where Go did not build it
	Rest     []Part    `json:"rest"`      // of no package, in the order of the file
	Files    []Part    `json:"files,omitempty"`
	Notes    []string  `json:"notes,omitempty"` // what could not be found out, and why
	Base     *Base     `json:"base,omitempty"`

	modules map[string]string // path → version
}

// Part is something of the executable, or a file beside it.
type Part struct {
	Name     string `json:"name"`
	Bytes    int64  `json:"bytes"`
	ZipBytes int64  `json:"zip_bytes"`
}

// Package is a Go package in the executable.
type Package struct {
	Path     string `json:"path"`   // import path; of the program: main
	Module   string `json:"module"` // std for what Go itself brings
	Bytes    int64  `json:"bytes"`  // the sum of the next four
	Code     int64  `json:"code_bytes"`
	Table    int64  `json:"table_bytes"` // about its functions: lines, stacks, pointers
	Data     int64  `json:"data_bytes"`  // types, strings, variables
	Embedded int64  `json:"embedded_bytes,omitempty"`
	ZipBytes int64  `json:"zip_bytes"`
	// Chain is the shortest chain of imports from main to the package, both included.
	// It is empty for what every Go program has, and where the source is not here.
	Chain []string `json:"chain,omitempty"`
	// OnlyBytes is what would not be there without the package: itself, and what no
	// other package imports. 0 where the source is not here.
	OnlyBytes int64  `json:"only_bytes,omitempty"`
	Files     []Part `json:"embedded_files,omitempty"`
}

// standard is Package.Module of what Go itself brings.
const standard = "std"

// Read takes an executable apart. The folder that it is in is what is zipped. Dir is
// where the go command knows its source; where it does not, Notes has the reason.
// Errors: a file that cannot be read or that is damaged, and ctx's.
func Read(ctx context.Context, file, dir string) (*Size, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	s := &Size{Bytes: int64(len(data)), modules: map[string]string{}}
	l, err := newLedger(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	info, err := buildinfo.ReadFile(file)
	if err == nil {
		s.know(info)
		if err := s.fromSource(ctx, l, data, info, dir); err != nil {
			return nil, err
		}
	}
	if err := s.pack(l, data, file); err != nil {
		return nil, err
	}
	s.sum(l)
	if err == nil {
		for i := range s.Packages {
			s.Packages[i].Module = s.moduleOf(s.Packages[i].Path, info.Path)
		}
	}
	return s, nil
}

// know notes the modules that the executable was built from.
func (s *Size) know(info *buildinfo.BuildInfo) {
	s.modules[standard] = info.GoVersion
	if info.Main.Path != "" {
		s.modules[info.Main.Path] = info.Main.Version
	}
	for _, d := range info.Deps {
		version := d.Version
		if d.Replace != nil {
			version = d.Replace.Version
		}
		s.modules[d.Path] = version
	}
}

// moduleOf is the module whose path is the longest beginning of a package's.
func (s *Size) moduleOf(path, program string) string {
	if path == "main" {
		path = program
	}
	best := standard
	for m := range s.modules {
		if (path == m || strings.HasPrefix(path, m+"/")) && (best == standard || len(m) > len(best)) {
			best = m
		}
	}
	return best
}

// fromSource adds what the source tells. That there is none here is no error.
func (s *Size) fromSource(ctx context.Context, l *ledger, data []byte, info *buildinfo.BuildInfo, dir string) error {
	var lost string
	src, err := gosource.Find(ctx, bytes.NewReader(data), dir)
	if err == nil {
		l.source = src
		l.embed(data, src)
		lost = "Types, strings and variables are of no package here"
		var symbols []gosource.Symbol
		if symbols, err = src.Symbols(ctx, data); err == nil {
			err = l.charge(symbols)
		}
		if errors.Is(err, gosource.ErrDiffers) { // its imports may be others, too
			lost, l.source = lost+", and imports are not known", nil
		}
	} else {
		lost = "Types, strings, variables and embedded files are of no package here, and imports are not known"
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		s.Notes = append(s.Notes, fmt.Sprintf("%s: the source of %s: %v.", lost, info.Path, err))
	}
	return nil
}

// sum makes the lines of what the ledger has.
func (s *Size) sum(l *ledger) {
	for path, p := range l.packages {
		one := Package{Path: path, Code: p.code, Table: p.table, Data: p.data, Files: p.files, ZipBytes: p.zip}
		for _, f := range p.files {
			one.Embedded += f.Bytes
			one.ZipBytes += f.ZipBytes
		}
		one.Bytes = one.Code + one.Table + one.Data + one.Embedded
		if one.Bytes > 0 {
			s.Packages = append(s.Packages, one)
		}
	}
	slices.SortFunc(s.Packages, func(a, b Package) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Path, b.Path))
	})
	if l.source != nil {
		imports(l.source, s.Packages)
	}
	for _, r := range l.rest {
		if r.Bytes > 0 || r.ZipBytes != 0 {
			s.Rest = append(s.Rest, r)
		}
	}
}
