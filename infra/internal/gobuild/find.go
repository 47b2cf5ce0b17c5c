package gobuild

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// listed is what `go list` says of a package. Module.Dir is empty for a
// package of a vendor folder: go.mod and go.sum of its module are not there.
type listed struct {
	Dir        string
	ImportPath string
	Name       string
	Module     *struct {
		Path string
		Dir  string
	}
	Error *struct{ Err string }
}

// hasModule reports whether the package lies in a folder with its go.mod.
func (p listed) hasModule() bool { return p.Module != nil && p.Module.Dir != "" }

// isPath reports whether entry is a path, and not an import path.
func isPath(entry string) bool {
	slashed := filepath.ToSlash(entry)
	return slashed == "." || slashed == ".." ||
		strings.HasPrefix(slashed, "./") || strings.HasPrefix(slashed, "../") ||
		filepath.IsAbs(entry)
}

// find returns the program that s.Entry names.
func (g *goCommand) find(ctx context.Context, s Spec) (listed, error) {
	lookup := g.findImport
	if isPath(s.Entry) {
		lookup = g.findPath
	}
	p, err := lookup(ctx, s)
	if err != nil {
		return listed{}, err
	}
	if p.Name != "" && p.Name != "main" {
		return listed{}, fmt.Errorf("%w: %s is package %s: name the folder of a program, with package main and func main",
			ErrNotMain, p.ImportPath, p.Name)
	}
	return p, nil
}

func (g *goCommand) findPath(ctx context.Context, s Spec) (listed, error) {
	dir := s.Entry
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(s.Dir, dir)
	}
	if !isFolder(dir) {
		return listed{}, fmt.Errorf("%w: there is no folder %s", ErrNotFound, dir)
	}
	p, err := g.list(ctx, dir, s, ".")
	if err != nil {
		return listed{}, err
	}
	if !p.hasModule() || p.Name == "" && !hasGoFiles(dir) {
		return listed{}, p.notFound()
	}
	return p, nil
}

func (g *goCommand) findImport(ctx context.Context, s Spec) (listed, error) {
	if s.Entry == "" {
		return listed{}, fmt.Errorf("%w: name a Go package, for example ./functions/orders", ErrNotFound)
	}
	modules, err := g.vendored()
	if err != nil {
		return listed{}, err
	}
	if modules != "" {
		// In the vendor folder the package is missing or without its go.mod. The
		// module cache may have the module whole (hence -mod=readonly below), but
		// an app that vendors wants nothing downloaded unasked.
		g = &goCommand{path: g.path, env: append(slices.Clip(g.env), "GOPROXY=off"), settings: g.settings}
	}
	p, err := g.list(ctx, s.Dir, s, "-mod=readonly", "--", s.Entry)
	if !p.hasModule() && modules == "" {
		// -mod=readonly refuses a go.mod that -mod=mod in GOFLAGS would complete.
		p, err = g.list(ctx, s.Dir, s, "--", s.Entry)
	}
	switch {
	case err != nil:
		return listed{}, err
	case p.hasModule() && p.Dir != "":
		return p, nil
	case isFolder(filepath.Join(s.Dir, s.Entry)):
		return listed{}, fmt.Errorf("%w: no module has %s: a folder is written ./%s", ErrNotFound, s.Entry, s.Entry)
	}
	if path, version := moduleOf(s.Entry, modules); path != "" {
		_, err := g.output(ctx, s.Dir, "list", "-m", "-mod=readonly", path)
		if _, missing := errors.AsType[*goError](err); missing {
			return listed{}, fmt.Errorf("%w: %s: run `go mod download %s@%s`, which leaves the vendor folder alone, or name a package of your own",
				ErrVendored, s.Entry, path, version)
		}
		if err != nil {
			return listed{}, err
		}
	}
	return listed{}, p.notFound()
}

// vendored returns the list of modules in the vendor folder that the go
// command would use in the app's folder, and "" where there is none.
func (g *goCommand) vendored() (modules string, err error) {
	if mod := keepFlags(g.settings["GOFLAGS"], "-mod"); mod != "" && !strings.HasSuffix(mod, "=vendor") {
		return "", nil
	}
	// A workspace has its vendor folder beside go.work, and those of its modules
	// do not count.
	file := cmp.Or(g.settings["GOWORK"], g.settings["GOMOD"])
	if file == "off" {
		file = g.settings["GOMOD"]
	}
	content, err := os.ReadFile(filepath.Join(filepath.Dir(file), "vendor", "modules.txt"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(content), err
}

// moduleOf returns the module of a vendor folder that an import path belongs
// to: the longest path that it begins with. In modules.txt a module is a line
// "# path version", followed by " => replacement" where it is replaced.
func moduleOf(importPath, modules string) (path, version string) {
	for line := range strings.Lines(modules) {
		field := strings.Fields(line)
		if len(field) >= 3 && field[0] == "#" && len(field[1]) > len(path) && strings.HasPrefix(importPath+"/", field[1]+"/") {
			path, version = field[1], field[2]
		}
	}
	return path, version
}

// list asks about one package. What the go command has to say against it is
// in the answer, where there is one.
func (g *goCommand) list(ctx context.Context, dir string, s Spec, args ...string) (listed, error) {
	flags := []string{"list", "-e", "-find", "-json=Dir,ImportPath,Name,Module,Error", "-tags=" + strings.Join(s.Tags, ",")}
	out, err := g.output(ctx, dir, append(flags, args...)...)
	if failure, ok := errors.AsType[*goError](err); ok {
		return listed{}, fmt.Errorf("%w: %s", ErrNotFound, oneLine(failure.Error()))
	}
	if err != nil {
		return listed{}, err
	}
	var p listed
	dec := json.NewDecoder(bytes.NewReader(out))
	if err := dec.Decode(&p); err == io.EOF {
		return listed{}, fmt.Errorf("%w: no package has that name", ErrNotFound)
	} else if err != nil {
		return listed{}, fmt.Errorf("go list: %w", err)
	}
	if dec.More() {
		return listed{}, fmt.Errorf("%w: several packages have that name: name one", ErrNotFound)
	}
	return p, nil
}

// notFound returns what the go command has to say against p.
func (p listed) notFound() error {
	if p.Error == nil {
		return fmt.Errorf("%w: %s is in no module: name a program in a folder with a go.mod", ErrNotFound, p.ImportPath)
	}
	return fmt.Errorf("%w: %s", ErrNotFound, oneLine(p.Error.Err))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func hasGoFiles(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		return filepath.Ext(e.Name()) == ".go"
	})
}
