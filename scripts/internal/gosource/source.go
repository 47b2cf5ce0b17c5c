// Package gosource finds the source of an executable that Go built: its packages, what
// they import and embed, and which symbols of them the linker takes. It builds it again.
//
// It runs the go command for the platform and with the flags that the executable notes
// about itself. It changes nothing: what it builds goes where it is told.
package gosource

import (
	"bytes"
	"cmp"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/sources"
)

// Source is the source of an executable.
type Source struct {
	Path     string    // import path of the main package
	Tags     []string  // build tags that the executable was built with
	Packages []Package // those that others import come before these, the main package last

	dir      string            // of its module
	entry    string            // where the kernel enters it, if not at Go's own entry
	settings map[string]string // that the executable notes
}

// Find lists the packages of an executable, in the folder of the module that it was
// built from: the one that has its main package, asked in dir, or one at or below dir.
// What is not compiled yet is. Its error says why the source is not here.
func Find(ctx context.Context, executable io.ReaderAt, dir string) (*Source, error) {
	info, err := buildinfo.Read(executable)
	if err != nil {
		return nil, fmt.Errorf("it is no executable of Go that says how it was built: %w", err)
	}
	s := &Source{Path: info.Path, dir: dir, entry: entry(executable), settings: map[string]string{}}
	for _, v := range info.Settings {
		s.settings[v.Key] = v.Value
	}
	s.Tags = strings.FieldsFunc(s.settings["-tags"], func(r rune) bool { return r == ',' })
	if s.Path == "" || s.Path == "command-line-arguments" {
		return nil, errors.New("the executable does not name its main package: it was built from files, not from a package")
	}
	found, err := s.list(ctx, "-find", "-json=ImportPath,Module")
	if err != nil {
		// It may be of a module of its own that the app does not need.
		if info.Main.Path == "" {
			return nil, err
		}
		own, lookErr := sources.FindModule(dir, info.Main.Path)
		if lookErr != nil || own == "" {
			return nil, errors.Join(err, lookErr)
		}
		s.dir = own
	} else if m := found[0].Module; m != nil && m.Dir != "" {
		s.dir = m.Dir // where it is built
	}
	s.Packages, err = s.list(ctx, "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,CgoFiles,Imports,ImportMap,Deps,EmbedFiles,Standard")
	if err != nil {
		return nil, err
	}
	if s.Main().ImportPath != s.Path {
		return nil, fmt.Errorf("go list does not name %s", s.Path)
	}
	return s, nil
}

// list asks the go command for the main package, and for what it needs as args say.
func (s *Source) list(ctx context.Context, args ...string) ([]Package, error) {
	out, _, err := s.run(ctx, slices.Concat([]string{"list"}, s.flags(nil), args, []string{"--", s.Path})...)
	if err != nil {
		return nil, err
	}
	return readPackages(out)
}

// Finds reports whether the go command finds a package in the main package's module.
func (s *Source) Finds(ctx context.Context, path string) bool {
	_, _, err := s.run(ctx, "list", "-find", "--", path)
	return err == nil
}

// Change is what a build has that the executable has not.
type Change struct {
	Tags    []string // beside its own
	Overlay string   // file of the go command's flag -overlay; empty: none

	dumpDeps bool // the linker says what it takes
}

// Build builds the program into a file.
func (s *Source) Build(ctx context.Context, c Change, file string) error {
	_, err := s.build(ctx, c, file)
	return err
}

// defaultLDFlags are the linker's flags where the executable does not say, as one that
// is built with -trimpath does not (src/cmd/go/internal/load/pkg.go, setBuildInfo). They
// are those of the construct; others seldom change what is looked at here.
const defaultLDFlags = "-s -w -buildid="

// build returns what the linker and the go command say.
func (s *Source) build(ctx context.Context, c Change, file string) (said []byte, err error) {
	ldflags := s.settings["-ldflags"]
	if s.settings["-trimpath"] == "true" {
		ldflags = defaultLDFlags
	}
	if s.entry != "" {
		ldflags += " -E=" + s.entry
	}
	if c.dumpDeps {
		ldflags += " -dumpdep"
	}
	args := slices.Concat([]string{"build"}, s.flags(c.Tags), []string{"-ldflags=" + ldflags, "-o", file})
	if c.Overlay != "" {
		args = append(args, "-overlay="+c.Overlay)
	}
	_, said, err = s.run(ctx, append(args, "--", s.Path)...)
	return said, err
}

// flags are the build flags that the executable was made with, without the linker's,
// and more build tags.
func (s *Source) flags(tags []string) []string {
	// Also where they are empty: GOFLAGS may have others.
	flags := []string{
		"-buildvcs=false", "-tags=" + strings.Join(slices.Concat(s.Tags, tags), ","), "-trimpath=" + cmp.Or(s.settings["-trimpath"], "false"),
	}
	for _, name := range []string{"-gcflags", "-asmflags", "-buildmode"} {
		if v := s.settings[name]; v != "" {
			flags = append(flags, name+"="+v)
		}
	}
	return flags
}

// run runs the go command for the platform of the executable.
func (s *Source) run(ctx context.Context, args ...string) (stdout, stderr []byte, err error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = s.dir
	cmd.Env = os.Environ()
	for name, value := range s.settings {
		if strings.HasPrefix(name, "GO") || name == "CGO_ENABLED" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	// A killed go command would leave its compilers and temporary files behind.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	err = cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("go %s: %s", args[0], cmp.Or(reason(talk.String()), err.Error()))
	}
	return out.Bytes(), talk.Bytes(), err
}

// reason is the line in which the go command says why it failed: the first that is
// neither about a download nor the heading of a package.
func reason(talk string) string {
	for line := range strings.Lines(talk) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "go: downloading ") {
			continue
		}
		return strings.TrimRight(strings.TrimSuffix(line, "to add it:"), "; ")
	}
	return ""
}

// Name is how a package is called in the executable's symbols: main for the program.
func (s *Source) Name(importPath string) string {
	if importPath == s.Path {
		return "main"
	}
	return importPath
}
