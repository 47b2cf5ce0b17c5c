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
	"regexp"
	"strings"
)

const (
	maxFile      = 64 << 20 // bytes of one JSON file
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
		functions: map[string]*Function{},
	}
	if err := l.manifest("."); err != nil {
		if errors.Is(err, errManifest) {
			return nil, &NotAssemblyError{dir, err}
		}
		return nil, fmt.Errorf("read cloud assembly: %w", err)
	}
	if l.missing != nil {
		return nil, &LookupError{l.missing}
	}
	l.build()
	return l.assembly, nil
}

var errManifest = errors.New("manifest.json")

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
	seen      map[string]bool // directories
	scopes    []*scope        // parents before their nested stacks
	functions map[string]*Function
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
		return fmt.Errorf("%w: %w", errManifest, err)
	}
	if m.Artifacts == nil && m.Missing == nil {
		return fmt.Errorf("%w: no artifacts", errManifest)
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

var (
	isAccount = regexp.MustCompile(`^[0-9]{12}$`)
	isRegion  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]$`)
)

// stack reads a top-level stack's template and those nested in it.
func (l *loader) stack(d *directory, name, templateFile, environment string, given map[string]any) error {
	// aws://account/region; "unknown-account" and "unknown-region" where the app leaves them open.
	account, region, _ := strings.Cut(strings.TrimPrefix(environment, "aws://"), "/")
	if !isAccount.MatchString(account) {
		account = "000000000000"
	}
	if !isRegion.MatchString(region) {
		region = "us-east-1"
	}
	st := &Stack{Name: name, Account: account, Region: region, outputs: map[string]string{}}
	file, err := d.join(templateFile)
	if err != nil {
		return err
	}
	tmpl, err := l.files.template(file)
	if err != nil {
		return err
	}
	s := &scope{
		partition: newPartition(account, region), name: name, stack: st, dir: d, tmpl: tmpl,
		effort: new(effort), given: given, known: map[string]*answer{}, nested: map[string]*scope{},
	}
	// What the deployment gives is a value, not an expression; it resolves to itself.
	s.parent = s
	l.assembly.Stacks = append(l.assembly.Stacks, st)
	l.nest(s, new(int))
	return nil
}

func (f *files) template(name string) (*template, error) {
	data, err := f.read(name)
	if err != nil {
		return nil, err
	}
	t, err := parseTemplate(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

// nest adds s and the nested stacks in it; count is those of the whole stack.
func (l *loader) nest(s *scope, count *int) {
	l.scopes = append(l.scopes, s)
	if s.tmpl.Transform != nil {
		s.warn("Transform", errors.New("macros run on AWS only"))
	}
	for _, id := range s.tmpl.Resources.order {
		if s.tmpl.Resources.byID[id].Type != "AWS::CloudFormation::Stack" {
			continue
		}
		r, err := s.existing(id)
		if err != nil {
			continue
		}
		n, err := l.nestedScope(s, id, r)
		if *count++; err == nil && *count > maxNested {
			err = fmt.Errorf("more than %d nested stacks", maxNested)
		}
		if err != nil {
			s.warn(id, fmt.Errorf("nested stack left out: %w", err))
			continue
		}
		s.nested[id] = n
		l.nest(n, count)
	}
}

func (l *loader) nestedScope(s *scope, id string, r *resource) (*scope, error) {
	file, err := s.asset(r, "TemplateURL", "TemplateURL")
	if err != nil {
		return nil, err
	}
	tmpl, err := l.files.template(file)
	if err != nil {
		return nil, err
	}
	p := properties{s: s, r: r}
	n := *s
	n.name, n.path, n.tmpl, n.parent = s.madeName(id, r.Type), s.path+id+"/", tmpl, s
	n.given, _ = p.r.Properties["Parameters"].(map[string]any)
	n.known, n.nested, n.versions = map[string]*answer{}, map[string]*scope{}, nil
	return &n, nil
}

// warn notes what of a resource, output or parameter is left out.
func (s *scope) warn(id string, err error) {
	where := s.path + id
	if r := s.tmpl.Resources.byID[id]; r != nil {
		where += " (" + r.Type + ")"
	}
	s.stack.Warnings = append(s.stack.Warnings, where+": "+err.Error())
}

// build turns the templates into the model. Functions of all stacks come
// first, since a stack may use another's.
func (l *loader) build() {
	for _, step := range []func(*scope, string, *resource) error{l.addFunction, l.addVersion, l.addAlias, l.addLogGroup} {
		for _, s := range l.scopes {
			s.each(step)
		}
	}
	for _, s := range l.scopes {
		l.addAPIs(s)
		if s.parent == s {
			s.resolveOutputs()
		}
	}
}

// each calls step with every resource that exists, in the template's order; an
// error of step leaves the resource out, with a warning.
func (s *scope) each(step func(*scope, string, *resource) error) {
	for _, id := range s.tmpl.Resources.order {
		if err := step(s, id, s.tmpl.Resources.byID[id]); err != nil {
			s.warn(id, err)
		}
	}
}

func (s *scope) resolveOutputs() {
	for _, id := range sortedKeys(s.tmpl.Outputs) {
		value, err := s.output(id)
		if errors.Is(err, errNoOutput) {
			continue
		}
		if err != nil {
			s.warn("output "+id, err)
			continue
		}
		s.stack.outputs[id] = value
	}
}

var errNoOutput = errors.New("no such output")

// output is the value of an output; errNoOutput where a condition leaves it out.
func (s *scope) output(id string) (string, error) {
	o, ok := s.tmpl.Outputs[id]
	if !ok {
		return "", errNoOutput
	}
	if o.Condition != "" {
		yes, err := s.condition(o.Condition)
		if err != nil {
			return "", err
		}
		if !yes {
			return "", errNoOutput
		}
	}
	return s.text(o.Value)
}
