package size

import (
	"bytes"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// shipped builds a program as the construct ships it, in a folder of its own.
func shipped(t *testing.T, dir, program string, flags ...string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "bootstrap")
	args := slices.Concat([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", file}, flags, []string{program})
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return file
}

// read reads the size of a file whose source is in dir, and checks that the lines are
// the file, byte for byte, and the zip.
func read(t *testing.T, file, dir string) *Size {
	t.Helper()
	s, err := Read(t.Context(), file, dir)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	var sum, zip int64
	for _, p := range s.Packages {
		sum, zip = sum+p.Bytes, zip+p.ZipBytes
		if p.Code < 0 || p.Table < 0 || p.Data < 0 || p.Embedded < 0 || p.Bytes != p.Code+p.Table+p.Data+p.Embedded {
			t.Errorf("%+v", p)
		}
	}
	for _, r := range s.Rest {
		sum, zip = sum+r.Bytes, zip+r.ZipBytes
		if r.Bytes < 0 || r.ZipBytes < 0 {
			t.Errorf("%+v", r)
		}
	}
	for _, f := range s.Files {
		zip += f.ZipBytes
	}
	if sum != s.Bytes || s.Bytes != info.Size() {
		t.Errorf("lines of %d bytes, size %d, a file of %d", sum, s.Bytes, info.Size())
	}
	if zip != s.ZipBytes {
		t.Errorf("lines of %d bytes in a zip of %d", zip, s.ZipBytes)
	}
	return s
}

func (s *Size) find(path string) Package {
	for _, p := range s.Packages {
		if p.Path == path {
			return p
		}
	}
	return Package{}
}

// TestReadHealth takes the health function apart, as it is shipped.
func TestReadHealth(t *testing.T) {
	top, err := filepath.Abs(filepath.Join("..", "..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	const health = "github.com/coldcrank/coldcrank/lambda/health"
	file := shipped(t, top, health, "-tags=lambda.norpc,nethttpomithttp2")
	s := read(t, file, top)
	if s.Notes != nil {
		t.Errorf("notes %q", s.Notes)
	}
	var owned int64
	for _, p := range s.Packages {
		owned += p.Bytes
	}
	if share := float64(owned) / float64(s.Bytes); share < 0.9 {
		t.Errorf("packages have %.3f of the file", share)
	}
	web := s.find("net/http")
	want := []string{"main", "github.com/aws/aws-lambda-go/lambda", "net/http"}
	if !slices.Equal(web.Chain, want) || web.Module != "std" {
		t.Errorf("net/http: module %s, chain %q, want %q", web.Module, web.Chain, want)
	}
	if web.Code < 5e4 || web.Table < 5e4 || web.Data < 2e4 || web.ZipBytes < 5e4 || web.OnlyBytes < s.Bytes/3 {
		t.Errorf("net/http: %+v", web)
	}
	if p := s.find("github.com/aws/aws-lambda-go/lambda"); p.Module != "github.com/aws/aws-lambda-go" || p.OnlyBytes < web.OnlyBytes {
		t.Errorf("aws-lambda-go: %+v", p)
	}
	if p := s.find("main"); p.Module != "github.com/coldcrank/coldcrank" || !slices.Equal(p.Chain, []string{"main"}) {
		t.Errorf("main: %+v", p)
	}
	if p := s.find("runtime"); p.Chain != nil || p.Bytes < 5e5 {
		t.Errorf("runtime: %+v", p)
	}
	if p := s.find("crypto/internal/entropy/v1.0.0"); p.Bytes == 0 {
		t.Error("no line of a package with dots in its last element")
	}
}

// files writes files, and returns their folder.
func files(t *testing.T, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// embedding embeds a file of 300 kB in a package, and smaller ones in the program. It is
// in a module of its own below the folder that is asked.
func embedding(t *testing.T) string {
	big := make([]byte, 3e5)
	rand.Read(big)
	return files(t, map[string]string{
		"functions/shop/go.mod":              "module example.com/shop\n\ngo 1.26\n",
		"functions/shop/main.go":             "package main\n\nimport (\n\t\"os\"\n\t_ \"embed\"\n\n\t\"example.com/shop/assets\"\n)\n\n//go:embed table.txt\nvar table []byte\n\nvar version = \"none\"\n\nfunc main() {\n\td, _ := assets.Files.ReadFile(\"big data.bin\")\n\tos.Stdout.Write(d)\n\tos.Stdout.Write(table)\n\tos.Stdout.WriteString(version)\n}\n",
		"functions/shop/table.txt":           strings.Repeat("a line of a table\n", 500),
		"functions/shop/assets/assets.go":    "// Package assets is embedded.\npackage assets\n\nimport \"embed\"\n\n//go:embed *.bin\nvar Files embed.FS\n",
		"functions/shop/assets/big data.bin": string(big),
	})
}

func TestReadEmbedded(t *testing.T) {
	dir := embedding(t)
	file := shipped(t, filepath.Join(dir, "functions", "shop"), ".")
	s := read(t, file, dir)
	if s.Notes != nil {
		t.Errorf("notes %q", s.Notes)
	}
	assets, program := s.find("example.com/shop/assets"), s.find("main")
	if f := assets.Files; len(f) != 1 || f[0].Name != "big data.bin" || f[0].Bytes != 3e5 || f[0].ZipBytes < 2.95e5 || assets.Embedded != 3e5 {
		t.Errorf("assets: %+v", assets)
	}
	if assets.Data > 1e4 {
		t.Errorf("%d bytes of data: the embedded file counts twice", assets.Data)
	}
	if f := program.Files; len(f) != 1 || f[0].Name != "table.txt" || f[0].Bytes != 9000 || f[0].ZipBytes > 1000 {
		t.Errorf("main: %+v", program)
	}
	if want := []string{"main", "example.com/shop/assets"}; !slices.Equal(assets.Chain, want) {
		t.Errorf("chain %q, want %q", assets.Chain, want)
	}
	if got := s.Sheet().Answer; !strings.Contains(got, "is the file big data.bin that example.com/shop/assets embeds") {
		t.Errorf("answer %q", got)
	}

	// Other linker flags than the default, which -trimpath does not note.
	other := shipped(t, filepath.Join(dir, "functions", "shop"), ".", "-ldflags=-w -X main.version="+strings.Repeat("v", 100))
	if s := read(t, other, dir); s.Notes != nil || s.find("runtime").Data == 0 || len(s.find("main").Files) != 1 {
		t.Errorf("with -X: %q, %+v", s.Notes, s.find("main"))
	}

	// Without its source, the file is of no package, and its line says so.
	s = read(t, file, t.TempDir())
	if len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "embedded files are of no package here") || !strings.Contains(s.Notes[0], "example.com/shop") {
		t.Errorf("notes %q", s.Notes)
	}
	if i := slices.IndexFunc(s.Rest, func(p Part) bool { return p.Bytes > 3e5 && strings.HasPrefix(p.Name, "types, strings") }); i < 0 {
		t.Errorf("rest %+v", s.Rest)
	}

	// With another source than it was built from, neither.
	if err := os.WriteFile(filepath.Join(dir, "functions", "shop", "more.go"), []byte("package main\n\nimport \"os\"\n\nfunc init() { os.Getppid() }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s = read(t, file, dir)
	if len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "it makes other code than the executable has") || s.find("runtime").Data != 0 || s.traced() {
		t.Errorf("another source: notes %q, %+v", s.Notes, s.find("runtime"))
	}
}

// TestOnly removes the import that most is said to be there for: the file shrinks by
// that much or somewhat more, since what both use shrinks as well.
func TestOnly(t *testing.T) {
	dir := files(t, map[string]string{
		"go.mod":  "module example.com/only\n\ngo 1.26\n",
		"main.go": "package main\n\nimport (\n\t\"encoding/json\"\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tvar v map[string]any\n\tfmt.Println(json.NewDecoder(os.Stdin).Decode(&v), v)\n\tmore()\n}\n",
		"web.go":  "//go:build !plain\n\npackage main\n\nimport (\n\t\"fmt\"\n\t\"net/http\"\n)\n\nfunc more() { fmt.Println(http.Get(\"http://127.0.0.1/\")) }\n",
		"none.go": "//go:build plain\n\npackage main\n\nfunc more() {}\n",
	})
	with, without := read(t, shipped(t, dir, ".", "-tags=nethttpomithttp2"), dir), read(t, shipped(t, dir, ".", "-tags=plain"), dir)
	said, true := with.find("net/http").OnlyBytes, with.Bytes-without.Bytes
	t.Logf("net/http and what only it imports: %d bytes; without it the file is %d smaller", said, true)
	if share := float64(said) / float64(true); share < 0.75 || share > 1.05 {
		t.Errorf("%.2f of what it is", share)
	}
	with.Against("plain", without)
	first := with.Base.Changes[0]
	if i := slices.IndexFunc(with.Base.Changes, func(c Change) bool { return c.Growth() < 0 }); i == 0 || first.Old != 0 || first.Zip <= 0 || !slices.Contains(first.Chain, "net/http") {
		t.Errorf("largest growth %+v", first)
	}
}

// TestReadOthers reads what is no program of Go, and what is damaged.
func TestReadOthers(t *testing.T) {
	dir := files(t, map[string]string{"bootstrap": "#!/bin/sh\n", "lib/data.txt": strings.Repeat("data ", 1000), outputs.ShippedDir + "/x": "not in the zip"})
	s := read(t, filepath.Join(dir, "bootstrap"), dir)
	if len(s.Files) != 1 || s.Files[0].Name != "lib/data.txt" || s.Files[0].Bytes != 5000 || s.Files[0].ZipBytes > 100 {
		t.Errorf("files %+v", s.Files)
	}
	if s.Packages != nil || s.Rest[0] != (Part{"not an ELF executable", 10, s.Rest[0].ZipBytes}) {
		t.Errorf("%+v", s.Rest)
	}
	broken := files(t, map[string]string{"bootstrap": "\x7fELF\x02\x01\x01"})
	if _, err := Read(t.Context(), filepath.Join(broken, "bootstrap"), broken); err == nil {
		t.Error("an ELF header that is cut off is read")
	}
	if _, err := Read(t.Context(), filepath.Join(t.TempDir(), "none"), dir); !os.IsNotExist(err) {
		t.Errorf("no file: %v", err)
	}
}

// FuzzLedger damages the headers of an executable: it is refused, or each byte is in
// one line.
func FuzzLedger(f *testing.F) {
	header := append([]byte("\x7fELF\x02\x01\x01\x00"), make([]byte, 8)...)
	header = append(header, 2, 0, 0xb7, 0, 1, 0, 0, 0)
	header = append(header, make([]byte, 16)...)     // entry, program headers
	header = append(header, 64, 0, 0, 0, 0, 0, 0, 0) // section headers
	header = append(header, 0, 0, 0, 0, 64, 0, 56, 0, 0, 0, 64, 0, 3, 0, 2, 0)
	sections := make([]byte, 3*64)
	sections[64], sections[64+4], sections[64+25], sections[64+32] = 1, 1, 1, 40     // .text at 256, 40 bytes
	sections[128], sections[128+4], sections[128+25], sections[128+32] = 7, 3, 1, 17 // .shstrtab at 256, 17 bytes
	f.Add(slices.Concat(header, sections, []byte("\x00.text\x00.shstrtab\x00"), bytes.Repeat([]byte{1}, 60)))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := newLedger(data)
		if err != nil {
			return
		}
		zips, err := l.compress(data, 100)
		if err != nil {
			t.Fatal(err)
		}
		l.settle(zips)
		var sum int64
		for _, r := range l.rest {
			sum += r.Bytes
		}
		for _, p := range l.packages {
			sum += p.code + p.table + p.data
		}
		if sum != int64(len(data)) {
			t.Errorf("lines of %d bytes in a file of %d", sum, len(data))
		}
	})
}
