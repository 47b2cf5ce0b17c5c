package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"
)

// consumer is somebody else's module: its CDK app imports the construct from the
// read-only module cache, beside a DynamoDB grant and an environment variable, and it
// has coldcrank as a tool of its go.mod, in the version that is returned.
func consumer(t *testing.T) (shop, version string, env []string) {
	t.Helper()
	shop = t.TempDir()
	copyTree(t, filepath.Join("..", "..", "infra", "testdata", "consumer"), shop)
	if err := os.WriteFile(filepath.Join(shop, "cdk.json"), []byte(`{"app": "go run ./infra"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	version, env = publish(t)
	// The sums of what both modules need: tidy drops the rest.
	copyTree(t, filepath.Join("..", "..", "go.sum"), filepath.Join(shop, "go.sum"))
	gomod := filepath.Join(shop, "go.mod")
	required := bytes.ReplaceAll(readFile(t, gomod), []byte(modulePath+" v0.0.0\n"), []byte(modulePath+" "+version+"\n"))
	if err := os.WriteFile(gomod, required, 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, run(t, shop, env, "go", "get", "-tool", modulePath+"/scripts/coldcrank@"+version))
	must(t, run(t, shop, env, "go", "mod", "tidy"))
	if !bytes.Contains(readFile(t, gomod), []byte("tool "+modulePath+"/scripts/coldcrank\n")) {
		t.Errorf("go.mod has no such tool:\n%s", readFile(t, gomod))
	}
	return shop, version, env
}

// TestE2EConsumer measures both functions of somebody else's module.
func TestE2EConsumer(t *testing.T) {
	setup(t)
	shop, version, env := consumer(t)
	out := run(t, shop, env, "go", "tool", "coldcrank", "run", "--burst", "3", "--rounds", "2", "--json")
	r := allCold(t, out, 2)
	if got := filepath.Dir(r.File); !same(t, got, filepath.Join(shop, "results")) {
		t.Errorf("results are in %s, want them beside cdk.json", got)
	}
	if r.Header.Tool != "coldcrank "+version {
		t.Errorf("measured by %q, want version %s", r.Header.Tool, version)
	}
	for _, g := range r.Header.Targets {
		if g.Stack != "Shop" || g.GoVersion == "" || g.ExecutableBytes == 0 {
			t.Errorf("target %+v", g)
		}
	}
	if keys := r.Header.Targets[0].Key + " " + r.Header.Targets[1].Key; keys != "Shop/Health Shop/Orders" {
		t.Errorf("targets %s", keys)
	}
	for _, s := range readRun(t, r.File).Samples {
		checkSample(t, s)
		// Orders answers the name of its table, from its environment.
		if s.Target == "Shop/Orders" && s.Bytes <= int64(len("Shop-Table")) {
			t.Errorf("%s answered %d bytes, want a table's name", s.Target, s.Bytes)
		}
	}
	// show finds the file from a folder below.
	show := must(t, run(t, filepath.Join(shop, "orders"), env, "go", "tool", "coldcrank", "show", "--format", "json"))
	if show.stdout != out.stdout {
		t.Errorf("show prints\n%s\nand run printed\n%s", show.stdout, out.stdout)
	}
}

// same reports whether two paths are of one folder, links resolved.
func same(t *testing.T, a, b string) bool {
	t.Helper()
	x, err := os.Stat(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.Stat(b)
	if err != nil {
		t.Fatal(err)
	}
	return os.SameFile(x, y)
}

// publish makes a module proxy of files with this module in a version that its
// content names, and returns the environment in which the go command asks it.
// When the test ends, the version leaves the module cache again.
func publish(t *testing.T) (version string, env []string) {
	t.Helper()
	var files []modzip.File
	for _, root := range []string{"go.mod", "go.sum", "LICENSE", "infra", "lambda", "scripts"} {
		err := filepath.WalkDir(filepath.Join(shared.app, root), func(file string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			name, err := filepath.Rel(shared.app, file)
			// Folders named testdata hold modules of their own, and nothing
			// that a build reaches.
			if name = filepath.ToSlash(name); err == nil && !strings.Contains(name, "/testdata/") {
				files = append(files, moduleFile{name, file})
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	content := sha256.New()
	for _, f := range files {
		fmt.Fprintf(content, "%s\n%s\n", f.Path(), readFile(t, f.(moduleFile).file))
	}
	version = "v0.0.0-20060102150405-" + hex.EncodeToString(content.Sum(nil)[:6])

	proxy := t.TempDir()
	at := filepath.Join(proxy, filepath.FromSlash(modulePath), "@v")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := modzip.Create(&archive, module.Version{Path: modulePath, Version: version}, files); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		version + ".zip":  archive.Bytes(),
		version + ".mod":  readFile(t, shared.app, "go.mod"),
		version + ".info": fmt.Appendf(nil, `{"Version":%q,"Time":"2006-01-02T15:04:05Z"}`, version),
	} {
		if err := os.WriteFile(filepath.Join(at, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { forget(t, version) })
	return version, []string{
		"GOPROXY=" + (&url.URL{Scheme: "file", Path: filepath.ToSlash(proxy)}).String() + "," + goEnv(t, "GOPROXY"),
		"GONOSUMDB=" + modulePath,
		"GOWORK=off",
	}
}

// forget removes a version of this module from the module cache.
func forget(t *testing.T, version string) {
	t.Helper()
	cache := goEnv(t, "GOMODCACHE")
	dir := filepath.Join(cache, filepath.FromSlash(modulePath)+"@"+version)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o755)
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	downloads, err := filepath.Glob(filepath.Join(cache, "cache", "download", filepath.FromSlash(modulePath), "@v", version+".*"))
	if err != nil {
		t.Error(err)
	}
	for _, path := range append(downloads, dir) {
		if err := os.RemoveAll(path); err != nil {
			t.Error(err)
		}
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	// The test's context has ended when forget asks.
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// moduleFile implements modzip.File.
type moduleFile struct{ name, file string }

func (f moduleFile) Path() string                 { return f.name }
func (f moduleFile) Lstat() (fs.FileInfo, error)  { return os.Lstat(f.file) }
func (f moduleFile) Open() (io.ReadCloser, error) { return os.Open(f.file) }
