package sources

import (
	"context"
	"debug/buildinfo"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

func modulePath(gomod []byte) string { return modfile.ModulePath(gomod) }

// program is a function's executable as Go built it.
type program struct {
	pkg, module string
	arch, tags  string
}

// functions adds the files of the functions in the assembly: what Go built says which
// main package it is.
func (s *Set) functions(ctx context.Context, a App) error {
	programs, err := programsIn(a.Assembly)
	if err != nil {
		return err
	}
	for _, p := range programs {
		q := query{dir: a.Dir, packages: []string{p.pkg}, arch: p.arch, tags: p.tags}
		found, err := s.list(ctx, q)
		if err == nil && found[p.pkg] {
			continue
		}
		// It is of a module that the app does not need.
		dir, err := FindModule(a.Dir, p.module)
		if err != nil {
			return err
		}
		if dir != "" {
			q.dir = dir
			if found, err = s.list(ctx, q); err != nil {
				return err
			}
		}
		if dir == "" || !found[p.pkg] {
			s.Unseen = append(s.Unseen, p.pkg)
		}
	}
	return nil
}

// programsIn are the programs of an assembly, each once: as they are shipped, where
// the assembly was made for this machine as well. What Go did not build has no
// sources that could be found.
func programsIn(assembly string) ([]program, error) {
	files, err := filepath.Glob(filepath.Join(assembly, "asset.*", "bootstrap"))
	if err != nil {
		return nil, err
	}
	var list []program
	for _, file := range files {
		info, err := buildinfo.ReadFile(filepath.Join(filepath.Dir(file), outputs.ShippedDir, "bootstrap"))
		if err != nil {
			info, err = buildinfo.ReadFile(file)
		}
		if err != nil {
			continue
		}
		p := program{pkg: info.Path, module: info.Main.Path}
		for _, s := range info.Settings {
			switch s.Key {
			case "GOARCH":
				p.arch = s.Value
			case "-tags":
				p.tags = s.Value
			}
		}
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list, nil
}
