package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestUnprivileged: somebody who is not root, and whose control groups are not his to
// write, measures as well, and the results say how instead.
func TestUnprivileged(t *testing.T) {
	needsNode(t)
	if os.Getuid() != 0 {
		t.Skip("becomes another user: root only")
	}
	const nobody = 65534
	// No folder of t.TempDir, whose parents are root's alone.
	home, err := os.MkdirTemp("", "unprivileged-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		writable(home)
		if err := os.RemoveAll(home); err != nil {
			t.Error(err)
		}
	})
	if err := os.CopyFS(home, os.DirFS(servedScript(t, "exit 3\n"))); err != nil {
		t.Fatal(err)
	}
	program, temp := filepath.Join(home, "coldcrank"), filepath.Join(home, "tmp")
	if err := os.WriteFile(program, readFile(t, command(t)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{home, temp} {
		if err := os.Chown(name, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), program, "run", "--rounds", "1", "--burst", "2", "--warm", "0", "--patience", "1s", "--json")
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home, "TMPDIR="+temp)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	var said strings.Builder
	cmd.Stderr = &said
	stdout, err := cmd.Output()
	if code := cmd.ProcessState.ExitCode(); code != exitInconclusive { // the function answers nothing
		t.Fatalf("exit code %d (%v), and it said\n%s", code, err, &said)
	}
	header := readRun(t, reportOf(t, output{stdout: string(stdout)}).File).Header
	for name, want := range map[string]string{"isolation": "process", "cpuQuota": "signals", "memoryLimit": "polled"} {
		if got := header.ExecutorSettings[name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
