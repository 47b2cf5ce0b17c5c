package size

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
	"github.com/coldcrank/coldcrank/scripts/internal/gosource"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

var update = flag.Bool("update", false, "write the golden files")

// made is a size with what somebody else may have written in its names.
func made() *Size {
	s := &Size{Bytes: 5_000_000, ZipBytes: 2_100_000, modules: map[string]string{"std": "go1.26.8", "example.com/shop": "(devel)", "github.com/aws/aws-lambda-go": "v1.55.1"}}
	s.Packages = []Package{
		{Path: "main", Module: "example.com/shop", Bytes: 2_010_000, Code: 6000, Table: 3000, Data: 1000, Embedded: 2_000_000, ZipBytes: 1_000_000, Chain: []string{"main"}, OnlyBytes: 3_900_000,
			Files: []Part{{"\x1b[31mred|<b>@here\u202e.bin", 2_000_000, 996_000}}},
		{Path: "runtime", Module: "std", Bytes: 1_000_000, Code: 500_000, Table: 400_000, Data: 100_000, ZipBytes: 450_000},
		{Path: "net/http", Module: "std", Bytes: 900_000, Code: 500_000, Table: 300_000, Data: 100_000, ZipBytes: 400_000, Chain: []string{"main", "github.com/aws/aws-lambda-go/lambda", "net/http"}, OnlyBytes: 900_000},
		{Path: "github.com/aws/aws-lambda-go/lambda", Module: "github.com/aws/aws-lambda-go", Bytes: 500_000, Code: 500_000, ZipBytes: 150_000, Chain: []string{"main", "github.com/aws/aws-lambda-go/lambda"}, OnlyBytes: 1_400_000},
	}
	s.Rest = []Part{{"code of no package: assembly, comparisons of types", 90_000, 40_000}, {"headers, and padding between sections", 500_000, 9_850}, {"the zip's own headers", 0, 150}}
	s.Files = []Part{{"lib/data.txt", 100_000, 50_000}}
	s.Notes = []string{"A note."}
	return s
}

// TestSheet shows it as the command does. What is in names is text there.
func TestSheet(t *testing.T) {
	old := made()
	old.Bytes, old.ZipBytes, old.Notes = 3_100_000, 1_200_000, nil
	old.Packages = slices.Clone(old.Packages)
	old.Packages[0].Bytes, old.Packages[0].Files = 10_000, nil
	old.Packages[3].Path, old.Packages[3].Bytes = "github.com/aws/aws-lambda-go/lambda/old", 600_000
	s := made()
	s.Against("main", old)
	sheets := []sheet.Sheet{s.Sheet()}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"sheet.txt": func(b *bytes.Buffer) error {
			return render.Sheets(b, "Shop/Orders", sheets, render.TableOptions{Width: 100})
		},
		"sheet.md": func(b *bytes.Buffer) error { return render.SheetsMarkdown(b, "Shop/Orders", sheets) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.String(); got != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
		if bytes.ContainsAny(b.Bytes(), "\x1b\u202e") {
			t.Errorf("%s has control characters", name)
		}
	}
}

func TestAgainst(t *testing.T) {
	old := &Size{Bytes: 900, ZipBytes: 400, Packages: []Package{
		{Path: "gone", Bytes: 300, ZipBytes: 100, Chain: []string{"main", "gone"}},
		{Path: "main", Bytes: 200, ZipBytes: 90, Files: []Part{{"a.txt", 50, 20}}, Chain: []string{"main"}},
		{Path: "same", Bytes: 10, ZipBytes: 5, Chain: []string{"main", "same"}},
	}, Rest: []Part{{"headers", 100, 10}}, Notes: []string{"No source."}}
	now := &Size{Bytes: 1500, ZipBytes: 500, Packages: []Package{
		{Path: "new", Bytes: 700, ZipBytes: 150, Chain: []string{"main", "new"}},
		{Path: "main", Bytes: 240, ZipBytes: 110, Files: []Part{{"a.txt", 80, 30}}},
		{Path: "same", Bytes: 10, ZipBytes: 6},
	}, Rest: []Part{{"headers", 90, 10}}, Files: []Part{{"lib.so", 5, 4}}}
	now.Against("main", old)
	want := &Base{Ref: "main", Bytes: 900, ZipBytes: 400, Changes: []Change{
		{"new", 0, 700, 150, []string{"main", "new"}},
		{"main: a.txt", 50, 80, 10, []string{"main"}},
		{"main", 150, 160, 10, []string{"main"}},
		{"lib.so, beside the executable", 0, 5, 4, nil},
		{"headers", 100, 90, 0, nil},
		{"gone", 300, 0, -100, []string{"main", "gone"}},
	}}
	if !reflect.DeepEqual(now.Base, want) {
		t.Errorf("got  %+v\nwant %+v", now.Base, want)
	}
	if want := []string{"main: No source."}; !slices.Equal(now.Notes, want) {
		t.Errorf("notes %q, want %q", now.Notes, want)
	}
	same := *now
	now.Against("itself", &same)
	if now.Base.Changes != nil || len(now.Sheet().Tables) != 4 {
		t.Errorf("against itself: %+v", now.Base)
	}
}

