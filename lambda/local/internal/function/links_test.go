package function

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/rootfs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/tree"
)

// linked packs entries in their order: name, content by turns. "@" before a name
// makes a link to the content.
func linked(t *testing.T, entries ...string) string {
	t.Helper()
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	for i := 0; i < len(entries); i += 2 {
		name, link := strings.CutPrefix(entries[i], "@")
		h := &zip.FileHeader{Name: name}
		h.SetMode(0o644)
		if link {
			h.SetMode(0o777 | fs.ModeSymlink)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, entries[i+1]); err != nil {
			t.Fatal(err)
		}
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

// Links of a zip file stay links, as on Lambda; the next layer replaces the link
// and not what it leads to.
func TestLinksOfLayers(t *testing.T) {
	left := int64(maxCode)
	dir, err := takeLayers(t.TempDir(), []string{
		linked(t, "lib/libx.so.1.2", "first", "@lib/libx.so.1", "libx.so.1.2", "@lib/libx.so", "libx.so.1", "@lib64", "lib"),
		linked(t, "lib/libx.so", "second"),
	}, &left)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tree.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	for name, want := range map[string]string{"lib/libx.so.1.2": "first", "lib/libx.so.1": "first", "lib/libx.so": "second", "lib64/libx.so.1": "first"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
	for name, want := range map[string]string{"lib/libx.so.1": "libx.so.1.2", "lib64": "lib"} {
		if got, err := os.Readlink(filepath.Join(dir, name)); err != nil || got != want {
			t.Errorf("%s leads to %q, %v, want %q", name, got, err, want)
		}
	}
}

// TestHostileLinks: what a zip file's links lead to is neither written nor made
// anybody else's to read or write, whatever comes behind them.
func TestHostileLinks(t *testing.T) {
	outside := t.TempDir()
	victim := filepath.Join(outside, "victim")
	if err := os.WriteFile(victim, []byte("untouched"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(outside, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	code, empty := zipFile(t, "data", 0o644, "x", 1), layer(t, "data", "x")
	const both = " is a folder in one and a file in another"
	for name, c := range map[string]struct {
		code   string
		layers []string
		want   string // empty: it is taken
	}{
		"through a folder":            {code, []string{linked(t, "@a", outside, "a/victim", "changed")}, "duplicate entries in zip file"},
		"the folder behind it":        {code, []string{linked(t, "a/victim", "changed", "@a", outside)}, "duplicate entries in zip file"},
		"through a folder, next":      {code, []string{linked(t, "@a", outside), linked(t, "a/victim", "changed")}, "a" + both},
		"relative":                    {code, []string{linked(t, "@a", "../../../../../../../.."+outside), linked(t, "a/victim", "changed")}, "a" + both},
		"through two":                 {code, []string{linked(t, "@a", "b", "@b", outside), linked(t, "a/victim", "changed")}, "a" + both},
		"the name leads out":          {code, []string{linked(t, "@../../a", outside), linked(t, "a/victim", "changed")}, "a" + both},
		"a file over it":              {code, []string{linked(t, "@a", victim), linked(t, "a", "changed")}, ""},
		"a link over it":              {code, []string{linked(t, "@a", outside), linked(t, "@a", outside+"/folder")}, ""},
		"of the code":                 {linked(t, "@a", outside, "@bootstrap", "a/victim"), nil, "not lead out of code or layers: "},
		"bootstrap leads out":         {empty, []string{linked(t, "@bootstrap", victim)}, "not lead out of code or layers: "},
		"bootstrap leads out of /opt": {empty, []string{linked(t, "@bootstrap", "../../victim")}, "not lead out of code or layers: "},
		"bootstrap leads nowhere":     {empty, []string{linked(t, "@bootstrap", "bootstrap2")}, "has no bootstrap"},
	} {
		temp := t.TempDir()
		taken, err := takeCode(temp, c.code, c.code, c.layers...)
		if c.want == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if err == nil {
			err = taken.remove()
		}
		if left, lost := os.ReadDir(temp); lost != nil || len(left) > 0 {
			t.Errorf("%s: left in the temporary folder: %v (%v, %v)", name, left, lost, err)
		}
		if got, err := os.ReadFile(victim); err != nil || string(got) != "untouched" {
			t.Fatalf("%s: the file outside holds %q, %v", name, got, err)
		}
		for at, want := range map[string]fs.FileMode{"victim": 0o600, "folder": 0o700} {
			if info, err := os.Stat(filepath.Join(outside, at)); err != nil || info.Mode().Perm() != want {
				t.Fatalf("%s: %s outside has %v, %v, want %v", name, at, info, err, want)
			}
		}
		if list, err := os.ReadDir(outside); err != nil || len(list) != 2 {
			t.Fatalf("%s: outside are %v, %v", name, list, err)
		}
	}
}

// TestFunctionSeesLinks: of code and of layers, relative and by the names that a
// function knows.
func TestFunctionSeesLinks(t *testing.T) {
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
	code := linked(t, "data.txt", "of the code", "@link", "data.txt", "@layer", "/opt/lib/libx.so")
	t.Setenv("TMPDIR", t.TempDir())
	h := NewHost(logs.New(), NewGate(2, nil))
	h.Isolated = true
	f, err := New(h, &assembly.Function{
		Name: "orders", ARN: arn, Runtime: "provided.al2023", MemoryMB: 512, EphemeralMB: 512, Timeout: 30e9, LogGroup: "/orders",
		CodeDir: code, ShippedDir: code, LayerDirs: []string{runtime, linked(t, "lib/libx.so.1", "of the layer", "@lib/libx.so", "libx.so.1", "@absolute", "/opt/lib/libx.so.1")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, want string }{
		{"/var/task/link", "of the code"},
		{"/var/task/layer", "of the layer"},
		{"/opt/lib/libx.so", "of the layer"},
		{"/opt/absolute", "of the layer"},
	} {
		r := invoke(t, f, "", fmt.Sprintf(`{"do":"read","name":%q}`, c.name))
		var got string
		if err := json.Unmarshal(r.Payload, &got); err != nil || got != c.want {
			t.Errorf("%s: got %s, want %q", c.name, r.Payload, c.want)
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v (%v)", left, err)
	}
}
