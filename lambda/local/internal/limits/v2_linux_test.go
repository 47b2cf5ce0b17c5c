package limits

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// folder makes a folder laid out like a control group's, with these files.
func folder(t *testing.T, dir string, files ...string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name, content, _ := strings.Cut(f, "=")
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func wantFile(t *testing.T, dir, name, want string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil || string(b) != want {
		t.Errorf("%s: got %q, %v, want %q", name, b, err, want)
	}
}

// What is written where, as Documentation/admin-guide/cgroup-v2.rst has it.
func TestV2Files(t *testing.T) {
	dir := folder(t, t.TempDir(), "cpu.weight=100", "cpu.max=max 100000", "memory.max=max", "memory.swap.max=max", "memory.oom.group=0", "memory.events=low 0\noom 0\noom_kill 0\noom_group_kill 0\n", "pids.max=")
	g := &v2{dir: dir, memoryMB: 512, cpu: true, memory: true, pids: true}
	if err := g.setUp(); err != nil {
		t.Fatal(err)
	}
	wantFile(t, dir, "memory.max", "536870912")
	wantFile(t, dir, "memory.swap.max", "0ax") // a real file has no rest
	wantFile(t, dir, "memory.oom.group", "1")
	wantFile(t, dir, "cpu.weight", "100")
	wantFile(t, dir, "pids.max", "1024")
	wantFile(t, dir, "cpu.max", "max 100000") // full speed
	if err := g.throttle(); err != nil {
		t.Fatal(err)
	}
	wantFile(t, dir, "cpu.max", "5788 20000")
	if g.outOfMemory() {
		t.Error("out of memory before anything was killed")
	}
	folder(t, dir, "memory.events=low 0\noom 1\noom_kill 2\noom_group_kill 1\n")
	if !g.outOfMemory() {
		t.Error("not out of memory with two kills")
	}
	// Without swap accounting there is no such file.
	if err := os.Remove(filepath.Join(dir, "memory.swap.max")); err != nil {
		t.Fatal(err)
	}
	if err := g.setUp(); err != nil {
		t.Error(err)
	}
	attr := new(syscall.SysProcAttr)
	if err := g.enter(attr); err != nil || !attr.UseCgroupFD {
		t.Fatalf("enter: %v, %+v", err, attr)
	}
	if at, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(attr.CgroupFD)); err != nil || at != dir {
		t.Errorf("the descriptor is of %s, %v, want %s", at, err, dir)
	}
}

// The tree is made in the nearest group that hands the controller on and may be
// written to, never in one with processes of its own.
func TestV2Nearest(t *testing.T) {
	root := folder(t, t.TempDir(), "cgroup.subtree_control=cpuset cpu io memory pids\n", "cgroup.procs")
	slice := folder(t, filepath.Join(root, "user.slice"), "cgroup.subtree_control=memory pids\n", "cgroup.procs")
	own := folder(t, filepath.Join(slice, "session.scope"), "cgroup.subtree_control=", "cgroup.procs=1\n")
	at := mount{point: root, own: own}
	for controller, want := range map[string]string{"cpu": root, "memory": slice, "pid": "", "rdma": ""} {
		// A new folder of cgroupfs has its files at once, and one of ours has none:
		// the error says where it was tried.
		_, err := newUnified(at, controller)
		switch {
		case err == nil:
			t.Errorf("%s: a folder without files took a controller", controller)
		case want == "":
			if !strings.Contains(err.Error(), "no group around this process hands the controller "+controller+" on") {
				t.Errorf("%s: %v", controller, err)
			}
		case !strings.Contains(err.Error(), filepath.Join(want, treePrefix)):
			t.Errorf("%s: %v, want it tried in %s", controller, err, want)
		}
		if left, err := filepath.Glob(filepath.Join(root, "*", treePrefix+"*")); err != nil || len(left) > 0 {
			t.Errorf("left: %v, %v", left, err)
		}
	}
	u := &unified{tree: &tree{dir: folder(t, t.TempDir(), "cgroup.subtree_control=")}}
	if err := u.enable("cpu"); err != nil {
		t.Fatal(err)
	}
	wantFile(t, u.dir, "cgroup.subtree_control", "+cpu")
}

// A hierarchy that hands the controller on and takes no weight does not limit CPU
// time, which another mode does then.
func TestV2WithoutWeight(t *testing.T) {
	h := &Host{system: system{v2: &unified{tree: &tree{dir: folder(t, t.TempDir(), "cgroup.subtree_control=")}}}}
	if err := h.useV2(nil, "cpu"); err == nil || h.v2.cpu {
		t.Errorf("error %v, and the groups limit CPU: %t", err, h.v2.cpu)
	}
	if err := h.useV2(nil, "memory"); err != nil || !h.v2.memory {
		t.Errorf("error %v, and the groups limit memory: %t", err, h.v2.memory)
	}
}

// TestV2Join puts a real process into a real group of version 2: a hierarchy
// beside version 1's has no controllers, but groups all the same.
func TestV2Join(t *testing.T) {
	list, err := readMounts("/proc/self")
	if err != nil {
		t.Fatal(err)
	}
	at, err := list.v2()
	if err != nil {
		t.Skip(err)
	}
	made, err := newTree(at.own)
	if err != nil {
		t.Skip(err) // not ours to write
	}
	p, err := (&unified{tree: made}).newPart(128)
	if err != nil {
		t.Fatal(err)
	}
	g := &Group{parts: []part{p}}
	cmd := exec.Command("/bin/sleep", "1000")
	if err := spawn(g, cmd); err != nil {
		t.Fatal(err)
	}
	dir := p.(*v2).dir
	if got := processes(dir); len(got) != 1 || got[0] != cmd.Process.Pid {
		t.Errorf("members %v, want %d", got, cmd.Process.Pid)
	}
	if err := errors.Join(g.Close(), made.remove()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(made.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is left: %v", made.dir, err)
	}
	cmd.Wait() // an error: it was killed
}
