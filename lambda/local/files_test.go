package local_test

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/lambda/local/internal/rootfs"
)

// TestIsolation: the results say which files the functions see.
func TestIsolation(t *testing.T) {
	want := "mount namespace"
	if err := rootfs.Permitted(); err != nil {
		want = "process"
		if runtime.GOOS == "linux" && os.Getenv("CI") != "" {
			t.Errorf("no mount namespaces in CI: %v", err)
		}
	}
	x := startTest(t, local.Options{})
	s := settings(t, x)
	if s["isolation"] != want || s["pageCache"] != "warm" {
		t.Errorf("isolation %q, page cache %q, want %q, warm", s["isolation"], s["pageCache"], want)
	}
	get(t, base(t, x)+"/health")
	if starts, partial := x.Evictions(); starts != 0 || partial != 0 {
		t.Errorf("%d starts from the disk, %d partial, want none", starts, partial)
	}
}

// TestColdDisk: environments start from the disk, or the results say that they
// did not; in CI they must.
func TestColdDisk(t *testing.T) {
	x := startTest(t, local.Options{ColdDisk: true})
	got := settings(t, x)["pageCache"]
	if status, body, _ := get(t, base(t, x)+"/health"); status != 200 {
		t.Errorf("got %d %s", status, body)
	}
	starts, partial := x.Evictions()
	if got == "evicted" {
		if starts != 1 || partial != 0 {
			t.Errorf("%d starts from the disk, %d partial, want 1, 0", starts, partial)
		}
		return
	}
	if runtime.GOOS == "linux" && os.Getenv("CI") != "" {
		t.Errorf("page cache %q, want evicted", got)
	}
	notEvicted(t, x)
}

// TestColdDiskInMemory: on a tmpfs there is no disk to start from.
func TestColdDiskInMemory(t *testing.T) {
	dir, err := os.MkdirTemp("/dev/shm", "coldcrank-test-")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { check(t, os.RemoveAll(dir)) })
	t.Setenv("TMPDIR", dir)
	notEvicted(t, startTest(t, local.Options{ColdDisk: true}))
}

func notEvicted(t *testing.T, x *local.Executor) {
	t.Helper()
	if got := settings(t, x)["pageCache"]; got != "warm (cannot be evicted here)" {
		t.Errorf("page cache %q", got)
	}
	if w := strings.Join(x.Warnings(), "\n"); !strings.Contains(w, "page cache: ") || !strings.Contains(w, "TMPDIR") {
		t.Errorf("warnings: %s", w)
	}
	if starts, _ := x.Evictions(); starts != 0 {
		t.Errorf("%d starts from the disk", starts)
	}
}
