package gobuild

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestRefusals(t *testing.T) {
	app := t.TempDir()
	write(t, app, shop)
	write(t, app, `
-- functions/broken/main.go --
package main

func main() { undefined() }

var x int = "y"
-- functions/syntax/main.go --
package main

func main() {
-- functions/missing/main.go --
package main

import _ "example.com/nowhere/at/all"

func main() {}
-- functions/windows/main_windows.go --
package main

func main() {}
-- docs/README --
no Go here
`)
	t.Setenv("GOPROXY", "off")
	for _, tt := range []struct {
		entry string
		want  error
		says  []string
	}{
		{"./internal/greet", ErrNotMain, []string{"example.com/shop/internal/greet is package greet"}},
		{"example.com/shop/internal/greet", ErrNotMain, []string{"is package greet"}},
		{"./functions/none", ErrNotFound, []string{"there is no folder", "functions"}},
		{"./go.mod", ErrNotFound, []string{"there is no folder"}},
		{"./docs", ErrNotFound, []string{"no Go files"}},
		{"functions/orders", ErrNotFound, []string{"./functions/orders"}},
		{"", ErrNotFound, []string{"name a Go package"}},
		{"-o=x", ErrNotFound, nil},
		{"./...", ErrNotFound, nil},
		{"example.com/shop/...", ErrNotFound, []string{"name one"}},
		{"example.com/none/...", ErrNotFound, nil},
		{"example.com/nowhere", ErrNotFound, []string{"example.com/nowhere"}},
		{"example.com/shop/functions/none", ErrNotFound, nil},
		{"cmd/gofmt", ErrNotFound, nil},
	} {
		t.Run(tt.entry, func(t *testing.T) {
			_, err := Run(t.Context(), shipped(app, tt.entry), t.TempDir())
			if !errors.Is(err, tt.want) {
				t.Fatalf("error = %v, want %v", err, tt.want)
			}
			t.Log(err)
			for _, part := range tt.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error = %v, want %q in it", err, part)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error has several lines: %v", err)
			}
		})
	}

	for _, tt := range []struct {
		entry string
		want  []string // parts of the lines
	}{
		{"./functions/broken", []string{"functions/broken/main.go:3:15: undefined: undefined", `functions/broken/main.go:5:13: cannot use "y"`}},
		{"./functions/syntax", []string{"functions/syntax/main.go:4:1: syntax error"}},
		{"./functions/missing", []string{"functions/missing/main.go:3:8: no required module provides package"}},
		{"./functions/windows", []string{"build constraints exclude all Go files"}},
		{"example.com/shop/functions/broken", []string{"functions/broken/main.go:3:15: undefined: undefined", "functions/broken/main.go:5:13: "}},
	} {
		t.Run(tt.entry, func(t *testing.T) {
			_, err := Run(t.Context(), shipped(app, tt.entry), t.TempDir())
			failure, ok := errors.AsType[*CompileError](err)
			if !ok {
				t.Fatalf("error = %v, want a *CompileError", err)
			}
			t.Log(err)
			if got, want := failure.Package, "example.com/shop/"+strings.TrimPrefix(strings.TrimPrefix(tt.entry, "./"), "example.com/shop/"); got != want {
				t.Errorf("Package = %s, want %s", got, want)
			}
			for i, want := range tt.want {
				if i >= len(failure.Lines) || !strings.Contains(filepath.ToSlash(failure.Lines[i]), want) {
					t.Errorf("lines = %q, want %q in line %d", failure.Lines, want, i)
				}
			}
		})
	}
}

func TestNoGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Run(t.Context(), shipped(t.TempDir(), "./x"), t.TempDir())
	if !errors.Is(err, ErrNoGo) {
		t.Errorf("error = %v, want %v", err, ErrNoGo)
	}
}

// TestOutsideAModule: whatever lies above the folder for temporary files, the
// go command looks for go.mod no further than there, and takes none that is in
// it (https://go.dev/issue/26708).
func TestOutsideAModule(t *testing.T) {
	app := t.TempDir()
	write(t, app, "\n-- go.mod --\nmodule example.com/app\n-- main.go --\npackage main\n\nfunc main() {}")
	for _, name := range []string{"TMPDIR", "TMP"} { // Unix, Windows
		t.Setenv(name, app)
	}
	_, err := Run(t.Context(), shipped(app, "."), t.TempDir())
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "go.mod") {
		t.Errorf("error = %v, want %v that names go.mod", err, ErrNotFound)
	}
}

func TestFolderOfItsOwn(t *testing.T) {
	app, out := t.TempDir(), t.TempDir()
	write(t, app, shop)
	write(t, out, "\n-- secret --\n")
	_, err := Run(t.Context(), shipped(app, "./functions/orders"), out)
	if err == nil || !strings.Contains(err.Error(), "secret") {
		t.Errorf("error = %v, want one that names the other file", err)
	}
}

// TestCanceledDuringTheBuild stops a go command that would never end.
func TestCanceledDuringTheBuild(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell and a named pipe")
	}
	real, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	app, bin := t.TempDir(), t.TempDir()
	write(t, app, shop)
	started := filepath.Join(bin, "started")
	command(t, bin, "mkfifo", started)
	script := "#!/bin/sh\nif [ \"$1\" != build ]; then exec '" + real + "' \"$@\"; fi\n" +
		"echo > '" + started + "'\nexec sleep 1000\n"
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		// Opening blocks until the build opens the other end.
		if _, err := os.ReadFile(started); err != nil {
			cancel(err)
			return
		}
		cancel(stopped)
	}()
	if _, err := Run(ctx, shipped(app, "./functions/orders"), t.TempDir()); !errors.Is(err, stopped) {
		t.Errorf("error = %v, want %v", err, stopped)
	}
}

func TestCanceled(t *testing.T) {
	app := t.TempDir()
	write(t, app, shop)
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	if _, err := Run(ctx, shipped(app, "./functions/orders"), t.TempDir()); !errors.Is(err, stopped) {
		t.Errorf("error = %v, want %v", err, stopped)
	}
}
