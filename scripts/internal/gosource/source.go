// Package gosource finds the source of an executable that Go built: its packages, what
// they import and embed, and which symbols of them the linker takes.
//
// It runs the go command for the platform and with the flags that the executable notes
// about itself. It changes nothing: what it builds goes to a temporary folder.
package gosource

import (
	"bytes"
	"cmp"
	"context"
	"debug/buildinfo"
	"encoding/json"
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
	Packages []Package // those that others import come before these

	dir      string // of its module
	program  string // import path of the main package
	settings map[string]string
}

// Package is what `go list -json` says of a package (go help list).
type Package struct {
	ImportPath string
	Dir        string
	Export     string // the file that the compiler made of it
	Imports    []string
	ImportMap  map[string]string // as it is written → what it is, of vendored packages
	EmbedFiles []string
	Module     *struct{ Dir string }
}

// Find lists the packages of an executable, in the folder of the module that it was
// built from: the one that has its main package, asked in dir, or one at or below dir.
// What is not compiled yet is. Its error says why the source is not here.
func Find(ctx context.Context, info *buildinfo.BuildInfo, dir string) (*Source, error) {
	s := &Source{dir: dir, program: info.Path, settings: map[string]string{}}
	for _, v := range info.Settings {
		s.settings[v.Key] = v.Value
	}
	found, err := s.goList(ctx, "-find", "-json=ImportPath,Module")
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
	s.Packages, err = s.goList(ctx, "-export", "-deps", "-json=ImportPath,Dir,Export,Imports,ImportMap,EmbedFiles")
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Source) goList(ctx context.Context, args ...string) ([]Package, error) {
	out, _, err := s.run(ctx, slices.Concat([]string{"list"}, s.flags(), args, []string{"--", s.program})...)
	if err != nil {
		return nil, err
	}
	var all []Package
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p Package
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		return nil, errors.New("go list: no package")
	}
	return all, nil
}

// flags are the build flags that the executable was made with, without the linker's.
func (s *Source) flags() []string {
	// Also where they are empty: GOFLAGS may have others.
	flags := []string{"-buildvcs=false", "-tags=" + s.settings["-tags"], "-trimpath=" + cmp.Or(s.settings["-trimpath"], "false")}
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
		line, _, _ := strings.Cut(strings.TrimSpace(talk.String()), "\n")
		err = fmt.Errorf("go %s: %s", args[0], strings.TrimRight(strings.TrimSuffix(line, "to add it:"), "; "))
	}
	return out.Bytes(), talk.Bytes(), err
}

// Name is how a package is called in the executable's symbols: main for the program.
func (s *Source) Name(importPath string) string {
	if importPath == s.program {
		return "main"
	}
	return importPath
}
