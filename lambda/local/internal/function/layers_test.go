package function

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/rootfs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/tree"
)

// layer makes a folder with files: name, content by turns.
func layer(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// zipped packs a folder, as an asset that is a file.
func zipped(t *testing.T, dir string) string {
	t.Helper()
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	if err := z.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "layer.zip")
	if err := os.WriteFile(file, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// "Adding layers to functions": of a file that several layers have, the last
// one's is there.
func TestLayersOverEachOther(t *testing.T) {
	layers := []string{
		layer(t, "lib/a", "first", "lib/b", "first", "only/first", "first"),
		zipped(t, layer(t, "lib/b", "second", "lib/c", "second")),
		layer(t, "lib/c", "third"),
	}
	left := int64(maxCode)
	dir, err := takeLayers(t.TempDir(), layers, &left)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tree.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	for name, want := range map[string]string{"lib/a": "first", "lib/b": "second", "lib/c": "third", "only/first": "first"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
	for name, want := range map[string]os.FileMode{".": 0o555, "lib": 0o555, "lib/c": 0o444} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
	if want := int64(maxCode - 3*len("first") - 2*len("second") - len("third")); left != want {
		t.Errorf("left for more: %d, want %d", left, want)
	}
}

func TestLayersRefused(t *testing.T) {
	code, file, folder := layer(t, "bootstrap", "#!/bin/sh\n"), layer(t, "lib", "x"), layer(t, "lib/a", "x")
	for name, c := range map[string]struct {
		layers []string
		want   string
	}{
		"too many":         {slices.Repeat([]string{file}, 6), "it has 6 layers: Lambda takes 5"},
		"folder over file": {[]string{file, folder}, "copy layer 2 of 2: lib is a folder in one and a file in another"},
		"file over folder": {[]string{folder, file}, "copy layer 2 of 2: lib is a folder in one and a file in another"},
		"none":             {[]string{filepath.Join(file, "none")}, "copy layer 1 of 1: "},
	} {
		temp := t.TempDir()
		_, err := takeCode(temp, code, code, c.layers...)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s…", name, err, c.want)
		}
		if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
			t.Errorf("%s: left in the temporary folder: %v (%v)", name, left, err)
		}
	}
}

// What one layer takes, the next has no more.
func TestLayersTooLargeTogether(t *testing.T) {
	one := layer(t, "one", "123")
	left := int64(5)
	dir, err := takeLayers(t.TempDir(), []string{one, one}, &left)
	if want := "copy layer 2 of 2: the code is larger than 250 MB with its layers"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s…", err, want)
	}
	if err := tree.Remove(dir); err != nil {
		t.Error(err)
	}
}

// TestBootstrapOfLayer runs a function whose code has no bootstrap: a layer
// brings it, as custom runtimes are shared ("Building a custom runtime").
func TestBootstrapOfLayer(t *testing.T) {
	give := t.Skip
	if os.Getenv("CI") != "" {
		give = t.Fatal
	}
	if err := rootfs.Permitted(); err != nil {
		give(err)
	}
	runtime := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(runtime, "bootstrap"), "../sandbox/testdata/files").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	code := layer(t, "handler.txt", "of the code")
	t.Setenv("TMPDIR", t.TempDir())
	h := NewHost(logs.New(), NewGate(2, nil))
	h.Isolated = true
	f, err := New(h, &assembly.Function{
		Name: "orders", ARN: arn, Runtime: "provided.al2023", MemoryMB: 512, EphemeralMB: 512, Timeout: 30e9, LogGroup: "/orders",
		CodeDir: code, ShippedDir: code, LayerDirs: []string{layer(t, "data", "first"), runtime, zipped(t, layer(t, "data", "last"))},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ do, name, want string }{
		{"where", "", "/opt/bootstrap|/var/task|/var/task|/tmp|"},
		{"list", "/opt", "bootstrap data"},
		{"read", "/opt/data", "last"},
		{"read", "/var/task/handler.txt", "of the code"},
	} {
		r := invoke(t, f, "", fmt.Sprintf(`{"do":%q,"name":%q}`, c.do, c.name))
		var got string
		if err := json.Unmarshal(r.Payload, &got); err != nil || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %s: got %s, want %q", c.do, c.name, r.Payload, c.want)
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v (%v)", left, err)
	}
}
