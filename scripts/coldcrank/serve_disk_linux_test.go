package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// mounted mounts something on a new folder until the test ends.
func mounted(t *testing.T, source, kind string, flags uintptr, options string) (dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("mounts: root only")
	}
	dir = t.TempDir()
	if err := syscall.Mount(source, dir, kind, flags, options); err != nil {
		t.Skip("mount: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestServeFull gives the functions' code no room at all, and room for one of two
// deployments: the one that is served goes on when there is no room for the next.
func TestServeFull(t *testing.T) {
	needsNode(t)
	temp := mounted(t, "none", "tmpfs", 0, "size=1m")
	app := servedScript(t, "exit 3\n")
	bootstrap := filepath.Join(app, "made", "asset.hello", "bootstrap")
	grow := func(size int) {
		t.Helper()
		if err := os.WriteFile(bootstrap, append([]byte("#!/bin/sh\nexit 3\n"), bytes.Repeat([]byte("#"), size)...), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const hint = "coldcrank: hint: make room on that disk"
	noneLeft := func() {
		t.Helper()
		if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v (%v)", left, err)
		}
	}

	grow(2 << 20)
	out := run(t, app, []string{"TMPDIR=" + temp}, command(t), "serve")
	if out.code != exitFailed || !strings.Contains(out.stderr, "no space left on device") || !strings.Contains(out.stderr, hint) {
		t.Errorf("exit code %d, and it said\n%s", out.code, out.stderr)
	}
	noneLeft()

	grow(600 << 10)
	s := startServeIn(t, temp, nil, command(t), app)
	url := s.url(t, "Tiny/Hello")
	s.press(t, "b")
	s.says(t, "(?s)no space left on device\n"+hint+".*what was served before is served still")
	if status := fails(t, url); status != 500 {
		t.Errorf("status %d of a function that exits, want 500", status)
	}
	s.press(t, "q")
	s.wait(t)
	noneLeft()
}

// TestReadOnly: in an app's folder that cannot be written, neither serve nor run begins.
func TestReadOnly(t *testing.T) {
	needsNode(t)
	app := servedScript(t, "")
	dir := mounted(t, app, "", syscall.MS_BIND, "")
	if err := syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"serve", "run"} {
		out := run(t, dir, nil, command(t), name)
		if out.code != exitFailed || !strings.Contains(out.stderr, "read-only file system\ncoldcrank: hint: the folder of cdk.json has to be writable") {
			t.Errorf("%s: exit code %d, and it said\n%s", name, out.code, out.stderr)
		}
	}
}