func TestImports(t *testing.T) {
	std := map[string]string{"golang.org/x/net": "vendor/golang.org/x/net"}
	s := &gosource.Source{Packages: []gosource.Package{
		{ImportPath: "runtime", Imports: []string{"internal/abi", "unsafe"}},
		{ImportPath: "internal/abi"},
		{ImportPath: "vendor/golang.org/x/net", Imports: []string{"os"}},
		{ImportPath: "os", Imports: []string{"runtime", "internal/abi"}},
		{ImportPath: "net/http", Imports: []string{"golang.org/x/net", "crypto", "os"}, ImportMap: std},
		{ImportPath: "crypto"},
		{ImportPath: "b", Imports: []string{"net/http", "crypto"}},
		{ImportPath: "a", Imports: []string{"net/http"}},
		{ImportPath: "main", Imports: []string{"b", "a", "os", "C"}},
	}}
	packages := []Package{{Path: "main", Bytes: 1}, {Path: "a", Bytes: 2}, {Path: "b", Bytes: 4}, {Path: "net/http", Bytes: 8}, {Path: "crypto", Bytes: 16}, {Path: "vendor/golang.org/x/net", Bytes: 32}, {Path: "os", Bytes: 64}, {Path: "internal/abi", Bytes: 128}, {Path: "go:linker", Bytes: 256}}
	imports(s, packages)
	want := map[string]struct {
		chain string
		only  int64
	}{
		"main": {"main", 1 + 2 + 4 + 8 + 16 + 32 + 64}, "a": {"main → a", 2}, "b": {"main → b", 4},
		"net/http": {"main → a → net/http", 8 + 32}, // crypto: b has it too
		"crypto":   {"main → b → crypto", 16}, "vendor/golang.org/x/net": {"main → a → net/http → vendor/golang.org/x/net", 32},
		"os": {"main → os", 64}, "internal/abi": {"", 0}, "go:linker": {"", 0},
	}
	for _, p := range packages {
		if w := want[p.Path]; chain(p.Chain) != w.chain || p.OnlyBytes != w.only {
			t.Errorf("%s: %s, only %d; want %+v", p.Path, chain(p.Chain), p.OnlyBytes, w)
		}
	}
}

func TestCharge(t *testing.T) {
	l := &ledger{groups: []*group{
		{kind: constants, own: map[string]int64{}, ranges: []span{{start: 0, end: 5000}}, spans: []span{{start: 100, end: 2100, pkg: "a", file: "x.bin"}}},
		{kind: variables, own: map[string]int64{}, ranges: []span{{start: 5000, end: 6000}}},
	}}
	symbols := []gosource.Symbol{
		{Name: "a.F", Package: "a", Bytes: 20}, {Name: "type:a.T", Package: "a", Kind: gosource.Constant, Bytes: 100},
		{Name: "go:string.x", Package: "main", Kind: gosource.Constant, Bytes: 9}, {Name: "a.table", Package: "a", Kind: gosource.Variable, Bytes: 300},
		{Name: "a.F.arginfo1", Package: "a", Kind: gosource.Constant, Bytes: 7},                  // counts with the function table
		{Name: "go:string..gostring.2000.x", Package: "a", Kind: gosource.Constant, Bytes: 2000}, // is the embedded file
		{Name: "go:linker", Kind: gosource.Constant, Bytes: 50},
	}
	if err := l.charge(symbols); err != nil {
		t.Fatal(err)
	}
	for i, want := range []map[string]int64{{"a": 100, "main": 9}, {"a": 300}} {
		if got := l.groups[i].own; !maps.Equal(got, want) {
			t.Errorf("group %d: got %v, want %v", i, got, want)
		}
	}
	symbols[3].Bytes = 1001
	if err := l.charge(symbols); err == nil || len(l.groups[1].own) != 0 {
		t.Errorf("more than there is: %v, %v", err, l.groups[1].own)
	}
}
