package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"
)

const thisModule = "github.com/coldcrank/coldcrank"

// TestConsumer is somebody else's module: it requires this one through a
// proxy, and so gets it into the read-only module cache, and builds functions
// of both.
func TestConsumer(t *testing.T) {
	version, env := publish(t)
	dir := t.TempDir()
	copyTree(t, "testdata/consumer", dir)
	gomod := filepath.Join(dir, "go.mod")
	replaceIn(t, gomod, thisModule+" v0.0.0\n", thisModule+" "+version+"\n")
	// The sums of what both modules need: tidy drops the rest.
	copyTree(t, "../go.sum", filepath.Join(dir, "go.sum"))
	shop := program{dir: dir, env: env}
	shop.goCommand(t, "mod", "tidy")

	t.Run("go.mod", func(t *testing.T) {
		golden(t, "consumer/go.mod", bytes.ReplaceAll(readFile(t, gomod), []byte(version), []byte("v0.0.0")))
		if bytes.Contains(readFile(t, dir, "go.sum"), []byte("cdk-nag")) {
			t.Error("an importer pays for cdk-nag")
		}
	})

	shop = compile(t, dir, env...)
	t.Run("synth", func(t *testing.T) {
		assembly := shop.must(t, nil)
		var template struct {
			Resources map[string]struct {
				Type       string
				Properties json.RawMessage
			}
			Outputs map[string]any
		}
		if err := json.Unmarshal(readFile(t, assembly, "Shop.template.json"), &template); err != nil {
			t.Fatal(err)
		}
		var functions, grants int
		for _, r := range template.Resources {
			properties := string(r.Properties)
			switch {
			case r.Type == "AWS::Lambda::Function":
				functions++
			case r.Type == "AWS::IAM::Policy" && strings.Contains(properties, `"dynamodb:GetItem"`):
				grants++
			}
		}
		if functions != 2 || grants != 1 {
			t.Errorf("%d functions and %d grants, want 2 and 1", functions, grants)
		}
		for _, id := range []string{"OrdersUrl", "OrdersDeploymentId", "HealthUrl", "HealthDeploymentId"} {
			if template.Outputs[id] == nil {
				t.Errorf("no output %s", id)
			}
		}
		built, err := filepath.Glob(filepath.Join(assembly, "asset.*", "bootstrap"))
		if err != nil || len(built) != 2 {
			t.Errorf("%d executables (%v), want 2", len(built), err)
		}
	})

	t.Run("compile error", func(t *testing.T) {
		replaceIn(t, filepath.Join(dir, "orders", "main.go"), `"TABLE"`, `TABLE`)
		_, got, status := shop.synth(t, nil)
		want := "benchapi: Shop/Orders: ./orders does not build: mend it\n" +
			"orders/main.go:15:74: undefined: TABLE\n"
		if got != want || status != 1 {
			t.Errorf("exit status %d and\n%swant 1 and\n%s", status, got, want)
		}
	})
	t.Run("not main", func(t *testing.T) {
		replaceIn(t, filepath.Join(dir, "orders", "main.go"), "package main", "package orders")
		_, got, status := shop.synth(t, nil)
		if !strings.HasPrefix(got, "benchapi: Shop/Orders: build ./orders: package is not main") || strings.Count(got, "\n") != 1 || status != 1 {
			t.Errorf("exit status %d and %q, want 1 and one line", status, got)
		}
	})
}

func replaceIn(t *testing.T, file, from, to string) {
	t.Helper()
	data := readFile(t, file)
	if !bytes.Contains(data, []byte(from)) {
		t.Fatalf("%s has no %s", file, from)
	}
	if err := os.WriteFile(file, bytes.ReplaceAll(data, []byte(from), []byte(to)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// publish makes a module proxy of files that has this module in a version of
// its own, and returns the environment in which the go command asks it. When
// the test ends, the version leaves the module cache again.
func publish(t *testing.T) (version string, env []string) {
	t.Helper()
	var archive bytes.Buffer
	// The zip's contents name the version, but the version is in the zip:
	// make one for its hash first.
	files := moduleFiles(t)
	if err := modzip.Create(&archive, module.Version{Path: thisModule, Version: "v0.0.0-test"}, files); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(archive.Bytes())
	version = "v0.0.0-20060102150405-" + hex.EncodeToString(sum[:6])

	proxy := t.TempDir()
	at := filepath.Join(proxy, filepath.FromSlash(thisModule), "@v")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	archive.Reset()
	if err := modzip.Create(&archive, module.Version{Path: thisModule, Version: version}, files); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		version + ".zip":  archive.Bytes(),
		version + ".mod":  readFile(t, "..", "go.mod"),
		version + ".info": fmt.Appendf(nil, `{"Version":%q,"Time":"2006-01-02T15:04:05Z"}`, version),
	} {
		if err := os.WriteFile(filepath.Join(at, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { forget(t, version) })
	return version, []string{
		"GOPROXY=" + (&url.URL{Scheme: "file", Path: filepath.ToSlash(proxy)}).String() + "," + goEnv(t, "GOPROXY"),
		"GONOSUMDB=" + thisModule,
		"GOWORK=off",
	}
}

// forget removes a version of this module from the module cache.
func forget(t *testing.T, version string) {
	t.Helper()
	cache := goEnv(t, "GOMODCACHE")
	dir := filepath.Join(cache, filepath.FromSlash(thisModule)+"@"+version)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o755)
	})
	if err != nil {
		t.Error(err)
	}
	downloads, err := filepath.Glob(filepath.Join(cache, "cache", "download", filepath.FromSlash(thisModule), "@v", version+".*"))
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

// moduleFiles are the files that a consumer's build can reach.
func moduleFiles(t *testing.T) []modzip.File {
	t.Helper()
	var files []modzip.File
	for _, root := range []string{"go.mod", "go.sum", "LICENSE", "infra", "lambda"} {
		err := filepath.WalkDir(filepath.Join("..", root), func(file string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			name, err := filepath.Rel("..", file)
			if err != nil {
				return err
			}
			name = filepath.ToSlash(name)
			// The consumer of this test is a module inside this one.
			if !strings.HasPrefix(name, path.Join("infra", "testdata")+"/") {
				files = append(files, moduleFile{name, file})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// moduleFile implements modzip.File.
type moduleFile struct{ name, file string }

func (f moduleFile) Path() string                 { return f.name }
func (f moduleFile) Lstat() (fs.FileInfo, error)  { return os.Lstat(f.file) }
func (f moduleFile) Open() (io.ReadCloser, error) { return os.Open(f.file) }
