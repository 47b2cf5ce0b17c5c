package gobuild

import (
	"debug/buildinfo"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// shipped is what most tests build: what Lambda runs, which is not the machine
// of most readers.
func shipped(dir, entry string) Spec {
	return Spec{Dir: dir, Entry: entry, GOOS: "linux", GOARCH: "arm64"}
}

func build(t *testing.T, s Spec) Build {
	t.Helper()
	b, err := Run(t.Context(), s, t.TempDir())
	if err != nil {
		t.Fatalf("Run(%s in %s): %v", s.Entry, s.Dir, err)
	}
	return b
}

// write makes the files of an archive of -- name -- sections under dir.
func write(t *testing.T, dir, archive string) {
	t.Helper()
	for _, section := range strings.Split("\n"+archive, "\n-- ")[1:] {
		name, content, ok := strings.Cut(section, " --\n")
		if !ok {
			t.Fatalf("section without a name: %q", section)
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func command(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

const shop = `
-- go.mod --
module example.com/shop

go 1.26
-- functions/orders/main.go --
package main

import (
	"os"

	"example.com/shop/internal/greet"
)

func main() { os.Stdout.WriteString(greet.Text()) }
-- internal/greet/greet.go --
package greet

func Text() string { return "orders" }
-- internal/greet/tagged.go --
//go:build tagged

package greet

func init() { println("tagged") }
-- infra/main.go --
package main

func main() {}
`

func TestRun(t *testing.T) {
	app := t.TempDir()
	write(t, app, shop)
	out := filepath.Join(t.TempDir(), "made", "here")
	b, err := Run(t.Context(), shipped(filepath.Join(app, "infra"), "../functions/orders"), out)
	if err != nil {
		t.Fatal(err)
	}

	file, err := os.ReadFile(b.Executable)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := b.Bytes, int64(len(file)); got != want {
		t.Errorf("Bytes = %d, want %d", got, want)
	}
	if got, want := b.Executable, filepath.Join(out, "bootstrap"); got != want {
		t.Errorf("Executable = %s, want %s", got, want)
	}
	if got, want := b.Dir, out; got != want {
		t.Errorf("Dir = %s, want %s", got, want)
	}
	if got, want := b.Package, "example.com/shop/functions/orders"; got != want {
		t.Errorf("Package = %s, want %s", got, want)
	}
	if !sameFolder(t, b.ModuleDir, app) {
		t.Errorf("ModuleDir = %s, want %s", b.ModuleDir, app)
	}
	if entries, err := os.ReadDir(out); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v (%v), want the executable alone", entries, err)
	}
	if info, err := os.Stat(b.Executable); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode = %v (%v), want 0755", info.Mode(), err)
	}

	image, err := elf.Open(b.Executable)
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	if got, want := image.Machine, elf.EM_AARCH64; got != want {
		t.Errorf("machine = %v, want %v", got, want)
	}
	for _, section := range []string{".symtab", ".debug_info", ".zdebug_info"} {
		if image.Section(section) != nil {
			t.Errorf("the executable has a section %s", section)
		}
	}
	if strings.Contains(string(file), app) {
		t.Errorf("the executable names the folder that it was built in")
	}

	again, err := Run(t.Context(), shipped(app, "./functions/orders"), out)
	if err != nil {
		t.Fatalf("into the same folder again: %v", err)
	}
	if again.SHA256 != b.SHA256 {
		t.Errorf("second build: SHA256 = %s, want %s", again.SHA256, b.SHA256)
	}
}

// TestThisMachine runs what a Spec without a platform gives.
func TestThisMachine(t *testing.T) {
	app := t.TempDir()
	write(t, app, shop)
	b := build(t, Spec{Dir: app, Entry: filepath.Join(app, "functions", "orders")})
	out, err := exec.CommandContext(t.Context(), b.Executable).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(out), "orders"; got != want {
		t.Errorf("output = %q, want %q", got, want)
	}
}

func TestTags(t *testing.T) {
	app := t.TempDir()
	write(t, app, shop)
	s := shipped(app, "./functions/orders")
	plain := build(t, s)
	s.Tags = []string{"tagged", "another"}
	tagged := build(t, s)
	s.Tags = []string{"another", "tagged", "another"}
	reordered := build(t, s)
	if tagged.SHA256 == plain.SHA256 {
		t.Error("tags do not reach the build")
	}
	if reordered.SHA256 != tagged.SHA256 {
		t.Error("the order of tags changes the bytes")
	}
}

// TestSameBytesFromClones: path and commit of a checkout do not reach the bytes.
func TestSameBytesFromClones(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	identity := []string{"-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "commit.gpgsign=false"}
	origin := t.TempDir()
	write(t, origin, shop)
	command(t, origin, git, "init", "-q")
	command(t, origin, git, "add", ".")
	command(t, origin, git, append(identity, "commit", "-q", "-m", "one")...)
	first := filepath.Join(t.TempDir(), "a")
	command(t, origin, git, "clone", "-q", origin, first)
	write(t, origin, "\n-- README --\nnothing that is built")
	command(t, origin, git, "add", ".")
	command(t, origin, git, append(identity, "commit", "-q", "-m", "two")...)
	second := filepath.Join(t.TempDir(), "another", "and longer", "path")
	command(t, origin, git, "clone", "-q", origin, second)
	write(t, second, "\n-- untracked --\n")

	got, want := build(t, shipped(second, "./functions/orders")), build(t, shipped(first, "./functions/orders"))
	if got.SHA256 != want.SHA256 {
		t.Errorf("SHA256 = %s in one clone, %s in the other", want.SHA256, got.SHA256)
	}
}

// TestSameBytesWhateverTheEnvironment: neither the environment nor `go env -w`
// reaches the bytes.
func TestSameBytesWhateverTheEnvironment(t *testing.T) {
	app := t.TempDir()
	write(t, app, shop)
	s := shipped(app, "./functions/orders")
	want := build(t, s)
	for _, poison := range []string{
		"GOFLAGS=-tags=tagged -ldflags=-X=main.x=y '-gcflags=-N -l' -trimpath=false -buildvcs=true",
		"GOFLAGS=-buildmode=pie -race",
		"CGO_ENABLED=1",
		"GOOS=windows",
		"GOARCH=amd64",
		"GOARM64=v8.2,lse",
		"GOAMD64=v3",
		"GOEXPERIMENT=loopvar,arenas",
		"GOFIPS140=latest",
		"GO_EXTLINK_ENABLED=1",
		"GO111MODULE=off",
		"GOENV written by `go env -w`",
	} {
		t.Run(poison, func(t *testing.T) {
			if name, value, ok := strings.Cut(poison, "="); ok {
				t.Setenv(name, value)
			} else {
				file := filepath.Join(t.TempDir(), "env")
				settings := "GOARM64=v8.2,lse\nGOEXPERIMENT=arenas\nCGO_ENABLED=1\nGOFLAGS=-tags=tagged\nGOFIPS140=latest\n"
				if err := os.WriteFile(file, []byte(settings), 0o644); err != nil {
					t.Fatal(err)
				}
				t.Setenv("GOENV", file)
				t.Setenv("GOFLAGS", "")
			}
			if got := build(t, s); got.SHA256 != want.SHA256 {
				t.Errorf("the bytes differ")
			}
		})
	}
	s.GOARCH = "amd64"
	want = build(t, s)
	t.Setenv("GOAMD64", "v3")
	if got := build(t, s); got.SHA256 != want.SHA256 {
		t.Errorf("amd64 with GOAMD64=v3: the bytes differ")
	}
}

// TestRecord: the executable says how it was built, and nothing of where.
func TestRecord(t *testing.T) {
	app := t.TempDir()
	write(t, app, shop)
	s := shipped(app, "./functions/orders")
	s.Tags = []string{"tagged"}
	info, err := buildinfo.ReadFile(build(t, s).Executable)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.GoVersion, runtime.Version(); got != want {
		t.Errorf("Go release = %s, want %s", got, want)
	}
	got := map[string]string{}
	for _, setting := range info.Settings {
		if strings.HasPrefix(setting.Key, "vcs") {
			t.Errorf("the executable records %s", setting.Key)
		}
		got[setting.Key] = setting.Value
	}
	for key, want := range map[string]string{
		"-tags": "tagged", "-trimpath": "true", "CGO_ENABLED": "0", "GOARCH": "arm64", "GOARM64": "v8.0", "GOOS": "linux",
	} {
		if got[key] != want {
			t.Errorf("%s = %q, want %q", key, got[key], want)
		}
	}
}

func sameFolder(t *testing.T, a, b string) bool {
	t.Helper()
	x, err := os.Stat(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.Stat(b)
	if err != nil {
		t.Fatal(err)
	}
	return os.SameFile(x, y)
}
