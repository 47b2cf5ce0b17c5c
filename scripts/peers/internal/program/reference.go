package program

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Axum is how the reference is named among peers.
const Axum = "axum"

// reference is the function of the article: Axum behind lambda_http, with the crates
// of Cargo.lock.
//
//go:embed reference/Cargo.toml reference/Cargo.lock reference/src/main.rs
var reference embed.FS

// Rust is the reference and how it is built.
type Rust struct {
	Target string // Rust's name of the platform; "" for this machine's own
	Static bool   // with a C library of its own; only with a Target
}

// Target is Rust's name of Linux on an architecture of Go's with a C library, "gnu"
// or "musl".
func Target(goarch, libc string) string {
	if goarch == "arm64" {
		return "aarch64-unknown-linux-" + libc
	}
	return "x86_64-unknown-linux-" + libc
}

// Build builds the reference by cargo, in a folder below cache, where the crates
// are compiled once, and returns its program.
func (r Rust) Build(ctx context.Context, cache string) (string, error) {
	if err := r.has(ctx); err != nil {
		return "", err
	}
	source := filepath.Join(cache, "reference")
	if err := lay(source); err != nil {
		return "", err
	}
	name, flags := "target-dynamic", ""
	if r.Static {
		name, flags = "target-static", "-C target-feature=+crt-static"
	}
	target := filepath.Join(cache, name)
	args := []string{"build", "--quiet", "--locked", "--release", "--target-dir", target}
	if r.Target != "" {
		args = append(args, "--target", r.Target)
	}
	cmd := exec.CommandContext(ctx, "cargo", args...)
	cmd.Dir = source
	// RUSTFLAGS go before what a configuration file says, and the encoded ones before
	// them (https://doc.rust-lang.org/cargo/reference/config.html#buildrustflags).
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "CARGO_ENCODED_RUSTFLAGS=")
	}), "RUSTFLAGS="+flags)
	return filepath.Join(target, r.Target, "release", "reference"), run(cmd, "cargo build")
}

// has asks whether Rust's own library is there for the target: cargo would say so
// only after it has compiled for a while.
func (r Rust) has(ctx context.Context) error {
	if _, err := exec.LookPath("cargo"); err != nil {
		return err
	}
	if r.Target == "" {
		return nil
	}
	out, err := exec.CommandContext(ctx, "rustc", "--print", "target-libdir", "--target", r.Target).Output()
	if err != nil {
		return fmt.Errorf("rustc --print target-libdir: %w", err)
	}
	if _, err := os.Stat(strings.TrimSpace(string(out))); err != nil {
		return fmt.Errorf("no library of Rust's for %s is installed", r.Target)
	}
	return nil
}

// lay writes the source. A file that is as it has to be stays as it is: cargo goes
// by the time of a change.
func lay(dir string) error {
	return fs.WalkDir(reference, "reference", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, strings.TrimPrefix(name, "reference"))
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		want, err := reference.ReadFile(name)
		if err != nil {
			return err
		}
		if got, err := os.ReadFile(to); err == nil && string(got) == string(want) {
			return nil
		}
		return os.WriteFile(to, want, 0o644)
	})
}
