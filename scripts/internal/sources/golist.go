package sources

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// query asks the Go tool for packages and all that they need.
type query struct {
	dir      string // of the module
	packages []string
	arch     string // of a function; empty: as this machine
	tags     string
}

// listed is what `go list -json` says of a package (go help list).
type listed struct {
	Dir        string
	ImportPath string
	Standard   bool
	EmbedFiles []string
	Module     *module
}

type module struct {
	Path    string
	Version string
	Main    bool
	GoMod   string
	Replace *module
}

// here reports whether the module's files are a user's own: not of the module cache.
func (m *module) here() bool {
	return m != nil && (m.Main || m.Replace != nil && m.Replace.Version == "")
}

// list adds the files of packages and of what they need. found are the import paths
// of packages that are there.
func (s *Set) list(ctx context.Context, q query) (found map[string]bool, err error) {
	// -e: also what does not compile now is waited for.
	args := []string{"list", "-e", "-deps", "-json=Dir,ImportPath,Standard,EmbedFiles,Module"}
	if q.tags != "" {
		args = append(args, "-tags="+q.tags)
	}
	cmd := exec.CommandContext(ctx, "go", append(append(args, "--"), q.packages...)...)
	cmd.Dir = q.dir
	if q.arch != "" {
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+q.arch, "CGO_ENABLED=0")
	}
	out, err := output(cmd)
	if err != nil {
		return nil, err
	}
	found = map[string]bool{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if p.Dir == "" || p.Standard {
			continue
		}
		found[p.ImportPath] = true
		// A file that an app consists of, as in "go run main.go", has no module
		// where the module does not list it.
		if p.Module != nil && !p.Module.here() {
			continue
		}
		s.add(p)
	}
	return found, s.addWork(ctx, q.dir)
}

func (s *Set) add(p listed) {
	s.folders[p.Dir] = rule{all: s.folders[p.Dir].all || len(p.EmbedFiles) > 0}
	for _, name := range p.EmbedFiles {
		// A file that a pattern will match is in a folder of one that it does.
		s.folders[filepath.Dir(filepath.Join(p.Dir, name))] = rule{all: true}
	}
	if p.Module != nil && p.Module.GoMod != "" {
		s.addModule(p.Module.GoMod)
	}
}

func (s *Set) addModule(gomod string) {
	dir := filepath.Dir(gomod)
	s.files = append(s.files, gomod, filepath.Join(dir, "go.sum"), filepath.Join(dir, "vendor", "modules.txt"))
}

// addWork adds what says which modules a build in a folder is of.
func (s *Set) addWork(ctx context.Context, dir string) error {
	cmd := exec.CommandContext(ctx, "go", "env", "GOMOD", "GOWORK")
	cmd.Dir = dir
	out, err := output(cmd)
	if err != nil {
		return err
	}
	gomod, work, _ := strings.Cut(strings.TrimSuffix(string(out), "\n"), "\n")
	if gomod != "" && gomod != os.DevNull {
		s.addModule(gomod)
	}
	if work != "" && work != "off" {
		s.files = append(s.files, work, work+".sum")
	}
	return nil
}

// output runs a command of the Go tool. Its error has what the tool said.
func output(cmd *exec.Cmd) ([]byte, error) {
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, fmt.Errorf("go %s: %s", cmd.Args[1], strings.TrimSpace(string(exit.Stderr)))
	}
	return out, err
}

// FindModule finds the folder of a module at or below a folder.
func FindModule(top, path string) (dir string, err error) {
	err = walk(top, func(name string, d fs.DirEntry) error {
		if d.Name() != "go.mod" {
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return nil // gone by now, or not ours to read
		}
		if modulePath(data) == path {
			dir = filepath.Dir(name)
			return fs.SkipAll
		}
		return nil
	})
	return dir, err
}
