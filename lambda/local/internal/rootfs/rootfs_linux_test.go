package rootfs

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/coldcrank/coldcrank/lambda/local/internal/thread"
)

// permitted skips the test where a View is not; in CI it must be.
func permitted(t testing.TB) {
	t.Helper()
	give := t.Skip
	if os.Getenv("CI") != "" {
		give = t.Fatal
	}
	if err := Permitted(); err != nil {
		give(err)
	}
}

// on runs f on a thread of its own and waits for it.
func on(f func()) {
	done := make(chan struct{})
	thread.Go(func() {
		defer close(done)
		f()
	})
	<-done
}

// folder makes one with a file, and ends with the test.
func folder(t testing.TB, name, content string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// mounts are those of the program's first thread, which are the machine's.
func mounts(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestView(t *testing.T) {
	permitted(t)
	before := mounts(t)
	view := View{Task: folder(t, "code", "of the function"), Opt: folder(t, "layer", "of the layers"), TmpMB: 1}
	on(func() {
		if err := view.Enter(); err != nil {
			t.Error(err)
			return
		}
		for name, want := range map[string]string{"/var/task/code": "of the function", "/opt/layer": "of the layers"} {
			if got, err := os.ReadFile(name); err != nil || string(got) != want {
				t.Errorf("%s: got %q, %v", name, got, err)
			}
		}
		for name, want := range map[string][]string{"/var": {"task"}, "/var/task": {"code"}, "/opt": {"layer"}, "/tmp": nil} {
			if got := list(t, name); !slices.Equal(got, want) {
				t.Errorf("%s holds %q, want %q", name, got, want)
			}
		}
		// A folder of its own, whoever runs this, that nobody else could write to.
		for _, name := range []string{"/", "/var", "/var/task", "/opt", "/etc", "/dev/shm", view.Task} {
			if err := os.WriteFile(filepath.Join(name, "new"), nil, 0o600); !errors.Is(err, unix.EROFS) && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("write to %s: got %v, want %v", name, err, unix.EROFS)
			}
		}
		if err := os.WriteFile("/dev/null", []byte("x"), 0); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile("/tmp/large", make([]byte, 2<<20), 0o600); !errors.Is(err, unix.ENOSPC) {
			t.Errorf("write 2 MB to a /tmp of 1 MB: got %v, want %v", err, unix.ENOSPC)
		}
		if got := mounts(t); got != before {
			t.Errorf("the machine's mounts are changed:\n%s\nwant\n%s", got, before)
		}
	})
	if got := mounts(t); got != before {
		t.Errorf("left are the mounts\n%s\nwant\n%s", got, before)
	}
	alone(t)
}

// TestSharedMounts: on a machine whose mounts are shared, as systemd has them,
// none of a view's reaches the others.
func TestSharedMounts(t *testing.T) {
	permitted(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestView$", "-test.v")
	var out []byte
	on(func() { // the program that is started now has shared mounts
		err := unix.Unshare(unix.CLONE_NEWNS)
		if err == nil {
			err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") // from the machine's
		}
		if err == nil {
			err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, "")
		}
		if err == nil {
			out, err = cmd.CombinedOutput()
		}
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	if !strings.Contains(string(out), "--- PASS: TestView") {
		t.Errorf("printed %s", out)
	}
	alone(t)
}

// The folders may lie below what a view covers.
func TestCoveredFolders(t *testing.T) {
	permitted(t)
	for _, parent := range []string{"/tmp", "/var/tmp"} {
		dir, err := os.MkdirTemp(parent, "coldcrank-rootfs-test-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		if err := os.WriteFile(filepath.Join(dir, "code"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		on(func() {
			if err := (View{Task: dir, Opt: dir, TmpMB: 1}).Enter(); err != nil {
				t.Error(err)
				return
			}
			for _, name := range []string{Task, Opt} {
				if got := list(t, name); !slices.Equal(got, []string{"code"}) {
					t.Errorf("%s of %s holds %q", name, parent, got)
				}
			}
		})
	}
}

// Without layers /opt is empty, whatever this machine has there.
func TestNoLayers(t *testing.T) {
	permitted(t)
	on(func() {
		if err := (View{Task: t.TempDir(), TmpMB: 1}).Enter(); err != nil {
			t.Error(err)
			return
		}
		if got := list(t, Opt); got != nil {
			t.Errorf("%s holds %q", Opt, got)
		}
	})
}

// /tmp is seen by whoever joins, and by nobody else.
func TestJoin(t *testing.T) {
	permitted(t)
	view := View{Task: t.TempDir(), TmpMB: 1}
	var held *os.File
	on(func() {
		err := view.Enter()
		if err == nil {
			err = os.WriteFile("/tmp/mine", []byte("mine"), 0o600)
		}
		if err == nil {
			held, err = Of(thread.ID())
		}
		if err != nil {
			t.Error(err)
		}
	})
	if held == nil {
		t.FailNow()
	}
	on(func() {
		if err := Join(held); err != nil {
			t.Error(err)
		} else if got := list(t, Tmp); !slices.Equal(got, []string{"mine"}) {
			t.Errorf("joined: /tmp holds %q", got)
		}
	})
	on(func() {
		if err := view.Enter(); err != nil {
			t.Error(err)
		} else if got := list(t, Tmp); got != nil {
			t.Errorf("another view: /tmp holds %q", got)
		}
	})
	if err := held.Close(); err != nil {
		t.Error(err)
	}
	alone(t)
}

// TestCannot: a view that cannot be laid out says what is missing.
func TestCannot(t *testing.T) {
	permitted(t)
	missing := filepath.Join(t.TempDir(), "none")
	for _, v := range []View{{Task: missing, TmpMB: 1}, {Task: t.TempDir(), Opt: missing, TmpMB: 1}} {
		on(func() {
			var path *fs.PathError
			if err := v.Enter(); !errors.As(err, &path) || path.Path != missing {
				t.Errorf("got %v, want one of %s", err, missing)
			}
		})
	}
}

// The program's first thread stays as it is.
func TestNeverTheFirstThread(t *testing.T) {
	for range 200 {
		on(func() {
			if unix.Gettid() == unix.Getpid() {
				t.Error("f runs on the first thread")
			}
		})
	}
}

func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Error(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// alone waits until every thread of this program is in one namespace: a thread
// ends a moment after its function.
func alone(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		links, err := filepath.Glob("/proc/self/task/*/ns/mnt")
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, link := range links {
			if ns, err := os.Readlink(link); err == nil { // else the thread has just ended
				seen[ns] = true
			}
		}
		if len(seen) == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("threads are in namespaces %v", seen)
		}
	}
}

// BenchmarkEnter is what an environment's mounts take, before its Init Duration
// begins.
func BenchmarkEnter(b *testing.B) {
	permitted(b)
	view := View{Task: b.TempDir(), Opt: b.TempDir(), TmpMB: 512}
	for b.Loop() {
		on(func() {
			if err := view.Enter(); err != nil {
				b.Error(err)
			}
		})
	}
}
