package gobuild

import (
	"archive/zip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// proxy is a folder that the go command takes for a module proxy ("GOPROXY
// protocol", https://go.dev/ref/mod#goproxy-protocol).
type proxy string

// newProxy makes a proxy that is all that the test's go commands can reach, and
// an empty module cache, whose files the go command makes read-only.
func newProxy(t *testing.T) proxy {
	t.Helper()
	p := proxy(t.TempDir())
	t.Setenv("GOPROXY", p.url())
	t.Setenv("GOSUMDB", "off") // it does not know these modules
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOWORK", "")
	emptyCache(t)
	return p
}

func (p proxy) url() string { return "file://" + filepath.ToSlash(string(p)) }

// emptyCache gives the test a module cache of its own with nothing in it.
func emptyCache(t *testing.T) string {
	t.Helper()
	cache := t.TempDir()
	t.Setenv("GOMODCACHE", cache)
	t.Cleanup(func() {
		err := filepath.WalkDir(cache, func(path string, e fs.DirEntry, err error) error {
			if err == nil && e.IsDir() {
				err = os.Chmod(path, 0o755)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	return cache
}

// publish puts the files of dir into the proxy, as a version of a module.
func (p proxy) publish(t *testing.T, module, version, dir string) {
	t.Helper()
	goMod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(string(p), filepath.FromSlash(module), "@v")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		version + ".info": `{"Version":"` + version + `"}`,
		version + ".mod":  string(goMod),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Create(filepath.Join(folder, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	archive := zip.NewWriter(file)
	root := os.DirFS(dir)
	err = fs.WalkDir(root, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		w, err := archive.Create(module + "@" + version + "/" + path)
		if err != nil {
			return err
		}
		f, err := root.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	})
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// published returns a proxy with the library and its dependency, and the
// library's own checkout.
func published(t *testing.T) (p proxy, checkout string) {
	t.Helper()
	p = newProxy(t)
	for _, version := range []string{"v1.0.0", "v1.1.0"} {
		dir := t.TempDir()
		write(t, dir, strings.ReplaceAll(dep, "VERSION", version))
		p.publish(t, "example.com/dep", version, dir)
	}
	checkout = t.TempDir()
	write(t, checkout, library)
	command(t, checkout, "go", "mod", "tidy")
	p.publish(t, "example.com/library", "v1.0.0", checkout)
	return p, checkout
}

// newApp returns the folder of an app that imports the library's construct.
func newApp(t *testing.T, edits ...string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, app)
	if len(edits) > 0 {
		command(t, dir, "go", append([]string{"mod", "edit"}, edits...)...)
	}
	command(t, dir, "go", "mod", "tidy")
	return dir
}
