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
	old.Bytes, old.ZipBytes = 3_100_000, 1_200_000
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
	}, Rest: []Part{{"headers", 100, 10}}}
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
	same := *now
	now.Against("itself", &same)
	if now.Base.Changes != nil || len(now.Sheet().Tables) != 4 {
		t.Errorf("against itself: %+v", now.Base)
	}
}

func TestImports(t *testing.T) {
	std := map[string]string{"golang.org/x/net": "vendor/golang.org/x/net"}
	s := &source{program: "example.com/shop", packages: []listed{
		{ImportPath: "runtime", Imports: []string{"internal/abi", "unsafe"}},
		{ImportPath: "internal/abi"},
		{ImportPath: "vendor/golang.org/x/net", Imports: []string{"os"}},
		{ImportPath: "os", Imports: []string{"runtime", "internal/abi"}},
		{ImportPath: "net/http", Imports: []string{"golang.org/x/net", "crypto", "os"}, ImportMap: std},
		{ImportPath: "crypto"},
		{ImportPath: "b", Imports: []string{"net/http", "crypto"}},
		{ImportPath: "a", Imports: []string{"net/http"}},
		{ImportPath: "example.com/shop", Imports: []string{"b", "a", "os", "C"}},
	}}
	packages := []Package{{Path: "main", Bytes: 1}, {Path: "a", Bytes: 2}, {Path: "b", Bytes: 4}, {Path: "net/http", Bytes: 8}, {Path: "crypto", Bytes: 16}, {Path: "vendor/golang.org/x/net", Bytes: 32}, {Path: "os", Bytes: 64}, {Path: "internal/abi", Bytes: 128}, {Path: "go:linker", Bytes: 256}}
	s.imports(packages)
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

// TestCharge follows what the linker says: a symbol of one package is that package's,
// a shared one is of whoever needed it first.
func TestCharge(t *testing.T) {
	l := &ledger{groups: []*group{
		{kind: constants, own: map[string]int64{}, ranges: []span{{start: 0, end: 5000}}, spans: []span{{start: 100, end: 2100, pkg: "a", file: "x.bin"}}},
		{kind: variables, own: map[string]int64{}, ranges: []span{{start: 5000, end: 6000}}},
	}}
	symbols := map[string]symbol{
		"main.main": {10, other, "main"}, "a.F": {20, other, "a"}, "type:a.T": {100, constants, "a"},
		"type:[]int": {50, constants, ""}, `go:string." -> a.F"`: {9, constants, ""}, "a.table": {300, variables, "a"},
		"a.F.arginfo1": {7, constants, "a"}, "go:string..gostring.2000.x": {2000, constants, ""}, "unreached": {1, constants, "a"},
	}
	said := []byte("# example.com/shop\n_ -> main.main <ReflectMethod>\nmain.main <ReflectMethod> -> a.F\n" +
		"main.main -> go:string.\" -> a.F\"\na.F -> type:a.T <UsedInIface>\ntype:a.T <UsedInIface> -> type:[]int\n" +
		"a.F -> a.F.arginfo1\na.F -> go:string..gostring.2000.x\nmain.main -> type:[]int\na.F -> a.table\nno edge\nx -> y\n")
	if err := l.charge(said, symbols); err != nil {
		t.Fatal(err)
	}
	for i, want := range []map[string]int64{{"a": 150, "main": 9}, {"a": 300}} {
		if got := l.groups[i].own; !maps.Equal(got, want) {
			t.Errorf("group %d: got %v, want %v", i, got, want)
		}
	}
	symbols["a.table"] = symbol{1001, variables, "a"}
	if err := l.charge(said, symbols); err == nil || len(l.groups[1].own) != 0 {
		t.Errorf("more than there is: %v, %v", err, l.groups[1].own)
	}
}

func TestParseSymbol(t *testing.T) {
	for _, tt := range []struct {
		line, file, name string
		want             symbol
		ok               bool
	}{
		{"/cache/a-d(_go_.o):\t     93a         56 R type:*internal/goarch.ArchFamilyType", "/cache/a-d", "type:*internal/goarch.ArchFamilyType", symbol{56, constants, ""}, true},
		{"/cache/a-d(_go_.o):\t   dcef7          1 R go:string.\" R  x\"", "/cache/a-d", "go:string.\" R  x\"", symbol{1, constants, ""}, true},
		{"/cache/a-d(_go_.o):\t   c8807        432 d internal/abi..stmp_0<1>", "/cache/a-d", "internal/abi..stmp_0", symbol{432, variables, ""}, true},
		{"/cache/a-d(x.o):\t   c8807        16 T f.g", "/cache/a-d", "f.g", symbol{16, other, ""}, true},
		{"/cache/a-d(_go_.o):\t                     0 U runtime.x", "/cache/a-d", "", symbol{}, false},
		{"no symbol", "", "", symbol{}, false}, {"", "", "", symbol{}, false}, {"a:\t1 x R n", "a", "", symbol{}, false},
	} {
		file, name, got, ok := parseSymbol(tt.line)
		if ok != tt.ok || ok && (file != tt.file || name != tt.name || got != tt.want) {
			t.Errorf("%q: got %q %q %+v %v", tt.line, file, name, got, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a(b):\t 1 2 R x<1>", "a -> b")
	f.Fuzz(func(t *testing.T, symbol, line string) {
		if _, _, s, ok := parseSymbol(symbol); ok && s.bytes < 0 {
			t.Errorf("%d bytes", s.bytes)
		}
		edge(line, map[string]string{"_": "", "a": ""})
	})
}
