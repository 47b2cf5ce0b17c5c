package child

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain plays the child: it doubles numbers until its input ends.
func TestMain(m *testing.M) {
	if os.Getenv(RoleVariable) == "" {
		os.Exit(m.Run())
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var n int
		if in.Decode(&n) != nil {
			return
		}
		switch n {
		case 13:
			os.Exit(13)
		case 60:
			time.Sleep(time.Minute)
		}
		out.Encode(2 * n)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestChild(t *testing.T) {
	var ready, answer int
	c, err := Start(t.Context(), "double", 1, &ready)
	check(t, err)
	check(t, c.Ask(21, &answer))
	if ready != 2 || answer != 42 || c.PID() == os.Getpid() {
		t.Errorf("got %d, %d, process %d", ready, answer, c.PID())
	}
	check(t, c.Close())
	if _, err := Start(t.Context(), "double", 13, &ready); err == nil || !strings.Contains(err.Error(), "exit status 13") {
		t.Errorf("got %v", err)
	}
}

// A child that does not get ready is not waited for when the caller gives up.
func TestStartEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := Start(ctx, "double", 60, new(int)); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 30*time.Second {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
}

// gone waits until a process group is no more.
func gone(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); syscall.Kill(-pid, 0) != syscall.ESRCH; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("process group %d is left", pid)
		}
	}
}

// TestRunLimit has a program start another and outlive its limit: both are killed.
func TestRunLimit(t *testing.T) {
	out, err := Run(t.Context(), 300*time.Millisecond, "", "sh", "-c", "echo $$; sleep 60 & sleep 60")
	if err == nil || !strings.Contains(err.Error(), "after 300ms") {
		t.Errorf("got %v", err)
	}
	var pid int
	if _, err := fmt.Sscan(string(out), &pid); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	gone(t, pid)
}

func TestRun(t *testing.T) {
	out, err := Run(t.Context(), 10*time.Second, "in", "cat")
	if err != nil || string(out) != "in" {
		t.Errorf("got %q, %v", out, err)
	}
	_, err = Run(t.Context(), 10*time.Second, "", "sh", "-c", "echo first >&2; echo why >&2; exit 3")
	if err == nil || err.Error() != "sh: exit status 3: why" {
		t.Errorf("got %v", err)
	}
}

// TestServe has a program that does not end when it is asked to, with another that
// it started.
func TestServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	var out bytes.Buffer
	s, err := Serve(t.Context(), l.Addr().String(), t.TempDir(), &out, []string{"PATH=" + os.Getenv("PATH")}, "sh", "-c", "trap '' TERM; sleep 60 & while :; do sleep 1; done")
	check(t, err)
	s.Close()
	gone(t, s.cmd.Process.Pid)
}

// TestServeEnds has nobody listen.
func TestServeEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	addr := l.Addr().String()
	check(t, l.Close())
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := Serve(ctx, addr, t.TempDir(), io.Discard, nil, "/bin/sh", "-c", "while :; do :; done"); err == nil || !strings.Contains(err.Error(), "does not listen") {
		t.Errorf("got %v", err)
	}
}
