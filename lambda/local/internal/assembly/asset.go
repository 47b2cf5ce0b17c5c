package assembly

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// source is a file asset in an asset manifest: a folder that is zipped for its
// upload, or a file that is uploaded as it is.
type source struct {
	path       string // relative to the manifest
	executable bool   // the asset is made by a command, when it is uploaded
}

// readAssets adds the files of an asset manifest (*.assets.json), by the key
// under which a deployment uploads them.
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
	for _, id := range sortedKeys(m.Files) {
		f := m.Files[id]
		for _, dest := range f.Destinations {
			d.assets[dest.ObjectKey] = source{f.Source.Path, f.Source.Executable != nil}
		}
	}
	return nil
}

// asset finds the file or folder behind a resource's property: by the object
// key at path of the properties in the asset manifests, or by the metadata that
// the CDK CLI asks for (aws:asset:path, aws:asset:property). The name is
// relative to the assembly.
func (s *scope) asset(r *resource, property string, path ...string) (string, error) {
	key, err := s.property(r, path...)
	if t, ok := key.(string); ok {
		if src, ok := s.dir.find(t); ok {
			if src.executable {
				return "", errors.New("its asset is made by a command at upload")
			}
			return s.dir.existingFile(src.path)
		}
		err = fmt.Errorf("no asset of the assembly has the key %q", t)
	}
	if r.Metadata["aws:asset:property"] == property || property == "TemplateURL" {
		if t, ok := r.Metadata["aws:asset:path"].(string); ok {
			return s.dir.existingFile(t)
		}
	}
	if err == nil {
		err = errors.New("it has no asset")
	}
	return "", err
}

// find takes an object key, or a URL that ends in one.
func (d *directory) find(key string) (source, bool) {
	for {
		if src, ok := d.assets[key]; ok {
			return src, true
		}
		_, rest, ok := strings.Cut(key, "/")
		if !ok {
			return source{}, false
		}
		key = rest
	}
}

func (d *directory) existingFile(name string) (string, error) {
	file, err := d.join(name)
	if err != nil {
		return "", err
	}
	info, err := d.files.root.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("the asset %q is missing", name)
	}
	if err != nil {
		return "", err
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return "", fmt.Errorf("the asset %q is neither a file nor a folder", name)
	}
	return file, nil
}

// code is an asset's absolute path; zip says that it is a file.
func (s *scope) code(r *resource, property string) (name string, zip bool, err error) {
	file, err := s.asset(r, property, property, "S3Key")
	if err != nil {
		return "", false, fmt.Errorf("%s: %w", property, err)
	}
	name = filepath.Join(s.dir.files.abs, file)
	info, err := s.dir.files.root.Stat(file)
	if err != nil {
		return "", false, err
	}
	return name, !info.IsDir(), nil
}

// shippedDir is where infra/benchapi keeps the build that a deployment ships,
// in an asset that was made for this machine.
const shippedDir = ".shipped"

// shipped is the folder of the code that a deployment of code would ship.
func (s *scope) shipped(code string) string {
	dir := filepath.Join(code, shippedDir)
	// A symbolic link is no folder: it could lead anywhere.
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return code
	}
	return dir
}
