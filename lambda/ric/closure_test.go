package ric

import (
	"bytes"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestClosure holds what a package brings along to a list: each package more is
// paid by every cold start.
func TestClosure(t *testing.T) {
	for dir, closure := range map[string][]string{".": slices.Concat(bareClosure, closure), "./bare": bareClosure, "./payload": payloadClosure} {
		testClosure(t, dir, closure)
	}
}

func testClosure(t *testing.T, dir string, closure []string) {
	t.Helper()
	for _, platform := range []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"} {
		goos, goarch, _ := strings.Cut(platform, "/")
		cmd := exec.Command("go", "list", "-deps", dir)
		cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		for p := range strings.Lines(string(out)) {
			if p = strings.TrimSpace(p); !strings.HasPrefix(p, "internal/") && !slices.Contains(closure, p) {
				t.Errorf("%s on %s: %s", dir, platform, p)
			}
		}
	}
}

// What may be below each package: of the standard library's packages these and
// their internal ones. It is unsafe's user, not this repository.
var (
	closure        = []string{"context", "github.com/coldcrank/coldcrank/lambda/ric", "time"}
	bareClosure    = append([]string{"bytes", "cmp", "github.com/coldcrank/coldcrank/lambda/ric/bare", "github.com/coldcrank/coldcrank/lambda/ric/internal/wire", "io", "iter", "math", "reflect", "slices", "sync", "sync/atomic", "syscall", "unicode"}, payloadClosure...)
	payloadClosure = []string{
		"errors", "github.com/coldcrank/coldcrank/lambda/ric/internal/base64", "github.com/coldcrank/coldcrank/lambda/ric/internal/jsonstring", "github.com/coldcrank/coldcrank/lambda/ric/payload",
		"math/bits", "runtime", "strconv", "unicode/utf8", "unsafe",
	}
)

// TestSafe: neither this package nor any below it in this repository goes around
// the type system.
func TestSafe(t *testing.T) {
	var dirs []string
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			if filepath.Ext(name) == ".s" && !strings.Contains(name, "prefetch") {
				t.Errorf("%s: assembly", name)
			}
			if filepath.Ext(name) != ".go" {
				continue
			}
			read++
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(data, []byte("//go:linkname")) {
				t.Errorf("%s: linkname", name)
			}
		}
		pkg, err := build.ImportDir(dir, 0)
		if _, none := err.(*build.NoGoError); none {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(pkg.Imports, "unsafe") || slices.Contains(pkg.Imports, "C") {
			t.Errorf("%s imports %q", dir, pkg.Imports)
		}
	}
	if read < 10 {
		t.Errorf("%d files read: the test looks at the wrong place", read)
	}
}
