package variant

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/functable"
)

const (
	floor = "github.com/coldcrank/coldcrank/lambda/floor"
	here  = "github.com/coldcrank/coldcrank/scripts/internal/explain/variant/testdata/"
)

func sourceOf(t *testing.T, path, cgo string) *Source {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bootstrap")
	cmd := exec.Command("go", "build", "-trimpath", "-o", file, path)
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s, err := Find(t.Context(), file, ".")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What aws-lambda-go is handed is known by its type, also where it is a method.
func TestTypes(t *testing.T) {
	if !sourceOf(t, here+"method", "0").Types() {
		t.Error("a method with types is taken for a handler of bytes")
	}
}

// An idle main on bare links nothing of ric, and keeps package entry: the linker cannot
// enter there without it.
func TestIdleBare(t *testing.T) {
	s := sourceOf(t, floor, "0")
	if got := s.Client(); got != Bare {
		t.Errorf("got client %q, want %q", got, Bare)
	}
	main, _ := s.Idle(Bare, nil)
	if !strings.Contains(main, Entry) {
		t.Errorf("without entry: %s", main)
	}
	if packages := linked(t, s, main); !slices.Contains(packages, Bare) || slices.Contains(packages, RIC) || slices.Contains(packages, "context") {
		t.Errorf("got %q", packages)
	}
}

// Where main has cgo, what it is compared with is linked with the C library as well,
// whatever its client. Nothing of aws-lambda-go is in what is on another one.
func TestIdleCgo(t *testing.T) {
	if _, err := exec.LookPath("cc"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("there is no C compiler: ", err)
	}
	s := sourceOf(t, here+"cgo", "1")
	if got, want := s.Without(), []string{"context"}; !slices.Equal(got, want) || !s.Types() {
		t.Errorf("got %q, want %q", got, want)
	}
	for client, imports := range map[string][]string{LambdaGo: s.Imports(), Typed: s.Without()} {
		main, _ := s.Idle(client, imports)
		packages := linked(t, s, main)
		if !slices.Contains(packages, "runtime/cgo") {
			t.Errorf("%s: got %q", client, packages)
		}
		if got := slices.Contains(packages, LambdaGo); got != (client == LambdaGo) {
			t.Errorf("%s: aws-lambda-go is in it: %v", client, got)
		}
	}
}

// linked builds a variant, and lists the packages that it has functions of.
func linked(t *testing.T, s *Source, main string) (packages []string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bootstrap")
	if err := s.Build(t.Context(), Change{Main: main}, file); err != nil {
		t.Fatal(err)
	}
	f, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	functions, err := functable.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range functions {
		packages = append(packages, f.Package)
	}
	return slices.Compact(packages)
}
