package ric

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
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
	for _, platform := range []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"} {
		for dir, list := range map[string][]string{
			"./payload": slices.Concat(least, []string{module + "payload"}),
			"./bare":    slices.Concat(least, client),
			".":         slices.Concat(least, client, []string{"context", strings.TrimSuffix(module, "/"), "time"}),
		} {
			for _, p := range closure(t, platform, dir) {
				if !strings.HasPrefix(p, "internal/") && !slices.Contains(list, p) {
					t.Errorf("%s on %s: %s", dir, platform, p)
				}
			}
		}
		if slices.Contains(closure(t, platform, "./richttp"), "encoding/json") {
			t.Errorf("./richttp on %s: encoding/json", platform)
		}
	}
}

func closure(t *testing.T, platform, dir string) []string {
	t.Helper()
	goos, goarch, _ := strings.Cut(platform, "/")
	cmd := exec.Command("go", "list", "-deps", dir)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

const module = "github.com/coldcrank/coldcrank/lambda/ric/"

// What may be below the packages: of the standard library's these and their internal
// ones. It is unsafe's user, not this repository.
var (
	least  = []string{"errors", module + "internal/base64", module + "internal/jsonstring", "math/bits", "runtime", "strconv", "unicode/utf8", "unsafe"}
	client = []string{"bytes", "cmp", module + "bare", module + "internal/wire", "io", "iter", "math", "reflect", "slices", "sync", "sync/atomic", "syscall", "unicode"}
)

// TestSafe: no package of this folder goes around the type system, on whatever
// platform, and none but entry has assembly.
func TestSafe(t *testing.T) {
	read := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		switch filepath.Ext(path) {
		case ".s":
			if filepath.Dir(path) != "entry" {
				t.Errorf("%s: assembly", path)
			}
			return nil
		case ".go":
		default:
			return nil
		}
		read++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.Contains(text, []byte("//go:linkname")) {
			t.Errorf("%s: linkname", path)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			if i.Path.Value == `"unsafe"` || i.Path.Value == `"C"` {
				t.Errorf("%s imports %s", path, i.Path.Value)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 10 {
		t.Errorf("%d files read: the test looks at the wrong place", read)
	}
}
