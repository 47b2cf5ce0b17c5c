package boot

import (
	"io"
	"net"
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
	if _, err := b.Run(empty, true); err == nil || !strings.Contains(err.Error(), "before POST ") {
		t.Errorf("got %v, want no answer", err)
	}
}

func TestRunFails(t *testing.T) {
	exe := filepath.Join(t.TempDir(), "bootstrap")
	if err := os.WriteFile(exe, []byte("#!/bin/sh\necho why >&2\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	b := open(t)
	if _, err := b.Run(exe, true); err == nil || !strings.Contains(err.Error(), "ended before GET /2018-06-01/runtime/invocation/next") || !strings.Contains(err.Error(), "it said: why") {
		t.Errorf("got %v", err)
	}
	if _, err := b.Run(filepath.Join(t.TempDir(), "none"), true); err == nil || !strings.Contains(err.Error(), "start none: ") {
		t.Errorf("got %v", err)
	}
}

// Rust's client answers on another connection when the first is not free in time,
// and may close one.
func TestRequestOnAnotherConnection(t *testing.T) {
	open(t)
	l, err := listen()
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	dial := func(text string) net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", l.address)
		if err == nil {
			_, err = io.WriteString(c, text)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	first := dial("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
	one, _, err := l.request("GET", "/a")
	if err != nil || one.first.IsZero() {
		t.Fatalf("got %v", err)
	}
	first.Close()
	dial("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
	if other, body, err := l.request("POST", "/b"); err != nil || string(body) != "hi" || other == one {
		t.Errorf("got %q, %v", body, err)
	}
}
