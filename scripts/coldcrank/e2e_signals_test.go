package main

import (
	"bufio"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// TestNobodyReads closes what a run writes to after its first line, as head
// does, and a pager that the user has left.
func TestNobodyReads(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("has no SIGPIPE")
	}
	p := startPlant(t)
	before := p.state(t)
	for _, test := range []struct {
		name   string
		stdout bool
		code   int
	}{
		{"stderr", false, exitOK},
		{"stdout and stderr", true, exitFailed}, // the data went nowhere
	} {
		t.Run(test.name, func(t *testing.T) {
			v := startDeployed(t, p.executor.Endpoint(), p.outputs(t, p.executor.Endpoint()))
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			if v.cmd.Stderr = w; test.stdout {
				v.cmd.Stdout = w
			}
			v.start(t)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := bufio.NewReader(r).ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			v.wait(t, time.Minute)
			if v.code() != test.code {
				t.Errorf("%s, want exit code %d", v.cmd.ProcessState, test.code)
			}
			p.asBefore(t, before)
			if left := v.journals(t); left != nil {
				t.Errorf("journals are left: %v", left)
			}
			files, err := filepath.Glob(filepath.Join(v.results, "*.jsonl"))
			if err != nil || len(files) != 1 {
				t.Fatalf("results %v (%v), want one file", files, err)
			}
			if kept := readRun(t, files[0]); len(kept.Samples) != 4 || kept.End == nil || !kept.End.Restored {
				t.Errorf("%d samples, end %+v; want 4 of a whole run", len(kept.Samples), kept.End)
			}
		})
	}
}

// TestNohup has a run that ignores SIGHUP from its start.
func TestNohup(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("sends signals")
	}
	p := startPlant(t)
	proxy := startFaultProxy(t, p.executor.Endpoint())
	v := startDeployed(t, proxy.URL, p.outputs(t, proxy.URL))
	v.cmd.Args = append([]string{"sh", "-c", `trap "" HUP; exec "$0" "$@"`}, v.cmd.Args...)
	v.cmd.Path = "/bin/sh"
	proxy.mu.Lock()
	proxy.passed = func(faultCall) { v.cmd.Process.Signal(syscall.SIGHUP) } // an error after its end
	v.start(t)
	proxy.mu.Unlock()
	v.wait(t, time.Minute)
	if v.code() != exitOK {
		t.Errorf("%s, and it said\n%s", v.cmd.ProcessState, &v.stderr)
	}
}
