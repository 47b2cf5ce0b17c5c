// Package gobuild builds a Go function for Lambda, so that the same source
// gives the same bytes.
//
// The executable's SHA-256 becomes the hash of a CDK asset and with it a part
// of a deployment's identity. It must therefore depend on the source, the
// module versions that go.mod names, the Spec and the Go release, and on nothing
// else: not on the folder or commit that is checked out, not on the module that
// the function is built from, and not on what the caller's environment or
// `go env -w` says about building. See environ.go for what is pinned and what
// is let through.
//
// How a function is named says how it is built:
//
//   - A path ("./functions/orders") is code of the app's own repository. It is
//     built as `go build` in its folder builds it: with the module's vendor
//     folder, with a go.work that includes it, and with -mod and -modfile of
//     GOFLAGS.
//   - An import path ("github.com/coldcrank/coldcrank/lambda/health") is
//     somebody's finished function, found through the app's module graph. It is
//     built alone, as the main module that its own go.mod describes, wherever
//     that lies (own repository, replace directive, go.work or a read-only
//     module cache). The app's other requirements cannot raise its
//     dependencies, so that every app gets the same bytes.
//
// The package keeps nothing between builds: Go's build cache makes a repeated
// build cheap. It builds no C: CGO_ENABLED is 0.
package gobuild

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Executable is the name of the file that Lambda starts in a function on an
// OS-only runtime ("Building a custom runtime for AWS Lambda":
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html).
const Executable = "bootstrap"

// DefaultLDFlags leaves out what a running function does not need: the symbol
// table, DWARF and the build id.
const DefaultLDFlags = "-s -w -buildid="

// Spec says what to build.
type Spec struct {
	// Dir is a folder of the app's module: relative entries start there, and
	// import paths are looked up from there. Default: the working directory.
	Dir string

	// Entry is a Go package: a folder that starts with "./" or "../" or is
	// absolute, or an import path of a module that the app requires.
	Entry string

	// GOOS and GOARCH are the platform to build for. Default: this machine's.
	GOOS, GOARCH string

	// Tags are build tags. Their order does not matter.
	Tags []string

	// LDFlags are flags for the linker. Default: DefaultLDFlags.
	LDFlags string
}

// Build is a finished build.
type Build struct {
	Executable string // path of the file, named "bootstrap"
	Dir        string // its folder, absolute, which holds nothing else
	SHA256     string // of the file, in hexadecimal
	Bytes      int64  // size of the file
	Package    string // import path
	ModuleDir  string // folder of the go.mod that it was built with
}

// Run builds s into outDir, which it makes if need be, as outDir/bootstrap.
// A bootstrap that is there already is replaced.
//
// Callers can tell apart ErrNoGo, ErrNotFound, ErrNotMain, ErrVendored and
// *CompileError.
func Run(ctx context.Context, s Spec, outDir string) (Build, error) {
	s.GOOS = cmp.Or(s.GOOS, runtime.GOOS)
	s.GOARCH = cmp.Or(s.GOARCH, runtime.GOARCH)
	s.LDFlags = cmp.Or(s.LDFlags, DefaultLDFlags)
	s.Tags = slices.Compact(slices.Sorted(slices.Values(s.Tags)))

	dir, err := filepath.Abs(s.Dir)
	if err != nil {
		return Build{}, fmt.Errorf("build %s: %w", s.Entry, err)
	}
	s.Dir = dir
	if outDir, err = filepath.Abs(outDir); err != nil {
		return Build{}, fmt.Errorf("build %s: %w", s.Entry, err)
	}
	b, err := run(ctx, s, outDir)
	if err == nil {
		return b, nil
	}
	if ctx.Err() != nil {
		// Whatever the go command said when it was stopped is not the reason.
		return Build{}, fmt.Errorf("build %s: %w", s.Entry, context.Cause(ctx))
	}
	if failure, ok := errors.AsType[*CompileError](err); ok {
		return Build{}, failure
	}
	return Build{}, fmt.Errorf("build %s: %w", s.Entry, err)
}

func run(ctx context.Context, s Spec, outDir string) (Build, error) {
	g, err := newGoCommand(ctx, s)
	if err != nil {
		return Build{}, err
	}
	p, err := g.find(ctx, s)
	if err != nil {
		return Build{}, err
	}
	if !isPath(s.Entry) {
		g.env = append(g.env, alone(g.settings)...)
	}
	if err := prepare(outDir); err != nil {
		return Build{}, err
	}
	b := Build{
		Executable: filepath.Join(outDir, Executable),
		Dir:        outDir,
		Package:    p.ImportPath,
		ModuleDir:  p.Module.Dir,
	}
	// Run in the module's folder and name the package relative to it: compile
	// errors then carry paths that mean something to their reader.
	rel, err := filepath.Rel(b.ModuleDir, p.Dir)
	if err != nil {
		return Build{}, err
	}
	_, err = g.output(ctx, b.ModuleDir, "build",
		"-o", b.Executable,
		"-trimpath",
		"-buildvcs=false",
		"-ldflags="+s.LDFlags,
		"-tags="+strings.Join(s.Tags, ","),
		"./"+filepath.ToSlash(rel))
	if failure, ok := errors.AsType[*goError](err); ok {
		return Build{}, &CompileError{Package: b.Package, Lines: failure.lines}
	}
	if err != nil {
		return Build{}, err
	}
	// Lambda runs the file as another user, whatever the umask was here.
	if err := os.Chmod(b.Executable, 0o755); err != nil {
		return Build{}, err
	}
	b.SHA256, b.Bytes, err = digest(b.Executable)
	return b, err
}

// prepare makes dir and refuses one with other files than an earlier build's:
// all that it holds would be deployed.
func prepare(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != Executable {
			return fmt.Errorf("%s holds %s, which would be deployed with the function: build into a folder of its own", dir, e.Name())
		}
	}
	return nil
}

func digest(file string) (sum string, n int64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	if n, err = io.Copy(h, f); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), n, nil
}
