package tree

import (
	"os"
	"path/filepath"
	"testing"
)

// made is a sealed folder with a script, links, and a file in a folder.
func made(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "code")
	if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"bootstrap": 0o555, "sub/data": 0o444} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\nexit 0\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"sub/link": "data", "out": "/", "none": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := Seal(dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, dir) })
	return dir
}

func remove(t *testing.T, dir string) {
	t.Helper()
	if err := Remove(dir); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", dir, err)
	}
}

func TestCopy(t *testing.T) {
	from := made(t)
	to := filepath.Join(t.TempDir(), "copy")
	if err := Copy(from, to); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{".": 0o555, "bootstrap": 0o555, "sub": 0o555, "sub/data": 0o444} {
		if info, err := os.Stat(filepath.Join(to, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
	want, err := os.ReadFile(filepath.Join(from, "sub", "data"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(to, "sub", "data")); err != nil || string(got) != string(want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	for name, want := range map[string]string{"sub/link": "data", "out": "/", "none": "nowhere"} {
		if got, err := os.Readlink(filepath.Join(to, name)); err != nil || got != want {
			t.Errorf("%s: a link to %q, %v, want %q", name, got, err, want)
		}
	}
	if err := Copy(from, to); err == nil {
		t.Error("copy over a folder that is there: no error")
	}
	remove(t, to)
	remove(t, to) // again
	remove(t, "")
}
