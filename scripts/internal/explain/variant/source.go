// Package variant builds a function's program once more with one thing changed, to be
// started beside the program as it is: other build tags, or another main package in the
// place of its own. No file of the function is touched; the go command's overlay puts
// the other one there.
package variant

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
	"path/filepath"
	"slices"
	"strings"
)

// Clients of the Runtime API that a main package can be written on here.
const (
	LambdaGo = "github.com/aws/aws-lambda-go/lambda"
	RIC      = "github.com/coldcrank/coldcrank/lambda/ric"
)

// Source is the main package of a program that was built by go build from source which
// the go command finds.
type Source struct {
	Path     string    // import path of the main package
	Packages []Package // all that it is built from, itself last
	Tags     []string  // build tags that the program was built with

	dir string   // where the go command is run
	env []string // the program's platform and such
	// ldflags are those of the program where it tells them. A program that was built
	// with -trimpath does not, and gets those that gobuild builds functions with.
	ldflags  string
	trimpath bool
}

// Package is one package as go list tells it.
type Package struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	CgoFiles   []string
	Imports    []string
	Deps       []string // all that it links but itself
	EmbedFiles []string
	Standard   bool
	Module     *struct{ Path string }
}

// Find finds the source of an executable in the module that a folder belongs to, or
// says why it cannot.
func Find(ctx context.Context, executable, dir string) (*Source, error) {
	info, err := buildinfo.ReadFile(executable)
	if err != nil {
		return nil, fmt.Errorf("read how it was built: %w", err)
	}
	s := &Source{Path: info.Path, dir: dir, ldflags: "-s -w -buildid="}
	for _, setting := range info.Settings {
		switch key := setting.Key; {
		case key == "-tags":
			s.Tags = strings.FieldsFunc(setting.Value, func(r rune) bool { return r == ',' })
		case key == "-trimpath":
			s.trimpath = setting.Value == "true"
		case key == "-ldflags":
			s.ldflags = setting.Value
		case slices.Contains([]string{"GOOS", "GOARCH", "CGO_ENABLED", "GOAMD64", "GOARM64", "GOEXPERIMENT"}, key):
			s.env = append(s.env, key+"="+setting.Value)
		}
	}
	if s.Path == "" || s.Path == "command-line-arguments" {
		return nil, errors.New("the executable does not name its main package: it was built from files, not from a package")
	}
	if err := s.list(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// list asks the go command for the packages.
func (s *Source) list(ctx context.Context) error {
	out, err := s.run(ctx, "list", "-deps", "-json=ImportPath,Dir,GoFiles,CgoFiles,Imports,Deps,EmbedFiles,Standard,Module", "-tags="+strings.Join(s.Tags, ","), "--", s.Path)
	if err != nil {
		return fmt.Errorf("find the source of %s: %w", s.Path, err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p Package
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return fmt.Errorf("read what go list says: %w", err)
		}
		s.Packages = append(s.Packages, p)
	}
	if len(s.Packages) == 0 || s.main().ImportPath != s.Path {
		return fmt.Errorf("go list does not name %s", s.Path)
	}
	return nil
}

func (s *Source) main() Package { return s.Packages[len(s.Packages)-1] }

// Imports are those of the main package.
func (s *Source) Imports() []string {
	return slices.DeleteFunc(slices.Clone(s.main().Imports), func(path string) bool { return path == "C" })
}

// Links reports whether the program links a package.
func (s *Source) Links(path string) bool { return s.Package(path) != nil }

// Package is the package of an import path, nil where the program does not link it.
func (s *Source) Package(path string) *Package {
	for i := range s.Packages {
		if s.Packages[i].ImportPath == path {
			return &s.Packages[i]
		}
	}
	return nil
}

// Tagged reports whether the program was built with a build tag.
func (s *Source) Tagged(tag string) bool { return slices.Contains(s.Tags, tag) }

// Finds reports whether the go command finds a package in the function's module.
func (s *Source) Finds(ctx context.Context, path string) bool {
	_, err := s.run(ctx, "list", "-find", "--", path)
	return err == nil
}

// Embedded is how many bytes of files a package embeds.
func (p Package) Embedded() (bytes int64) {
	for _, name := range p.EmbedFiles {
		if info, err := os.Stat(filepath.Join(p.Dir, name)); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}

// run runs the go command in the module's folder. An error ends with what it said.
func (s *Source) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = s.dir
	cmd.Env = slices.Concat(os.Environ(), s.env)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if text := strings.Join(strings.Fields(stderr.String()), " "); text != "" {
			return nil, fmt.Errorf("go %s: %q", args[0], text[:min(len(text), 500)])
		}
		return nil, fmt.Errorf("go %s: %w", args[0], err)
	}
	return out, nil
}

// Closure is how many of the program's packages a package links, itself included; 0 for
// one that the program does not link.
func (s *Source) Closure(path string) int {
	p := s.Package(path)
	if p == nil {
		return 0
	}
	return len(p.Deps) + 1
}
