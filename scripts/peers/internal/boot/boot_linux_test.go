package boot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/peers/internal/program"
)

func build(t *testing.T, path string) string {
	t.Helper()
	exe, err := program.Go{Package: "github.com/coldcrank/coldcrank/" + path}.Build(t.Context(), hostArch, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

func open(t *testing.T) *Booter {
	t.Helper()
	b, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestRun(t *testing.T) {
	health := build(t, "lambda/health")
	s, err := open(t).Run(health, true)
	if err != nil {
		t.Fatal(err)
	}
	if s.Init <= 0 || s.Init > patience || s.Invocation <= 0 || s.Memory < 1<<20 || s.Memory > 1<<30 {
		t.Errorf("got %+v", s)
	}
}

// The empty program asks and does not answer.
func TestRunEmpty(t *testing.T) {
	empty := build(t, "scripts/peers/testdata/empty")
	b := open(t)
	s, err := b.Run(empty, false)
	if err != nil {
		t.Fatal(err)
	}
	if s.Init <= 0 || s.Invocation != 0 || s.Memory < 100<<10 {
		t.Errorf("got %+v", s)
	}
	if _, err := b.Run(empty, true); err == nil || !strings.Contains(err.Error(), "/response: ") {
		t.Errorf("got %v, want no answer", err)
	}
}

func TestRunFails(t *testing.T) {
	exe := filepath.Join(t.TempDir(), "bootstrap")
	if err := os.WriteFile(exe, []byte("#!/bin/sh\necho why >&2\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	b := open(t)
	if _, err := b.Run(exe, true); err == nil || !strings.Contains(err.Error(), "ended before it asked") || !strings.Contains(err.Error(), "it said: why") {
		t.Errorf("got %v", err)
	}
	if _, err := b.Run(filepath.Join(t.TempDir(), "none"), true); err == nil || !strings.Contains(err.Error(), "start none: ") {
		t.Errorf("got %v", err)
	}
}
