package local

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFolderOfTheDeadIsRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	alive, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	dead, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	code := filepath.Join(dead.dir, "code-1")
	if err := os.MkdirAll(code, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(code, "bootstrap"), nil, 0o555); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(code, 0o555); err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(os.TempDir(), folderPrefix+"being-made")
	if err := os.Mkdir(made, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := dead.lock.Close(); err != nil { // as the end of its process does
		t.Fatal(err)
	}
	next, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{alive.dir: true, dead.dir: false, made: true, next.dir: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s: there=%v, want %v", filepath.Base(dir), err == nil, want)
		}
	}
	for _, f := range []*folder{alive, next} {
		if err := f.remove(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(f.dir); !os.IsNotExist(err) {
			t.Errorf("%s is left: %v", f.dir, err)
		}
	}
}
