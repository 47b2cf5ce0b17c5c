package gobuild

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The modules of these tests: a library with a construct and a function beside
// it, as coldcrank is one, and a dependency of the function that apps require
// in a newer version. The function prints the version that it was built with.
const (
	library = `
-- go.mod --
module example.com/library

go 1.26

require example.com/dep v1.0.0
-- construct/construct.go --
package construct

const Name = "construct"
-- cmd/health/main.go --
package main

import (
	"os"

	"example.com/dep"
)

func main() { os.Stdout.WriteString(dep.Version) }
`
	dep = `
-- go.mod --
module example.com/dep

go 1.26
-- dep.go --
package dep

const Version = "VERSION"
`
	app = `
-- go.mod --
module example.com/app

go 1.26

require (
	example.com/dep v1.1.0
	example.com/library v1.0.0
)
-- infra/main.go --
package main

import (
	"example.com/dep"
	"example.com/library/construct"
)

func main() { println(construct.Name, dep.Version) }
-- functions/orders/main.go --
package main

import (
	"os"

	"example.com/dep"
)

func main() { os.Stdout.WriteString("orders " + dep.Version) }
`
	health = "example.com/library/cmd/health"
)

// TestSameBytesFromEveryModule: the library's function has the same bytes
// whoever builds it, although each app requires a newer version of the
// function's dependency.
func TestSameBytesFromEveryModule(t *testing.T) {
	p, checkout := published(t)
	want := build(t, shipped(checkout, "./cmd/health"))
	check := func(t *testing.T, dir string) Build {
		t.Helper()
		b := build(t, shipped(dir, health))
		if b.SHA256 != want.SHA256 {
			t.Errorf("the bytes differ from those that the library's own checkout gives")
		}
		if got, want := b.Package, health; got != want {
			t.Errorf("Package = %s, want %s", got, want)
		}
		return b
	}

	t.Run("own repository", func(t *testing.T) {
		check(t, checkout)
		check(t, filepath.Join(checkout, "construct"))
	})
	t.Run("replace", func(t *testing.T) {
		b := check(t, newApp(t, "-replace=example.com/library="+checkout))
		if !sameFolder(t, b.ModuleDir, checkout) {
			t.Errorf("ModuleDir = %s, want %s", b.ModuleDir, checkout)
		}
	})
	t.Run("read-only module cache", func(t *testing.T) {
		cache := emptyCache(t)
		dir := newApp(t)
		module := filepath.Join(cache, "example.com", "library@v1.0.0")
		before := tree(t, module)
		if b := check(t, dir); !sameFolder(t, b.ModuleDir, module) {
			t.Errorf("ModuleDir = %s, want %s", b.ModuleDir, module)
		}
		after := tree(t, module)
		if !slices.Equal(after, before) {
			t.Errorf("the module cache was changed:\n%s\nbefore:\n%s", after, before)
		}
		for _, line := range before {
			if strings.Contains(line[:10], "w") {
				t.Errorf("the module cache is not read-only: %s", line)
			}
		}
	})
	t.Run("module that nothing has downloaded", func(t *testing.T) {
		dir := newApp(t)
		emptyCache(t)
		check(t, dir)
	})
	t.Run("go.work", func(t *testing.T) {
		dir := newApp(t)
		t.Setenv("GOWORK", filepath.Join(t.TempDir(), "go.work"))
		command(t, dir, "go", "work", "init", dir, checkout)
		check(t, dir)
		check(t, checkout)
	})
	t.Run("vendored app and a module cache", func(t *testing.T) {
		dir := newApp(t)
		command(t, dir, "go", "mod", "vendor")
		check(t, dir)
	})
	t.Run("proxy and module cache of go env -w", func(t *testing.T) {
		dir := newApp(t)
		file := filepath.Join(t.TempDir(), "env")
		settings := "GOPROXY=" + p.url() + "\nGOMODCACHE=" + emptyCache(t) + "\nGOSUMDB=off\n"
		if err := os.WriteFile(file, []byte(settings), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Setenv("GOENV", file)
		for _, name := range []string{"GOPROXY", "GOMODCACHE", "GOSUMDB"} {
			t.Setenv(name, "")
		}
		check(t, dir)
	})
	for _, flags := range []string{"-mod=mod", "-mod=readonly", "-modcacherw", "'-modfile=go.other.mod'"} {
		t.Run("GOFLAGS="+flags, func(t *testing.T) {
			dir := newApp(t)
			for _, name := range []string{"go.mod", "go.sum"} {
				content, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				write(t, dir, "\n-- "+strings.Replace(name, "go.", "go.other.", 1)+" --\n"+string(content))
			}
			t.Setenv("GOFLAGS", flags)
			check(t, dir)
		})
	}
}

// TestOwnEntry: the app's own function is what `go build` in the app makes of
// it.
func TestOwnEntry(t *testing.T) {
	published(t)
	dir := newApp(t)
	check := func(t *testing.T, dir, want string) {
		t.Helper()
		b := build(t, Spec{Dir: filepath.Join(dir, "infra"), Entry: "../functions/orders"})
		out, err := exec.CommandContext(t.Context(), b.Executable).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := string(out); got != want {
			t.Errorf("output = %q, want %q", got, want)
		}
	}

	t.Run("module", func(t *testing.T) { check(t, dir, "orders v1.1.0") })
	t.Run("go.work", func(t *testing.T) {
		other := t.TempDir()
		write(t, other, strings.ReplaceAll(dep, "VERSION", "of the workspace"))
		t.Setenv("GOWORK", filepath.Join(t.TempDir(), "go.work"))
		command(t, dir, "go", "work", "init", dir, other)
		check(t, dir, "orders of the workspace")
	})
	t.Run("another module of the repository", func(t *testing.T) {
		repository := t.TempDir()
		write(t, filepath.Join(repository, "functions"), strings.Replace(library, "example.com/library", "example.com/functions", 1))
		command(t, filepath.Join(repository, "functions"), "go", "mod", "tidy")
		write(t, repository, "\n-- infra/go.mod --\nmodule example.com/infra\n\ngo 1.26")
		b := build(t, shipped(filepath.Join(repository, "infra"), "../functions/cmd/health"))
		if got, want := b.ModuleDir, filepath.Join(repository, "functions"); !sameFolder(t, got, want) {
			t.Errorf("ModuleDir = %s, want %s", got, want)
		}
	})
	t.Run("GOFLAGS=-modfile", func(t *testing.T) {
		write(t, dir, "\n-- go.older.mod --\nmodule example.com/app\n\ngo 1.26\n\nrequire (\n\texample.com/dep v1.0.0\n\texample.com/library v1.0.0\n)")
		t.Setenv("GOFLAGS", "-modfile="+filepath.Join(dir, "go.older.mod"))
		command(t, dir, "go", "mod", "tidy")
		check(t, dir, "orders v1.0.0")
	})
	t.Run("vendored", func(t *testing.T) {
		command(t, dir, "go", "mod", "vendor")
		vendored := filepath.Join(dir, "vendor", "example.com", "dep", "dep.go")
		content, err := os.ReadFile(vendored)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vendored, []byte(strings.Replace(string(content), "v1.1.0", "vendored", 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		emptyCache(t)
		t.Setenv("GOPROXY", "off")
		check(t, dir, "orders vendored")
		t.Setenv("GOFLAGS", "-mod=vendor")
		check(t, dir, "orders vendored")
		build(t, shipped(dir, "example.com/app/functions/orders"))
	})
}

// TestVendoredWithoutThePackage: an app that vendors the construct has not got
// the function, and nothing is downloaded for it unasked.
func TestVendoredWithoutThePackage(t *testing.T) {
	_, checkout := published(t)
	want := build(t, shipped(checkout, "./cmd/health"))
	dir := newApp(t)
	command(t, dir, "go", "mod", "vendor")
	for _, flags := range []string{"", "-mod=vendor"} {
		t.Run("GOFLAGS="+flags, func(t *testing.T) {
			cache := emptyCache(t)
			t.Setenv("GOFLAGS", flags)
			_, err := Run(t.Context(), shipped(dir, health), t.TempDir())
			if !errors.Is(err, ErrVendored) {
				t.Fatalf("error = %v, want %v", err, ErrVendored)
			}
			t.Log(err)
			if got := err.Error(); strings.Contains(got, "\n") || !strings.Contains(got, "go mod download example.com/library@v1.0.0") {
				t.Errorf("error = %q, want one line that says what to do", got)
			}
			if entries, err := os.ReadDir(cache); err != nil || len(entries) > 1 {
				t.Errorf("module cache holds %v (%v): something was downloaded", entries, err)
			}

			// What the error says helps.
			command(t, dir, "go", "mod", "download", "example.com/library@v1.0.0")
			if got := build(t, shipped(dir, health)); got.SHA256 != want.SHA256 {
				t.Errorf("the bytes differ from those that the library's own checkout gives")
			}
			for _, none := range []string{"example.com/nowhere", "example.com/library/none", "example.com/libraryother"} {
				if _, err := Run(t.Context(), shipped(dir, none), t.TempDir()); !errors.Is(err, ErrNotFound) {
					t.Errorf("%s: error = %v, want %v", none, err, ErrNotFound)
				}
			}
		})
	}
}

// TestHealth: the function of this module has the same bytes from a checkout as
// from an app that requires this module, and its zip file is as small as said.
func TestHealth(t *testing.T) {
	const module, version = "github.com/coldcrank/coldcrank", "v0.0.1"
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	s := shipped(root, module+"/lambda/health")
	s.Tags = []string{"lambda.norpc", "nethttpomithttp2"}
	want := build(t, s)

	const limit = 2_300_000
	var zipped bytes.Buffer
	archive := zip.NewWriter(&zipped)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	if err := archive.AddFS(os.DirFS(want.Dir)); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if got := zipped.Len(); got > limit {
		t.Errorf("zip file = %d bytes, want at most %d", got, limit)
	}
	t.Logf("executable %d bytes, zip file %d bytes", want.Bytes, zipped.Len())

	// What the checkout needs is in the module cache by now: it serves as the
	// proxy for all but this module.
	cache, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	downloads := proxy(filepath.Join(strings.TrimSpace(string(cache)), "cache", "download"))
	p := newProxy(t)
	t.Setenv("GOPROXY", p.url()+","+downloads.url())
	whole := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(whole, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(whole, "lambda", "health"), os.DirFS(filepath.Join(root, "lambda", "health"))); err != nil {
		t.Fatal(err)
	}
	write(t, whole, "\n-- construct/construct.go --\npackage construct")
	p.publish(t, module, version, whole)

	consumer := t.TempDir()
	write(t, consumer, "\n-- go.mod --\nmodule example.com/consumer\n\ngo 1.26.0\n\nrequire "+module+" "+version+
		"\n-- main.go --\npackage main\n\nimport _ \""+module+"/construct\"\n\nfunc main() {}")
	command(t, consumer, "go", "mod", "tidy")
	s.Dir = consumer
	got := build(t, s)
	if got.SHA256 != want.SHA256 {
		t.Errorf("the bytes differ from those of the checkout")
	}
	if sameFolder(t, got.ModuleDir, root) {
		t.Errorf("ModuleDir = %s, want the module cache's", got.ModuleDir)
	}
}

// tree lists mode, size and name of all files below dir.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		lines = append(lines, fs.FormatFileInfo(info))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
