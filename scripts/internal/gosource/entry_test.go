package gosource

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestEntry links a program again that the kernel enters elsewhere than at Go's own
// entry, of which the executable notes nothing, and finds the same code.
func TestEntry(t *testing.T) {
	for _, flag := range []string{"", "coldcrank_entry", "coldcrank_prefetch"} {
		ldflags := defaultLDFlags
		if flag != "" {
			ldflags += " -E=" + flag
		}
		file := filepath.Join(t.TempDir(), "bootstrap")
		cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags="+ldflags, "-o", file, "github.com/coldcrank/coldcrank/lambda/floor")
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Find(t.Context(), bytes.NewReader(data), ".")
		if err != nil {
			t.Fatal(err)
		}
		if s.entry != flag {
			t.Errorf("entered at %q, want %q", s.entry, flag)
		}
		if symbols, err := s.Symbols(t.Context(), data); err != nil || len(symbols) == 0 {
			t.Errorf("entered at %q: %d symbols, %v", flag, len(symbols), err)
		}
	}
	if got := entry(bytes.NewReader([]byte("#!/bin/sh"))); got != "" {
		t.Errorf("a script is entered at %q", got)
	}
}
