package assembly

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

const (
	maxFile      = 16 << 20 // bytes of one JSON file
	maxManifests = 1000     // an assembly's stages
	maxNested    = 200      // nested stacks of a stack
)

// NotAssemblyError is a folder that is no cloud assembly.
type NotAssemblyError struct {
	Dir string
	Err error // what is missing or wrong about its manifest.json
}

func (e *NotAssemblyError) Error() string {
	return fmt.Sprintf("%s is not a cloud assembly: %v", e.Dir, e.Err)
}

func (e *NotAssemblyError) Unwrap() error { return e.Err }

// LookupError is an assembly that was synthesized without context values that
// it needs: its templates hold dummies.
type LookupError struct {
	Missing []Lookup
}

// Lookup is one missing context value, as the manifest's "missing" names it.
type Lookup struct {
	Key      string `json:"key"`      // for cdk.context.json
	Provider string `json:"provider"` // for example vpc-provider
}

func (e *LookupError) Error() string {
	keys := make([]string, len(e.Missing))
	for i, m := range e.Missing {
		keys[i] = fmt.Sprintf("%s (%s)", m.Key, m.Provider)
	}
	return "the assembly lacks context values that are looked up on AWS: " + strings.Join(keys, ", ")
}

// Load reads the cloud assembly in dir, with the assemblies of its stages.
// The manifest's schema is that of aws-cdk's cloud-assembly-schema; Load reads
// the few fields that it needs, whatever the version says.
//
// It returns a *NotAssemblyError where dir has no readable manifest.json, a
// *LookupError where the app wants lookups, and an error that names the file
// where a template or manifest that is referred to cannot be read. All else
// that cannot be used or resolved is left out, with a warning of its stack.
// No file outside dir is ever named by the result: paths that lead out, by
// "..", as absolute paths or through a symbolic link, are left out.
func Load(dir string) (*Assembly, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, &NotAssemblyError{dir, err}
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, &NotAssemblyError{dir, err}
	}
	defer root.Close()
	l := &loader{
		files:     &files{root, abs},
		assembly:  &Assembly{Dir: abs},
		seen:      map[string]bool{},
		templates: map[string]*template{},
		effort:    new(effort),
		functions: map[string]*Function{},
	}
	if err := l.manifest("."); err != nil {
		if bad, ok := errors.AsType[*NotAssemblyError](err); ok && bad.Dir == "." {
			bad.Dir = dir
			return nil, bad
		}
		return nil, fmt.Errorf("read cloud assembly %s: %w", dir, err)
	}
	if l.missing != nil {
		return nil, &LookupError{l.missing}
	}
	l.build()
	return l.assembly, nil
}

// files reads the assembly's files and none outside it.
type files struct {
	root *os.Root
	abs  string
}

// read is the content of a regular file; name is relative to the assembly.
func (f *files) read(name string) ([]byte, error) {
	// A named pipe would block: look before opening.
	info, err := f.root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("no regular file, or too large")}
	}
	file, err := f.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxFile))
}

// directory is one manifest's folder with the files that its asset manifests list.
type directory struct {
	files  *files
	path   string            // relative to the assembly, with slashes
	assets map[string]source // by object key
}

// join is name, which is relative to the directory, relative to the assembly.
func (d *directory) join(name string) (string, error) {
	joined := path.Join(d.path, name)
	if name == "" || path.IsAbs(name) || filepath.IsAbs(name) || !filepath.IsLocal(filepath.FromSlash(joined)) {
		return "", fmt.Errorf("the path %q leads out of the assembly", name)
	}
	return filepath.FromSlash(joined), nil
}

// readJSON reads a file of the directory into v.
func (d *directory) readJSON(name string, v any) error {
	file, err := d.join(name)
	if err != nil {
		return err
	}
	data, err := d.files.read(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

type loader struct {
	files     *files
	assembly  *Assembly
	missing   []Lookup
	seen      map[string]bool      // directories
	templates map[string]*template // by file
	scopes    []*scope             // parents before their nested stacks
	effort    *effort
	exports   map[string]export    // by account, Region and name
	functions map[string]*Function // by ARN
}

// manifest is what Load reads of manifest.json.
type manifest struct {
	Artifacts map[string]struct {
		Type        string `json:"type"`
		Environment string `json:"environment"`
		Properties  struct {
			TemplateFile  string            `json:"templateFile"`
			StackName     string            `json:"stackName"`
			Parameters    map[string]string `json:"parameters"`
			DirectoryName string            `json:"directoryName"`
			File          string            `json:"file"`
		} `json:"properties"`
	} `json:"artifacts"`
	Missing []Lookup `json:"missing"`
}

func (l *loader) manifest(dir string) error {
	if l.seen[dir] || len(l.seen) == maxManifests {
		return fmt.Errorf("%s: stages are nested in each other, or are more than %d", dir, maxManifests)
	}
	l.seen[dir] = true
	d := &directory{files: l.files, path: dir, assets: map[string]source{}}
	var m manifest
	if err := d.readJSON("manifest.json", &m); err != nil {
		return &NotAssemblyError{dir, err}
	}
	if m.Artifacts == nil && m.Missing == nil {
		return &NotAssemblyError{dir, errors.New("manifest.json has no artifacts")}
	}
	l.missing = append(l.missing, m.Missing...)
	ids := sortedKeys(m.Artifacts)
	for _, id := range ids {
		if a := m.Artifacts[id]; a.Type == "cdk:asset-manifest" {
			if err := d.readAssets(a.Properties.File); err != nil {
				return fmt.Errorf("artifact %s: %w", id, err)
			}
		}
	}
	for _, id := range ids {
		a := m.Artifacts[id]
		var err error
		switch a.Type {
		case "aws:cloudformation:stack":
			name := a.Properties.StackName
			if name == "" {
				name = id
			}
			given := map[string]any{}
			for k, v := range a.Properties.Parameters {
				given[k] = v
			}
			err = l.stack(d, name, a.Properties.TemplateFile, a.Environment, given)
		case "cdk:cloud-assembly":
			var sub string
			if sub, err = d.join(a.Properties.DirectoryName); err == nil {
				err = l.manifest(filepath.ToSlash(sub))
			}
		}
		if err != nil {
			return fmt.Errorf("artifact %s: %w", id, err)
		}
	}
	return nil
}
