package size

import (
	"bytes"
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

	"github.com/coldcrank/coldcrank/scripts/internal/sources"
)

// source is the source of an executable, as the go command lists it.
type source struct {
	dir      string // of its module
	program  string // import path of the main package
	settings map[string]string
	packages []listed // those that others import come before these
	byPath   map[string]*listed
}

// listed is what `go list -json` says of a package (go help list).
type listed struct {
	ImportPath string
	Dir        string
	Name       string
	Export     string
	Imports    []string
	ImportMap  map[string]string // as it is written → what it is, of vendored packages
	EmbedFiles []string
	Module     *struct{ Path, Dir string }
}

// list lists the packages of an executable, each with the file that the compiler made
// of it, in the folder of the module that it was built from. Its error says why the
// source is not here.
func list(ctx context.Context, info *buildinfo.BuildInfo, dir string) (*source, error) {
	s := &source{dir: dir, program: info.Path, settings: map[string]string{}, byPath: map[string]*listed{}}
	for _, v := range info.Settings {
		s.settings[v.Key] = v.Value
	}
	found, err := s.goList(ctx, "-find", "-json=ImportPath,Module")
	if err != nil {
		// It may be of a module of its own that the app does not need.
		own, lookErr := sources.FindModule(dir, info.Main.Path)
		if lookErr != nil || own == "" {
			return nil, err
		}
		s.dir = own
	} else if m := found[0].Module; m != nil && m.Dir != "" {
		s.dir = m.Dir // where it is built
	}
	s.packages, err = s.goList(ctx, "-export", "-deps", "-json=ImportPath,Dir,Name,Export,Imports,ImportMap,EmbedFiles")
	if err != nil {
		return nil, err
	}
	for i := range s.packages {
		s.byPath[s.packages[i].ImportPath] = &s.packages[i]
	}
	return s, nil
}

func (s *source) goList(ctx context.Context, args ...string) ([]listed, error) {
	out, _, err := s.run(ctx, slices.Concat([]string{"list"}, s.flags(), args, []string{"--", s.program})...)
	if err != nil {
		return nil, err
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
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
func (s *source) flags() []string {
	flags := []string{"-buildvcs=false"}
	for _, name := range []string{"-tags", "-trimpath", "-gcflags", "-asmflags", "-buildmode"} {
		if v := s.settings[name]; v != "" {
			flags = append(flags, name+"="+v)
		}
	}
	return flags
}

// run runs the go command for the platform of the executable.
func (s *source) run(ctx context.Context, args ...string) (stdout, stderr []byte, err error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = s.dir
	cmd.Env = os.Environ()
	for name, value := range s.settings {
		if strings.HasPrefix(name, "GO") || name == "CGO_ENABLED" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	err = cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		line, _, _ := strings.Cut(strings.TrimSpace(talk.String()), "\n")
		err = fmt.Errorf("go %s: %s", args[0], strings.TrimRight(strings.TrimSuffix(line, "to add it:"), "; "))
	}
	return out.Bytes(), talk.Bytes(), err
}

// name is how a package is called in the executable's symbols.
func (s *source) name(p *listed) string {
	if p.ImportPath == s.program {
		return "main"
	}
	return p.ImportPath
}
