package variant

import (
	"debug/buildinfo"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const health = "github.com/coldcrank/coldcrank/lambda/health"

// built builds health as someone who does not know of the tag would.
func built(t *testing.T) *Source {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bootstrap")
	out, err := exec.Command("go", "build", "-trimpath", "-tags=nethttpomithttp2", "-o", file, health).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s, err := Find(t.Context(), file, ".")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFind(t *testing.T) {
	s := built(t)
	if s.Path != health || !s.Tagged("nethttpomithttp2") || s.Tagged("lambda.norpc") || !s.Links(LambdaGo) || s.Links(RIC) {
		t.Errorf("got %s, tags %v", s.Path, s.Tags)
	}
	if s.Client() != LambdaGo || s.Types() {
		t.Errorf("got client %q, types %v; health is a Handler of bytes", s.Client(), s.Types())
	}
	if p := s.Package("net/http"); p == nil || !p.Standard {
		t.Errorf("net/http: got %+v", p)
	}
	if got := s.Closure(health); got != len(s.Packages) || s.Closure(LambdaGo) >= got || s.Closure("example.com/nothing") != 0 {
		t.Errorf("Closure: got %d of %d", got, len(s.Packages))
	}
	if !s.Finds(t.Context(), LambdaGo) || s.Finds(t.Context(), "example.com/nothing") {
		t.Error("Finds is wrong")
	}
}

func TestFindRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "bootstrap")
	if out, err := exec.Command("go", "build", "-o", file, "../../../../lambda/health/main.go").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := Find(t.Context(), file, "."); err == nil || !strings.Contains(err.Error(), "built from files") {
		t.Errorf("built from files: got %v", err)
	}
	if _, err := Find(t.Context(), "variant_test.go", "."); err == nil || strings.Contains(err.Error(), "variant_test.go") {
		t.Errorf("no executable: got %v", err)
	}
	if out, err := exec.Command("go", "build", "-o", file, health).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := Find(t.Context(), file, dir); err == nil || !strings.Contains(err.Error(), "find the source: ") {
		t.Errorf("in no module: got %v", err)
	}
}

// The variants of health differ by what was changed, and health itself is as it was.
func TestBuild(t *testing.T) {
	s := built(t)
	idle, ok := s.Idle(LambdaGo, s.Imports())
	if !ok {
		t.Fatal("no idle main package")
	}
	if _, ok := s.Idle("example.com/client", nil); ok {
		t.Error("an idle main package on a client that is not known")
	}
	for _, test := range []struct {
		name   string
		change Change
		tags   string
	}{
		{"as it is", Change{}, "nethttpomithttp2"},
		{"norpc", Change{Tags: []string{"lambda.norpc"}}, "nethttpomithttp2,lambda.norpc"},
		{"idle", Change{Main: idle}, "nethttpomithttp2"},
	} {
		file := filepath.Join(t.TempDir(), "bootstrap")
		if err := s.Build(t.Context(), test.change, file); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		info, err := buildinfo.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, setting := range info.Settings {
			if setting.Key == "-tags" && setting.Value != test.tags {
				t.Errorf("%s: tags %q, want %q", test.name, setting.Value, test.tags)
			}
		}
	}
	if err := s.Build(t.Context(), Change{Main: "package main\n\nfunc main() { nothing() }\n"}, filepath.Join(t.TempDir(), "x")); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("a main package that does not compile: got %v", err)
	}
}
