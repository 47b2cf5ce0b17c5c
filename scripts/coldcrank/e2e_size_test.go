package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/explain"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/size"
)

// TestExplainSize explains the size of a function that embeds 3 MB more than its base.
func TestExplainSize(t *testing.T) {
	setup(t)
	dir := filepath.Join(t.TempDir(), "app")
	if err := os.CopyFS(dir, os.DirFS(shared.app)); err != nil {
		t.Fatal(err)
	}
	main := filepath.Join(dir, "lambda", "health", "main.go")
	text := bytes.Replace(readFile(t, main), []byte("import (\n"), []byte("import (\n\t_ \"embed\"\n\t\"os\"\n"), 1)
	text = append(text, "\n//go:embed table.bin\nvar table []byte\n\nfunc init() { os.Stderr.Write(table[:0]) }\n"...)
	table := make([]byte, 3e6)
	rand.Read(table)
	for name, data := range map[string][]byte{main: text, filepath.Join(filepath.Dir(main), "table.bin"): table} {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}

	out := run(t, dir, nil, shared.command, "explain", "--size", "--base", "HEAD", "--format", "json")
	var reports []explain.Report
	if err := json.Unmarshal([]byte(out.stdout), &reports); err != nil || len(reports) != 1 || reports[0].Size == nil || reports[0].Size.Base == nil {
		t.Fatalf("exit code %d, %v in\n%s%s", out.code, err, out.stdout, out.stderr)
	}
	s := reports[0].Size
	var sum, growth int64
	for _, p := range s.Packages {
		sum += p.Bytes
	}
	for _, p := range s.Rest {
		sum += p.Bytes
	}
	for _, c := range s.Base.Changes {
		growth += c.Growth()
	}
	if sum != s.Bytes || s.Bytes != s.Base.Bytes+growth || growth < 3e6 {
		t.Errorf("lines of %d bytes in a file of %d; changes of %d bytes against a base of %d", sum, s.Bytes, growth, s.Base.Bytes)
	}
	if first := s.Base.Changes[0]; first.Name != "main: table.bin" || first.Growth() != 3e6 || first.Zip < 2.9e6 {
		t.Errorf("largest growth %+v", first)
	}
	if s.Notes != nil || reports[0].Missing != nil {
		t.Errorf("notes %q, missing %+v", s.Notes, reports[0].Missing)
	}
	i := slices.IndexFunc(s.Packages, func(p size.Package) bool { return p.Path == "net/http" })
	if i < 0 || !slices.Equal(s.Packages[i].Chain, []string{"main", "github.com/aws/aws-lambda-go/lambda", "net/http"}) {
		t.Errorf("net/http is not there, or of another chain: %+v", s.Packages)
	}

	out = run(t, dir, nil, shared.command, "explain", "--size", "--no-build")
	for _, want := range []string{"is the file table.bin that main embeds", "main → aws-lambda-go/lambda → net/http"} {
		if !strings.Contains(strings.ReplaceAll(out.stdout, "\n", " "), want) {
			t.Errorf("no %q in\n%s%s", want, out.stdout, out.stderr)
		}
	}
	out = run(t, dir, nil, shared.command, "explain", "--size", "--no-build", "--base", "nowhere")
	if want := `git ref "nowhere": there is no such commit here`; out.code != exitFailed || !strings.Contains(out.stderr, want) {
		t.Errorf("exit code %d, want %d and %q in\n%s%s", out.code, exitFailed, want, out.stdout, out.stderr)
	}
}
