package pagecache

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// folder makes one with a file of a megabyte that is on the disk and in memory,
// where files can be evicted; in CI they must be.
func folder(t *testing.T) (dir string, file *os.File) {
	t.Helper()
	dir = t.TempDir()
	give := t.Skip
	if os.Getenv("CI") != "" {
		give = t.Fatal
	}
	if err := Evictable(dir); err != nil {
		give(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(dir, "sub", "file"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if _, err := file.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := file.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "empty"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir, file
}

func TestEvict(t *testing.T) {
	dir, file := folder(t)
	all := 1 << 20 / os.Getpagesize()
	if p, err := resident(file); err != nil || p != (Pages{all, all}) {
		t.Fatalf("before: %+v, %v, want all %d", p, err, all)
	}
	if p, err := Evict(dir); err != nil || p != (Pages{all, 0}) {
		t.Errorf("got %+v, %v, want none of %d", p, err, all)
	}
	if _, err := file.ReadAt(make([]byte, 1), 0); err != nil {
		t.Fatal(err)
	}
	if p, err := resident(file); err != nil || p.Resident == 0 {
		t.Errorf("after reading: %+v, %v", p, err)
	}
}

// What a program has mapped stays, and is counted.
func TestEvictMapped(t *testing.T) {
	dir, file := folder(t)
	mapped, err := unix.Mmap(int(file.Fd()), 0, 1<<20, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(mapped)
	sum := 0
	for i := 0; i < len(mapped); i += os.Getpagesize() {
		sum += int(mapped[i])
	}
	p, err := Evict(dir)
	if err != nil || p.Resident == 0 || sum != 0 {
		t.Errorf("got %+v, %v, want pages in memory", p, err)
	}
	var tally Tally
	tally.Add(p)
	tally.Add(Pages{All: 9})
	if starts, partial := tally.Counts(); starts != 2 || partial != 1 {
		t.Errorf("got %d starts, %d partial, want 2, 1", starts, partial)
	}
}

// On a tmpfs there is no disk to start from.
func TestNotEvictable(t *testing.T) {
	dir, err := os.MkdirTemp("/dev/shm", "coldcrank-test-")
	if err != nil {
		t.Skip(err)
	}
	defer os.RemoveAll(dir)
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil || fs.Type != unix.TMPFS_MAGIC {
		t.Skipf("/dev/shm is no tmpfs (%v)", err)
	}
	if err := Evictable(dir); err == nil || !strings.Contains(err.Error(), "stay in memory") {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
