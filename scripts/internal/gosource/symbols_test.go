package gosource

import (
	"slices"
	"testing"
)

// TestReached follows what the linker says: a symbol of one package is that package's,
// a shared one is of whoever needed it first.
func TestReached(t *testing.T) {
	made := map[string]Symbol{
		"main.main": {Package: "main", Bytes: 10}, "a.F": {Package: "a", Bytes: 20}, "type:a.T": {Package: "a", Kind: Constant, Bytes: 100},
		"type:[]int": {Kind: Constant, Bytes: 50}, `go:string." -> a.F"`: {Kind: Constant, Bytes: 9}, "a.table": {Package: "a", Kind: Variable, Bytes: 300},
		"unreached": {Package: "a", Kind: Constant, Bytes: 1},
	}
	said := "# example.com/shop\n_ -> main.main <ReflectMethod>\nmain.main <ReflectMethod> -> a.F\n" +
		"main.main -> go:string.\" -> a.F\"\na.F -> type:a.T <UsedInIface>\ntype:a.T <UsedInIface> -> type:[]int\n" +
		"main.main -> type:[]int\na.F -> a.table\na.F -> a.unknown\nno edge\nx -> y\n"
	want := []Symbol{
		{"main.main", "main", Other, 10}, {"a.F", "a", Other, 20}, {`go:string." -> a.F"`, "main", Constant, 9},
		{"type:a.T", "a", Constant, 100}, {"type:[]int", "a", Constant, 50}, {"a.table", "a", Variable, 300}, {"a.unknown", "a", Other, 0},
	}
	if got := reached([]byte(said), made); !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseSymbol(t *testing.T) {
	for _, tt := range []struct {
		line, file string
		want       Symbol
		ok         bool
	}{
		{"/cache/a-d(_go_.o):\t     93a         56 R type:*internal/goarch.ArchFamilyType", "/cache/a-d", Symbol{"type:*internal/goarch.ArchFamilyType", "", Constant, 56}, true},
		{"/cache/a-d(_go_.o):\t   dcef7          1 R go:string.\" R  x\"", "/cache/a-d", Symbol{"go:string.\" R  x\"", "", Constant, 1}, true},
		{"/cache/a-d(_go_.o):\t   c8807        432 d internal/abi..stmp_0<1>", "/cache/a-d", Symbol{"internal/abi..stmp_0", "", Variable, 432}, true},
		{"/cache/a-d(x.o):\t   c8807        16 T f.g", "/cache/a-d", Symbol{"f.g", "", Other, 16}, true},
		{line: "/cache/a-d(_go_.o):\t                     0 U runtime.x"}, {line: "no symbol"}, {}, {line: "a:\t1 x R n"}, {line: "a:\t1 -1 R n"},
	} {
		file, got, ok := parseSymbol(tt.line)
		if ok != tt.ok || file != tt.file || got != tt.want {
			t.Errorf("%q: got %q %+v %v", tt.line, file, got, ok)
		}
	}
}

func FuzzSymbols(f *testing.F) {
	f.Add("a(b):\t 1 2 R x<1>", "_ -> a\na -> b\n")
	f.Fuzz(func(t *testing.T, line, said string) {
		_, s, ok := parseSymbol(line)
		if ok && s.Bytes < 0 {
			t.Errorf("%d bytes", s.Bytes)
		}
		names := map[string]bool{}
		for _, one := range reached([]byte(said), map[string]Symbol{s.Name: s}) {
			if names[one.Name] {
				t.Errorf("%q comes twice", one.Name)
			}
			names[one.Name] = true
		}
	})
}
