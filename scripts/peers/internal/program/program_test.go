package program

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestGoFails(t *testing.T) {
	_, err := Go{Package: "./testdata/none"}.Build(t.Context(), runtime.GOARCH, t.TempDir())
	if err == nil || !strings.HasPrefix(err.Error(), "build ./testdata/none: exit status 1: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

func TestZipBytes(t *testing.T) {
	exe := filepath.Join(t.TempDir(), "bootstrap")
	check(t, os.WriteFile(exe, bytes.Repeat([]byte("abcdefgh"), 100_000), 0o755))
	n, err := ZipBytes(exe)
	if err != nil || n < 100 || n > 10_000 {
		t.Errorf("got %d bytes of 800,000 that repeat, %v", n, err)
	}
	if _, err := ZipBytes(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no error without a program")
	}
}

// tools puts a cargo and a rustc into PATH that say how they were called. has is the
// one target whose library is there.
func tools(t *testing.T, has string) {
	t.Helper()
	bin := t.TempDir()
	lib := filepath.Join(bin, has)
	check(t, os.Mkdir(lib, 0o755))
	for name, script := range map[string]string{
		"rustc": `echo "` + bin + `/$4"`,
		"cargo": `while [ $# -gt 0 ]; do
case $1 in --target-dir) dir=$2;; --target) target=$2;; esac
shift; done
mkdir -p "$dir/$target/release"
echo "$RUSTFLAGS,$CARGO_ENCODED_RUSTFLAGS,$(ls)" >"$dir/$target/release/reference"`,
	} {
		check(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

func TestRust(t *testing.T) {
	glibc := Target("amd64", "gnu")
	tools(t, glibc)
	t.Setenv("RUSTFLAGS", "-C target-cpu=native")
	t.Setenv("CARGO_ENCODED_RUSTFLAGS", "-Ctarget-cpu=native")
	cache := t.TempDir()
	const source = ",,Cargo.lock\nCargo.toml\nsrc\n"
	for _, tc := range []struct {
		rust Rust
		want string
	}{
		{Rust{}, source},
		{Rust{Target: glibc, Static: true}, "-C target-feature=+crt-static" + source},
	} {
		exe, err := tc.rust.Build(t.Context(), cache)
		check(t, err)
		got, err := os.ReadFile(exe)
		check(t, err)
		if string(got) != tc.want {
			t.Errorf("%+v: got %q, want %q", tc.rust, got, tc.want)
		}
	}
	_, err := Rust{Target: Target("arm64", "musl")}.Build(t.Context(), cache)
	if err == nil || err.Error() != "no library of Rust's for aarch64-unknown-linux-musl is installed" {
		t.Errorf("got %v", err)
	}
	t.Setenv("PATH", "")
	if _, err := (Rust{}).Build(context.Background(), cache); err == nil || !strings.Contains(err.Error(), "cargo") {
		t.Errorf("got %v", err)
	}
}

// A file that has not changed keeps its time, by which cargo goes, and one that
// somebody changed is put right.
func TestLay(t *testing.T) {
	dir := t.TempDir()
	check(t, lay(dir))
	manifest, main := filepath.Join(dir, "Cargo.toml"), filepath.Join(dir, "src", "main.rs")
	old := time.Unix(1_000_000_000, 0)
	check(t, os.Chtimes(manifest, old, old))
	want, err := os.ReadFile(main)
	check(t, err)
	check(t, os.WriteFile(main, []byte("fn main() {}"), 0o644))
	check(t, lay(dir))
	info, err := os.Stat(manifest)
	check(t, err)
	if !info.ModTime().Equal(old) {
		t.Error("the manifest was written again")
	}
	if got, err := os.ReadFile(main); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the source is %q, %v", got, err)
	}
}

func TestVersions(t *testing.T) {
	got := Versions(t.Context())
	for _, want := range []string{"axum 0.8.9 · lambda_http 1.3.2 · tokio 1.54.1", "aws-lambda-go v1."} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}
