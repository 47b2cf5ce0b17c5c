package app

import (
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
)

// TestReadModules builds a program for Linux, stripped as gobuild does it, and
// finds in it who brought what.
func TestReadModules(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bootstrap")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", file, "github.com/coldcrank/coldcrank/lambda/health")
	cmd.Env = append(cmd.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	modules, err := ReadModules(file)
	if err != nil {
		t.Fatal(err)
	}
	exe, err := ReadExecutable(file)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int64{}
	var sum int64
	for _, m := range modules {
		found[m.Path] = m.CodeBytes
		sum += m.CodeBytes
	}
	if found["std"] < 1e6 || found["github.com/aws/aws-lambda-go"] < 1e4 || found["github.com/coldcrank/coldcrank"] < 100 {
		t.Errorf("modules %+v", modules)
	}
	if sum < exe.Bytes/10 || sum > exe.Bytes {
		t.Errorf("%d bytes of functions in an executable of %d", sum, exe.Bytes)
	}
	if sum < exe.Bytes/2 {
		t.Errorf("%d bytes of an executable of %d are anybody's", sum, exe.Bytes)
	}
	if again := CompareModules(modules, modules); again != nil {
		t.Errorf("differs from itself: %+v", again)
	}
}

func TestCompareModules(t *testing.T) {
	old := []Module{{"a.org/same", "v1.0.0", 10}, {"b.org/gone", "v1.0.0", 500}, {"c.org/up", "v1.0.0", 100}, {"main.org", "", 5}, {"same.org", "v1.0.0", 90}}
	new := []Module{{"a.org/same", "v1.0.0", 10}, {"c.org/up", "v1.1.0", 90}, {"d.org/new", "v0.1.0", 3000}, {"main.org", "", 2005}, {"same.org", "v1.0.0", 79}}
	want := []ModuleChange{
		{"d.org/new", "", "v0.1.0", 3000}, {"main.org", "(devel)", "(devel)", 2000},
		{"c.org/up", "v1.0.0", "v1.1.0", -10}, {"b.org/gone", "v1.0.0", "", -500},
	}
	if got := CompareModules(old, new); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestModuleOf(t *testing.T) {
	modules := []Module{{Path: "std"}, {Path: "a.org/x"}, {Path: "a.org/x/y"}}
	for pkg, want := range map[string]int{"a.org/x": 1, "a.org/x/z": 1, "a.org/x/y/z": 2, "a.org/xx": 0, "runtime": 0, "main": 2} {
		if got := moduleOf(pkg, "a.org/x/y/cmd", modules); got != want {
			t.Errorf("%s is of %s, want %s", pkg, modules[got].Path, modules[want].Path)
		}
	}
}
