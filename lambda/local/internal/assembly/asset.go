package assembly

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/local/internal/template"
)

// source is a file asset in an asset manifest: a folder that is zipped for its
// upload, or a file that is uploaded as it is.
type source struct {
	path       string // relative to the manifest
	executable bool   // the asset is made by a command, when it is uploaded
}

// readAssets adds the files of an asset manifest (*.assets.json), by the last
// part of the key under which a deployment uploads them: it is a hash of the
// content, and the last part of a URL, too.
func (d *directory) readAssets(name string) error {
	var m struct {
		Files map[string]struct {
			Source struct {
				Path       string   `json:"path"`
				Executable []string `json:"executable"`
			} `json:"source"`
			Destinations map[string]struct {
				ObjectKey string `json:"objectKey"`
			} `json:"destinations"`
		} `json:"files"`
	}
	if err := d.readJSON(name, &m); err != nil {
		return err
	}
	for _, f := range m.Files {
		for _, dest := range f.Destinations {
			d.assets[path.Base(dest.ObjectKey)] = source{f.Source.Path, f.Source.Executable != nil}
		}
	}
	return nil
}

// asset finds the file or folder behind a resource's property: an object key,
// or a URL that ends in one. The name is relative to the assembly.
func (s *scope) asset(r *template.Resource, property string) (name string, dir bool, err error) {
	p := s.Properties(r)
	key := p.Text(property, "")
	if p.Err != nil {
		return "", false, p.Err
	}
	src, ok := s.dir.assets[path.Base(key)]
	switch {
	case key == "":
		return "", false, fmt.Errorf("%s: it has no asset", property)
	case !ok:
		return "", false, fmt.Errorf("%s: no asset of the assembly has the key %q", property, key)
	case src.executable:
		return "", false, fmt.Errorf("%s: its asset is made by a command at upload", property)
	}
	name, dir, err = s.dir.stat(src.path)
	if err != nil {
		err = fmt.Errorf("%s: %w", property, err)
	}
	return name, dir, err
}

// stat finds a file or folder that is there.
func (d *directory) stat(name string) (file string, dir bool, err error) {
	if file, err = d.join(name); err != nil {
		return "", false, err
	}
	info, err := d.root.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("the asset %q is missing", name)
	case err == nil && !info.IsDir() && !info.Mode().IsRegular():
		err = fmt.Errorf("the asset %q is neither a file nor a folder", name)
	}
	return file, err == nil && info.IsDir(), err
}

// addCode finds the function's code.
func (s *scope) addCode(f *Function, r *template.Resource) error {
	file, dir, err := s.asset(r, "Code.S3Key")
	if err != nil {
		return err
	}
	name := s.absolute(file)
	if !dir {
		f.CodeZip = name
		return nil
	}
	f.CodeDir, f.ShippedDir = name, name
	shipped := filepath.Join(file, outputs.ShippedDir)
	// A symbolic link is no folder: it could lead anywhere.
	if info, err := s.dir.root.Lstat(shipped); err == nil && info.IsDir() {
		f.ShippedDir = s.absolute(shipped)
	}
	return nil
}

func (s *scope) absolute(file string) string { return filepath.Join(s.dir.root.Name(), file) }

// layer is a resource that defines a version of a layer. Its asset is looked
// for when a function has it: nobody misses that of another.
type layer struct {
	scope    *scope
	resource *template.Resource
}

func (l *loader) addLayers(s *scope) {
	for r, err := range s.Resources("AWS::Lambda::LayerVersion") {
		if err != nil {
			continue
		}
		if arn, err := s.Ref(r); err == nil {
			l.layers[arn] = layer{s, r}
		}
	}
}

// layer is the folder or zip file of the layer with that ARN.
func (l *loader) layer(arn string) (string, error) {
	v, ok := l.layers[arn]
	if !ok {
		return "", fmt.Errorf("%q is not in this assembly", arn)
	}
	file, _, err := v.scope.asset(v.resource, "Content.S3Key")
	return v.scope.absolute(file), err
}
