package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/rootfs"
)

// isolated makes the fixture of a function in a mount namespace, or skips the
// test where none is permitted; in CI it must be.
func isolated(t *testing.T, change func(*Spec)) *fixture {
	t.Helper()
	give := t.Skip
	if os.Getenv("CI") != "" {
		give = t.Fatal
	}
	if err := rootfs.Permitted(); err != nil {
		give(err)
	}
	return newFixture(t, "files", func(s *Spec) {
		s.Isolated, s.TmpMB = true, 1
		if change != nil {
			change(s)
		}
	})
}

// do is what the function answers to an event.
func (f *fixture) do(t *testing.T, what, name string, size int) string {
	t.Helper()
	out := f.invoke(t, fmt.Sprintf(`{"do":%q,"name":%q,"size":%d}`, what, name, size))
	var answer string
	if err := json.Unmarshal(out.Payload, &answer); err != nil {
		t.Errorf("%s %s: %s", what, name, out.Payload)
	}
	return answer
}

func TestIsolatedFiles(t *testing.T) {
	before, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	opt := t.TempDir()
	if err := os.Mkdir(filepath.Join(opt, "lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	f := isolated(t, func(s *Spec) { s.Opt = opt })
	parts := strings.Split(f.do(t, "where", "", 0), "|")
	want(t, "program, working directory, task root and temporary folder", strings.Join(parts[:5], " "), "/var/task/bootstrap /var/task /var/task /tmp ")
	if libraries := strings.Split(parts[5], ":"); !slices.Contains(libraries, "/var/task") || !slices.Contains(libraries, "/opt/lib") || slices.Contains(libraries, "/var/task/lib") {
		t.Errorf("LD_LIBRARY_PATH: got %s, want of the function's folders those that are there", libraries)
	}
	want(t, "/opt", f.do(t, "list", "/opt", 0), "lib")
	want(t, "write to the code", f.do(t, "write", "/var/task/new", 1), "open /var/task/new: read-only file system")
	want(t, "write to the layers", f.do(t, "write", "/opt/new", 1), "open /opt/new: read-only file system")
	want(t, "write to /tmp", f.do(t, "write", "/tmp/new", 1), "written")
	want(t, "more than /tmp holds", f.do(t, "write", "/tmp/large", 2<<20), "write /tmp/large: no space left on device")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "the machine's mounts", string(after), string(before))
	deadline := time.Now().Add(10 * time.Second)
	for namespaces(t) > 1 { // a thread ends a moment after its goroutine
		if time.Now().After(deadline) {
			t.Fatal("a mount namespace is left")
		}
		time.Sleep(time.Millisecond)
	}
}

// namespaces is how many mount namespaces this program's threads and
// descriptors hold.
func namespaces(t *testing.T) int {
	t.Helper()
	seen := map[string]bool{}
	for _, pattern := range []string{"/proc/self/task/*/ns/mnt", "/proc/self/fd/*"} {
		links, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links {
			if to, err := os.Readlink(link); err == nil && strings.HasPrefix(to, "mnt:") { // else it has just ended
				seen[to] = true
			}
		}
	}
	return len(seen)
}

// "Understanding the Lambda execution environment lifecycle": /tmp belongs to
// the environment and keeps its content while that is frozen; the reset after a
// failure does not clear it ("Failures during the Invoke phase").
func TestTmpIsTheEnvironments(t *testing.T) {
	one, two := isolated(t, nil), isolated(t, nil)
	want(t, "first", one.do(t, "write", "/tmp/mine", 1), "written")
	want(t, "the other's", two.do(t, "list", "/tmp", 0), "")
	want(t, "next invocation", one.do(t, "list", "/tmp", 0), "mine")
	for range 2 {
		before := one.process
		if out := one.invoke(t, `{"do":"exit"}`); out.ErrorType != exitError {
			t.Fatalf("exit: got %+v", out)
		}
		<-before.exited
		want(t, "after a suppressed init", one.do(t, "list", "/tmp", 0), "mine")
	}
	if one.files != nil {
		t.Error("a descriptor of the namespace is held while its process lives")
	}
	want(t, "the other's", two.do(t, "list", "/tmp", 0), "")
}

// A program that cannot be started is the function's failure; files that cannot
// be laid out are the machine's.
func TestIsolatedCannotStart(t *testing.T) {
	f := isolated(t, func(s *Spec) { s.TaskRoot = t.TempDir() })
	if out := f.invoke(t, "{}"); !strings.Contains(string(out.Payload), "fork/exec /var/task/bootstrap: no such file") {
		t.Errorf("got %s", out.Payload)
	}
	g := isolated(t, func(s *Spec) { s.TaskRoot = filepath.Join(t.TempDir(), "none") })
	if out, err := g.Invoke(t.Context(), Request{ID: "x"}); err == nil || !strings.HasPrefix(err.Error(), "lay out the environment's files: open_tree") {
		t.Errorf("got %+v, %v", out, err)
	}
}

// Of an executor that is killed with -9 no namespace is left.
func TestKilledIsolated(t *testing.T) {
	isolated(t, nil) // or skip
	cmd := exec.Command(os.Args[0], "-test.run=^TestIsolatedOrphan$")
	cmd.Env = append(os.Environ(), "COLDCRANK_TEST_ORPHAN=1", "COLDCRANK_TEST_PROGRAMS="+programs, "TMPDIR="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscanf(out, "pid %d\n", &pid); err != nil {
		t.Error(err)
	}
	namespace, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/mnt", pid))
	if err != nil {
		t.Error(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait() // an error: it was killed
	for deadline := time.Now().Add(10 * time.Second); inNamespace(t, namespace) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("namespace %s of process %d outlives its executor", namespace, pid)
		}
	}
}

// TestIsolatedOrphan is the executor of TestKilledIsolated.
func TestIsolatedOrphan(t *testing.T) {
	if os.Getenv("COLDCRANK_TEST_ORPHAN") == "" {
		t.Skip("is run by TestKilledIsolated")
	}
	f := isolated(t, nil)
	f.do(t, "write", "/tmp/mine", 1)
	fmt.Printf("pid %d\n", f.process.pid.Load())
	select {} // until it is killed
}

// inNamespace is how many threads of this machine are in a mount namespace.
func inNamespace(t *testing.T, namespace string) (n int) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/task/*/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && to == namespace { // else it has just ended
			n++
		}
	}
	return n
}
