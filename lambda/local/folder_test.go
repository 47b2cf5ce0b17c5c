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

// Root leaves alone what other users' executors have left, and what only looks like
// one's own.
func TestFoldersOfOthersStay(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	theirs := filepath.Join(os.TempDir(), folderPrefix+"theirs")
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	for _, dir := range []string{theirs, elsewhere} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, lockName), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(os.TempDir(), folderPrefix+"link")
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Fatal(err)
	}
	left := []string{link, filepath.Join(elsewhere, lockName)}
	if os.Geteuid() == 0 { // nobody else can give a folder away
		if err := os.Chown(theirs, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		left = append(left, filepath.Join(theirs, lockName))
	}
	f, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range left {
		if _, err := os.Lstat(name); err != nil {
			t.Error(err)
		}
	}
	if err := f.remove(); err != nil {
		t.Error(err)
	}
}
