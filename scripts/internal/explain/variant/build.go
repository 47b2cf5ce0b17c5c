package variant

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"github.com/coldcrank/coldcrank/scripts/internal/gosource"
)

// Change is what a variant has that the program has not. The zero Change is the
// program as it is, built as the variants are.
type Change struct {
	Tags []string // beside its own
	Main string   // source text of a main package in the place of its own; empty: its own
}

// Build builds a variant into a file that is written from front to end. As the linker
// leaves it, through a mapping, a program was seen to start 0.6 ms of 4 later than a
// copy of it, presumably because the page cache holds it in smaller pieces: more than
// what is asked here.
func (s *Source) Build(ctx context.Context, c Change, file string) error {
	as := gosource.Change{Tags: c.Tags}
	if c.Main != "" {
		overlay, err := s.overlay(c.Main)
		if err != nil {
			return err
		}
		defer os.RemoveAll(filepath.Dir(overlay))
		as.Overlay = overlay
	}
	linked := file + ".linked"
	if err := s.Source.Build(ctx, as, linked); err != nil {
		return err
	}
	defer os.Remove(linked)
	program, err := os.ReadFile(linked)
	if err != nil {
		return err
	}
	return os.WriteFile(file, program, 0o755)
}

// overlay writes a file for -overlay that puts one file in the place of all of the main
// package's ("Compile packages and dependencies" of the go command), in a folder of its own.
func (s *Source) overlay(source string) (file string, err error) {
	dir, err := os.MkdirTemp("", "coldcrank-overlay-")
	if err != nil {
		return "", err
	}
	main := s.Main()
	replace := map[string]string{}
	for _, name := range slices.Concat(main.GoFiles, main.CgoFiles) {
		replace[filepath.Join(main.Dir, name)] = "" // is not there
	}
	// Of a name that no file has: one in the module cache cannot be replaced.
	replace[filepath.Join(main.Dir, "zz_coldcrank_variant.go")] = filepath.Join(dir, "main.go")
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o600)
	}
	file = filepath.Join(dir, "overlay.json")
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		os.RemoveAll(dir)
		return "", err
	}
	return file, nil
}
