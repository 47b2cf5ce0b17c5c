package sources

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// later is younger than all files of a test.
var later = time.Now().Add(24 * time.Hour)

// write writes files below a folder.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// shop is an app of several modules: its own, one that is replaced by a folder, and
// one of a function that the app does not import.
func shop(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	t.Setenv("GOENV", "off")
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOWORK", "")
	write(t, dir, map[string]string{
		"cdk.json":               `{"app":"go run ./infra"}`,
		"go.mod":                 "module example.com/shop\n\ngo 1.26\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ./lib\n",
		"infra/main.go":          "package main\n\nimport _ \"example.com/shop/stack\"\n\nfunc main() {}\n",
		"infra/main_test.go":     "package main\n",
		"infra/README.md":        "text\n",
		"stack/stack.go":         "package stack\n\nimport _ \"embed\"\n\n//go:embed texts/*.txt\nvar texts string\n",
		"stack/texts/a.txt":      "a\n",
		"orders/main.go":         "package main\n\nimport _ \"example.com/lib\"\n\nfunc main() {}\n",
		"orders/main_darwin.go":  "package main\n",
		"lib/go.mod":             "module example.com/lib\n\ngo 1.26\n",
		"lib/lib.go":             "package lib\n",
		"unused/unused.go":       "package unused\n",
		"functions/pay/go.mod":   "module example.com/pay\n\ngo 1.26\n",
		"functions/pay/main.go":  "package main\n\nfunc main() {}\n",
		"node_modules/x/go.mod":  "module example.com/other\n",
		".git/HEAD":              "ref\n",
		"cdk.out/manifest.json":  "{}\n",
		"results/x.jsonl":        "{}\n",
		".coldcrank/outputs.txt": "x\n",
	})
	// stack embeds a folder: a pattern needs the type embed.FS.
	write(t, dir, map[string]string{"stack/stack.go": "package stack\n\nimport \"embed\"\n\n//go:embed texts\nvar texts embed.FS\n\nvar _ = texts\n"})
	return dir
}

// build puts a function into an assembly, as it is shipped.
func build(t *testing.T, module, pkg, assembly, asset string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", filepath.Join(assembly, asset, "bootstrap"), pkg)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// names are the files that count, as seen from dir.
func names(t *testing.T, s *Set, dir string) (list []string) {
	t.Helper()
	w := NewWatch(s, later, later)
	for file := range w.seen {
		name, err := filepath.Rel(dir, file)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, filepath.ToSlash(name))
	}
	slices.Sort(list)
	return list
}

func TestFind(t *testing.T) {
	dir, assembly := shop(t), t.TempDir()
	build(t, dir, "./orders", assembly, "asset.1")
	build(t, filepath.Join(dir, "functions", "pay"), ".", assembly, "asset.2")
	elsewhere := t.TempDir()
	write(t, elsewhere, map[string]string{"go.mod": "module example.com/else\n\ngo 1.26\n", "main.go": "package main\n\nfunc main() {}\n"})
	build(t, elsewhere, ".", assembly, "asset.3")
	write(t, assembly, map[string]string{"asset.4/bootstrap": "#!/bin/sh\n"})

	s, err := Find(t.Context(), App{Dir: dir, Command: "go mod download && go run ./infra", Assembly: assembly})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"cdk.json", "functions/pay/go.mod", "functions/pay/main.go", "go.mod", "infra/main.go", "lib/go.mod", "lib/lib.go",
		"orders/main.go", "orders/main_darwin.go", "stack/stack.go", "stack/texts/a.txt",
	}
	if got := names(t, s, dir); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if !slices.Equal(s.Unseen, []string{"example.com/else"}) {
		t.Errorf("unseen: %q, want example.com/else", s.Unseen)
	}
}

// TestFindTree: of an app that is not run by go run, all files in its folder count.
func TestFindTree(t *testing.T) {
	dir := shop(t)
	for _, a := range []App{
		{Dir: dir, Command: "npx ts-node app.ts"},
		{Dir: dir, Command: "go run ./infra", Build: "make"},
	} {
		s, err := Find(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(names(t, s, dir), " ")
		for _, in := range []string{"cdk.json", "infra/README.md", "unused/unused.go"} {
			if !strings.Contains(got, in) {
				t.Errorf("%s: no %s in %s", a.Command, in, got)
			}
		}
		for _, out := range []string{"node_modules", ".git", "cdk.out", "results", ".coldcrank"} {
			if strings.Contains(got, out) {
				t.Errorf("%s: %s in %s", a.Command, out, got)
			}
		}
	}
	// A file that the caller writes.
	except, err := os.Stat(filepath.Join(dir, "infra", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Find(t.Context(), App{Dir: dir, Command: "npx ts-node app.ts", Except: []os.FileInfo{except}})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, s, dir); slices.Contains(got, "infra/README.md") || !slices.Contains(got, "unused/unused.go") {
		t.Errorf("with infra/README.md excepted: %q", got)
	}
	// An assembly that is there already.
	s, err = Find(t.Context(), App{Dir: dir, Command: "cdk.out"})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, s, dir); !slices.Equal(got, []string{"cdk.json", "cdk.out/manifest.json"}) {
		t.Errorf("of an assembly: %q", got)
	}
}

func TestFindErrors(t *testing.T) {
	dir := shop(t)
	write(t, dir, map[string]string{"go.mod": "modul\n"})
	if _, err := Find(t.Context(), App{Dir: dir, Command: "go run ./infra"}); err == nil || !strings.Contains(err.Error(), "go.mod:1") {
		t.Errorf("%v, want the Go tool's error", err)
	}
}

func TestRuns(t *testing.T) {
	for command, want := range map[string]string{
		"go run ./infra":                             "./infra",
		"go run .":                                   ".",
		"go mod download && go run shop.go":          "shop.go",
		"go run -mod=mod -tags=x a.go b.go argument": "a.go b.go",
		"go run ./infra prod":                        "./infra",
		"go run -race ./infra":                       "",
		"go run":                                     "",
		"cd infra && go run .":                       "",
		"go run ./infra && make":                     "",
		"go build -o x && ./x":                       "",
		"go run $APP":                                "",
		"node app.js":                                "",
		"":                                           "",
	} {
		got, ok := runs(command)
		if strings.Join(got, " ") != want && ok || ok != (want != "") {
			t.Errorf("%q runs %q, %v, want %q", command, got, ok, want)
		}
	}
}
