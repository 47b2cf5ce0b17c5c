package assembly

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/coldcrank/coldcrank/lambda/local/internal/template"
)

const (
	maxFile      = 16 << 20 // bytes of one JSON file
	maxManifests = 1000     // an assembly's stages
	maxNested    = 200      // nested stacks of a stack
)

// Load reads the cloud assembly in dir, with the assemblies of its stages.
// The manifest's schema is that of aws-cdk's cloud-assembly-schema; Load reads
// the few fields that it needs, whatever the version says.
//
// It is an error where dir is no cloud assembly (os.ErrNotExist where there is
// no such folder or no manifest.json in it), where the app wants context values
// that are looked up on AWS, and where a template or manifest that is referred
// to cannot be read. All else that cannot be used or resolved is left out, with
// a warning of its stack. No file outside dir is ever named by the result:
// paths that lead out, by "..", as absolute paths or through a symbolic link,
// are left out.
func Load(dir string) (*Assembly, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, fmt.Errorf("read cloud assembly: %w", err)
	}
	defer root.Close()
	l := &loader{
		root:      root,
		assembly:  &Assembly{Dir: abs},
		seen:      map[string]bool{},
		templates: map[string]*template.Template{},
		functions: map[string]*Function{},
		layers:    map[string]layer{},
	}
	if err := l.manifest("."); err != nil {
		return nil, fmt.Errorf("read cloud assembly %s: %w", dir, err)
	}
	if l.missing != nil {
		return nil, fmt.Errorf("the assembly lacks context values that are looked up on AWS: %s", strings.Join(l.missing, ", "))
	}
	l.build()
	return l.assembly, nil
}

type loader struct {
	root      *os.Root // the assembly: no file outside it is read
	assembly  *Assembly
	missing   []string                      // context values
	seen      map[string]bool               // directories
	templates map[string]*template.Template // by file
	set       template.Set
	scopes    []*scope             // parents before their nested stacks
	functions map[string]*Function // by ARN
	layers    map[string]layer     // by ARN
}

// build turns the templates into the model. Functions of all stacks come
// first, since a stack may use another's.
func (l *loader) build() {
	each := func(add func(*scope, *template.Resource) error, typ string) func(*scope) {
		return func(s *scope) { s.each(add, typ) }
	}
	for _, step := range []func(*scope){
		l.addLayers,
		each(l.addFunction, "AWS::Lambda::Function"),
		each(l.addVersion, "AWS::Lambda::Version"),
		each(l.addAlias, "AWS::Lambda::Alias"),
		each(addLogGroup, "AWS::Logs::LogGroup"),
		l.addAPIs,
		addOutputs,
	} {
		for _, s := range l.scopes {
			step(s)
		}
	}
}

// directory is one manifest's folder with the files that its asset manifests list.
type directory struct {
	root   *os.Root
	path   string            // relative to the assembly, with slashes
	assets map[string]source // by the last part of the object key
}

// join is name, which is relative to the directory, relative to the assembly.
func (d *directory) join(name string) (string, error) {
	joined := filepath.FromSlash(path.Join(d.path, name))
	if name == "" || path.IsAbs(name) || filepath.IsAbs(name) || !filepath.IsLocal(joined) {
		return "", fmt.Errorf("the path %q leads out of the assembly", name)
	}
	return joined, nil
}

// readJSON reads a file of the directory into v.
func (d *directory) readJSON(name string, v any) error {
	file, err := d.join(name)
	if err != nil {
		return err
	}
	data, err := read(d.root, file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// read is the content of a regular file.
func read(root *os.Root, name string) ([]byte, error) {
	// A named pipe would block: look before opening.
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("no regular file, or too large")}
	}
	return root.ReadFile(name)
}

// manifest is what Load reads of manifest.json.
type manifest struct {
	Artifacts map[string]artifact `json:"artifacts"`
	Missing   []struct {
		Key      string `json:"key"`      // for cdk.context.json
		Provider string `json:"provider"` // for example vpc-provider
	} `json:"missing"`
}

type artifact struct {
	Type        string `json:"type"`
	Environment string `json:"environment"`
	Properties  struct {
		TemplateFile  string            `json:"templateFile"`
		StackName     string            `json:"stackName"`
		Parameters    map[string]string `json:"parameters"`
		DirectoryName string            `json:"directoryName"`
		File          string            `json:"file"`
	} `json:"properties"`
}

func (l *loader) manifest(dir string) error {
	if l.seen[dir] || len(l.seen) == maxManifests {
		return fmt.Errorf("%s: stages are nested in each other, or are more than %d", dir, maxManifests)
	}
	l.seen[dir] = true
	d := &directory{root: l.root, path: dir, assets: map[string]source{}}
	var m manifest
	err := d.readJSON("manifest.json", &m)
	if err == nil && m.Artifacts == nil && m.Missing == nil {
		err = errors.New("manifest.json has no artifacts")
	}
	if err != nil {
		return fmt.Errorf("%s is not a cloud assembly: %w", dir, err)
	}
	for _, v := range m.Missing {
		l.missing = append(l.missing, fmt.Sprintf("%s (%s)", v.Key, v.Provider))
	}
	ids := slices.Sorted(maps.Keys(m.Artifacts))
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
			err = l.stack(d, id, a)
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

// A warning is cut in its middle: where it is stands first, the reason last.
const (
	warningHead = 700 // bytes
	warningTail = 300
)

// warn notes what of a resource or output is left out. Names and values come
// from the template: nothing in them reaches a terminal as a control.
func (s *scope) warn(where string, err error) {
	s.into.Warnings = append(s.into.Warnings, plain(s.path+where+": "+err.Error()))
}

// plain is a line of text without controls and of bounded length.
func plain(line string) string {
	if len(line) > warningHead+warningTail {
		line = line[:warningHead] + " … " + line[len(line)-warningTail:]
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, line)
}
