package main

import (
	"encoding/json"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/peers/internal/child"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/slow"
)

func volumeOf(t *testing.T) *volume {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "bootstrap")
	check(t, os.WriteFile(exe, []byte("abc"), 0o755))
	v, missing, err := startVolume(t.Context(), t.TempDir(), map[string]string{"a": exe}, slow.Speed{BytesPerSecond: 1e9})
	check(t, err)
	if missing != "" {
		if os.Getenv("CI") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return v
}

// left is the number of mounts below a folder.
func left(t *testing.T, dir string) int {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	check(t, err)
	return strings.Count(string(mounts), " "+dir)
}

func TestVolume(t *testing.T) {
	v := volumeOf(t)
	if got, err := os.ReadFile(filepath.Join(v.at, "a", "bootstrap")); err != nil || string(got) != "abc" {
		t.Errorf("got %q, %v", got, err)
	}
	if n, err := v.read(); err != nil || n != 3 {
		t.Errorf("%d bytes were read, %v", n, err)
	}
	check(t, v.Close())
	if n := left(t, v.at); n != 0 {
		t.Errorf("%d mounts are left", n)
	}
}

// The process is killed while a file is open: what it mounted goes with the next
// Close.
func TestVolumeKilled(t *testing.T) {
	v := volumeOf(t)
	f, err := os.Open(filepath.Join(v.at, "a", "bootstrap"))
	check(t, err)
	defer f.Close()
	p, err := os.FindProcess(v.PID())
	check(t, err)
	check(t, p.Kill())
	if err := v.Close(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("got %v", err)
	}
	if n := left(t, v.at); n != 0 {
		t.Errorf("%d mounts are left", n)
	}
}

// Whoever started the process is killed before it reads the answer.
func TestVolumeAlone(t *testing.T) {
	check(t, volumeOf(t).Close()) // there are such volumes
	at := t.TempDir()
	settings, err := json.Marshal(volumeSettings{At: at, Speed: slow.Speed{BytesPerSecond: 1e9}})
	check(t, err)
	exe, err := os.Executable()
	check(t, err)
	r, w, err := os.Pipe()
	check(t, err)
	check(t, r.Close())
	cmd := osexec.Command(exe)
	cmd.Env = append(os.Environ(), child.RoleVariable+"="+roleVolume)
	cmd.Stdin, cmd.Stdout = strings.NewReader(string(settings)), w
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Run(); err == nil || !strings.Contains(said.String(), "broken pipe") {
		t.Errorf("got %v: %s", err, said.String())
	}
	check(t, w.Close())
	if n := left(t, at); n != 0 {
		t.Errorf("%d mounts are left", n)
	}
}
