package gobuild

import (
	"strings"
	"testing"
)

func TestKeepFlags(t *testing.T) {
	for _, tt := range []struct{ goflags, want string }{
		{"", ""},
		{"-mod=vendor", "-mod=vendor"},
		{"--mod=vendor", "--mod=vendor"},
		{"-tags=x -mod=mod\t-modcacherw\n-v", "-mod=mod -modcacherw"},
		{"-modern=1 -mo=2", ""},
		{"'-modfile=a b/go.mod' '-ldflags=-X a=b'", "'-modfile=a b/go.mod'"},
		{`"-modfile=a'b/go.mod" -v`, `"-modfile=a'b/go.mod"`},
		{`'-mod=vendor`, `'-mod=vendor`},
		{`'-ldflags=-s -mod=x' -mod=mod`, "-mod=mod"},
		{"'", ""},
		{"''", ""},
	} {
		if got := keepFlags(tt.goflags, "-mod", "-modfile", "-modcacherw"); got != tt.want {
			t.Errorf("keepFlags(%q) = %q, want %q", tt.goflags, got, tt.want)
		}
	}
}

func FuzzKeepFlags(f *testing.F) {
	for _, seed := range []string{"", "'", "''", "-mod=mod", "'-modfile=a b' -v", `"-mod=x`, "--mod \t -tags=x", "modfile=a'b\f -", "mod=-tags"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, goflags string) {
		kept := keepFlags(goflags, "-mod", "-modfile")
		if again := keepFlags(kept, "-mod", "-modfile"); again != kept {
			t.Errorf("keepFlags(%q) = %q, and of that %q", goflags, kept, again)
		}
		if strings.Contains(kept, "-tags") && !strings.Contains(kept, "-mod") {
			t.Errorf("keepFlags(%q) = %q", goflags, kept)
		}
	})
}

func TestModuleOf(t *testing.T) {
	const modules = "# example.com/a v1.0.0\n## explicit; go 1.26\nexample.com/a/x\n" +
		"# example.com/a/b v2.0.0 => ../b\n## explicit\n# example.com/gone\n"
	for _, tt := range []struct{ importPath, path, version string }{
		{"example.com/a", "example.com/a", "v1.0.0"},
		{"example.com/a/y", "example.com/a", "v1.0.0"},
		{"example.com/a/b/c", "example.com/a/b", "v2.0.0"},
		{"example.com/ab", "", ""},
		{"example.com/gone/x", "", ""},
		{"", "", ""},
	} {
		if path, version := moduleOf(tt.importPath, modules); path != tt.path || version != tt.version {
			t.Errorf("moduleOf(%q) = %q, %q, want %q, %q", tt.importPath, path, version, tt.path, tt.version)
		}
	}
}
