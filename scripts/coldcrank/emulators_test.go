package main

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// startMiniStack starts an AWS that others wrote on a free port of loopback, and
// returns its endpoint.
func startMiniStack(t *testing.T, program string, settings ...string) string {
	t.Helper()
	port := freePort(t)
	settings = append(settings, "BIND_HOST=127.0.0.1", "GATEWAY_PORT="+port, "IOT_MTLS_ENABLED=0")
	return startEmulator(t, exec.Command(program), "http://127.0.0.1:"+port, "/_ministack/health", settings)
}

// startMoto starts moto's server, another one.
func startMoto(t *testing.T, program string) string {
	t.Helper()
	port := freePort(t)
	return startEmulator(t, exec.Command(program, "-H", "127.0.0.1", "-p", port), "http://127.0.0.1:"+port, "/moto-api/", nil)
}

// startEmulator starts a program in an environment that has nothing of the user's
// but these settings, and waits until it answers with 200.
func startEmulator(t *testing.T, cmd *exec.Cmd, endpoint, health string, settings []string) string {
	t.Helper()
	mustBeLoopback(t, endpoint)
	cmd.Dir = t.TempDir()
	cmd.Env = append(settings, "PATH="+filepath.Dir(cmd.Path)+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+cmd.Dir, "TMPDIR="+cmd.Dir)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait() // ProcessState tells
		close(ended)
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(15 * time.Second):
			t.Errorf("%s did not end\n%s", cmd.Path, tail(said.String()))
		}
		// MiniStack runs functions as processes of its group.
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
		if t.Failed() {
			t.Logf("%s said\n%s", cmd.Path, tail(said.String()))
		}
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		resp, err := http.Get(endpoint + health)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return endpoint
			}
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", cmd.Path, cmd.ProcessState)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not answer: %v", cmd.Path, err)
		}
	}
}
