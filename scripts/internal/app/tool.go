package app

import (
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"
)

// HasTool reports whether the Go module that the app is in names a package as a tool,
// so that `go tool` runs it.
func (a *App) HasTool(pkg string) bool {
	for dir := a.Dir; ; {
		name := filepath.Join(dir, "go.mod")
		if data, err := os.ReadFile(name); err == nil {
			file, err := modfile.Parse(name, data, nil)
			return err == nil && slices.ContainsFunc(file.Tool, func(t *modfile.Tool) bool { return t.Path == pkg })
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return false
		}
		dir = parent
	}
}
