package pagecache

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestEvict(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	if n, err := resident(f); err != nil || n != 1<<20/os.Getpagesize() {
		t.Fatalf("%d pages are in memory, %v", n, err)
	}
	if err := Evict(name); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if n, err := resident(f); err != nil || n != 0 {
		t.Errorf("%d pages are in memory, %v", n, err)
	}
}

// On a tmpfs there is no volume to start from.
func TestNotEvictable(t *testing.T) {
	f, err := os.CreateTemp("/dev/shm", "coldcrank-test-")
	if err != nil {
		t.Skip(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var fs unix.Statfs_t
	if err := unix.Statfs(f.Name(), &fs); err != nil || fs.Type != unix.TMPFS_MAGIC {
		t.Skipf("/dev/shm is no tmpfs (%v)", err)
	}
	if _, err := f.WriteString("x"); err != nil {
		t.Fatal(err)
	}
	if err := Evict(f.Name()); err == nil || !strings.Contains(err.Error(), "1 pages stay in memory") {
		t.Errorf("got %v", err)
	}
}
