package slow

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/pagecache"
)

const latency = 20 * time.Millisecond

// mount gives a volume with a file of a megabyte; in CI there must be one.
func mount(t *testing.T) (v *Volume, file string, content []byte) {
	t.Helper()
	content = bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	source := filepath.Join(t.TempDir(), "bootstrap")
	if err := os.WriteFile(source, content, 0o755); err != nil {
		t.Fatal(err)
	}
	at := t.TempDir()
	v, err := Mount(at, map[string]string{"a": source}, Speed{Latency: latency, BytesPerSecond: 1 << 30})
	if err != nil {
		give := t.Skip
		if os.Getenv("CI") != "" {
			give = t.Fatal
		}
		give(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(at); err != nil || len(left) > 0 {
			t.Errorf("left: %v, %v", left, err)
		}
	})
	return v, filepath.Join(at, "a", "bootstrap"), content
}

// A file is slow until it is in the page cache, and slow again when it has been
// evicted. Opening it does not evict it: a program may open itself.
func TestVolume(t *testing.T) {
	v, file, content := mount(t)
	read := func() time.Duration {
		t.Helper()
		start := time.Now()
		got, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(got, content) {
			t.Fatalf("got %d bytes, %v", len(got), err)
		}
		return time.Since(start)
	}
	if took := read(); took < latency || v.Read() != len(content) {
		t.Errorf("the first time took %v and read %d bytes", took, v.Read())
	}
	if read(); v.Read() != len(content) {
		t.Errorf("%d bytes were read again", v.Read()-len(content))
	}
	if err := pagecache.Evict(file); err != nil {
		t.Fatal(err)
	}
	if took := read(); took < latency || v.Read() != 2*len(content) {
		t.Errorf("after eviction it took %v and read %d bytes", took, v.Read()-len(content))
	}
	if f, err := os.OpenFile(file, os.O_WRONLY, 0); err == nil {
		f.Close()
		t.Error("it can be written to")
	}
}

// A program that runs is no reason not to unmount.
func TestCloseInUse(t *testing.T) {
	v, file, _ := mount(t)
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	// The clean-up closes it once more, which does nothing.
	if out, err := exec.Command("cat", "/proc/self/mounts").Output(); err != nil || strings.Contains(string(out), filepath.Dir(filepath.Dir(file))) {
		t.Errorf("it is still mounted, %v", err)
	}
}
