package limits

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local/internal/thread"
)

// newHost opens control groups of version 1, as CI must have them.
func newHost(t *testing.T) *Host {
	t.Helper()
	h, err := Open(Options{CPU: CgroupV1, Memory: CgroupV1})
	if err != nil {
		t.Skip(err) // that CI has control groups is a test of package local
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// spawn starts a process in a group, as package sandbox does.
func spawn(g *Group, cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	done := make(chan error)
	thread.Go(func() { done <- errors.Join(g.Enter(cmd.SysProcAttr), cmd.Start()) })
	if err := <-done; err != nil {
		return err
	}
	g.Start(cmd.Process.Pid, func(s syscall.Signal) { syscall.Kill(-cmd.Process.Pid, s) })
	return nil
}

// TestCrashed is the executor of TestAfterACrash.
func TestCrashed(t *testing.T) {
	if os.Getenv("COLDCRANK_TEST_CRASH") == "" {
		t.Skip("is run by TestAfterACrash")
	}
	h := newHost(t)
	g, err := h.New(128)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sleep", "1000")
	if err := spawn(g, cmd); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("pid %d %s\n", cmd.Process.Pid, filepath.Dir(g.parts[0].(*v1CPU).dir))
	select {} // until it is killed
}

// What an executor leaves that was killed, with a process that outlived it, the
// next one removes; what a living one has, it leaves alone.
func TestAfterACrash(t *testing.T) {
	living := newHost(t)
	g, err := living.New(128)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrashed$")
	cmd.Env = append(os.Environ(), "COLDCRANK_TEST_CRASH=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	var tree string
	if _, err := fmt.Fscanf(bufio.NewReader(out), "pid %d %s\n", &pid, &tree); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(tree); err != nil || syscall.Kill(pid, 0) != nil {
		t.Errorf("before: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait() // an error: it was killed
	if _, err := os.Stat(tree); err != nil {
		t.Errorf("a killed executor's tree should be left: %v", err)
	}

	next := newHost(t)
	if _, err := os.Stat(tree); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is left: %v", tree, err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(b), ") Z ") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d outlives its executor", pid)
		}
	}
	if err := next.Close(); err != nil {
		t.Error(err)
	}
	next.finish = nil
	if _, err := os.Stat(g.parts[0].(*v1CPU).dir); err != nil {
		t.Errorf("the living one's group is gone: %v", err)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
}

// The process of a group is in it from its beginning, its children with it, and
// the thread that spawned it is not.
func TestWhoIsInAGroup(t *testing.T) {
	h := newHost(t)
	g, err := h.New(128)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", "sleep 1000 & setsid sleep 1000 & wait")
	if err := spawn(g, cmd); err != nil {
		t.Fatal(err)
	}
	memory := g.parts[1].(*v1Memory)
	for deadline := time.Now().Add(10 * time.Second); len(processes(memory.dir)) != 3; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("members %v, want 3", processes(memory.dir))
		}
	}
	for _, dir := range []string{memory.dir, g.parts[0].(*v1CPU).dir} {
		for _, pid := range processes(dir) {
			if pid == os.Getpid() {
				t.Errorf("a thread of ours is left in %s", dir)
			}
		}
	}
	// A function may make groups of its own in there.
	if err := os.MkdirAll(filepath.Join(memory.dir, "inner", "most"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(memory.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is left: %v", memory.dir, err)
	}
	cmd.Wait() // an error: it was killed
}
