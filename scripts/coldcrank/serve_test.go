package main

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/recycle"
)

// servedScript is an app that needs neither Go nor a CDK library to be synthesized:
// the stack that lambda/local is tested with, whose function is a shell script that
// runs once and logs.
func servedScript(t *testing.T, script string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	assembly := filepath.Join(dir, "made")
	if err := os.CopyFS(assembly, os.DirFS(filepath.Join("..", "..", "lambda", "local", "testdata", "cdk.out"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(assembly, "asset.hello"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"cdk.json":                   `{"app":"sh app.sh"}`,
		"app.sh":                     "cp -R made/. \"$CDK_OUTDIR\"\n",
		"made/asset.hello/bootstrap": "#!/bin/sh\n" + script,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func needsNode(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		missing(t, "%v", err)
	}
}

// TestServe: what it prints of what others wrote, its keys, and a change of an app
// that is no Go program.
func TestServe(t *testing.T) {
	needsNode(t)
	// Colours, a change of direction, what is no UTF-8, and no end of line.
	dir := servedScript(t, `printf 'one\n\033[31mred\342\200\256\377\ttab'; exit 3`)
	s := startServe(t, command(t), dir, "--access-log")
	url := s.url(t, "Tiny/Hello")
	if !strings.Contains(s.stderr.String(), "\nTiny/Hello: GET "+strings.TrimSuffix(url, "/health")+"/private/{proxy+} (signed: curl --user test:test --aws-sigv4 aws:amz:eu-central-1:execute-api)\n") {
		t.Errorf("it does not say how to sign:\n%s", &s.stderr)
	}
	if status := fails(t, url); status != 500 {
		t.Errorf("status %d of a function that exits, want 500", status)
	}
	const at = `(?m)^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ `
	s.logs(t, at+`Tiny/Hello one$`, 0)
	s.logs(t, at+"Tiny/Hello �\\[31mred��\ttab$", 0)
	s.logs(t, at+`/aws/vendedlogs/tiny \{"id":.*"status":"500"`, 0)

	s.press(t, "x\033")
	s.says(t, `x� is no key: r recycles, b builds anew, q ends`)
	s.press(t, "b")
	s.says(t, `Tiny/Hello: deployment d0 as before`)

	// The app's own folder counts as a whole.
	template := filepath.Join(dir, "made", "Tiny.template.json")
	data := bytes.Replace(readFile(t, template), []byte(`"Value": "d0"`), []byte(`"Value": "d1"`), 1)
	if err := os.WriteFile(template, data, 0o644); err != nil {
		t.Fatal(err)
	}
	s.says(t, `(?m)^changed: made/Tiny\.template\.json$`)
	s.says(t, `(?m)^Tiny/Hello: deployment d0 → d1$`)

	s.keys.Close() // nobody types any more: it goes on
	s.signal(t, syscall.SIGUSR1)
	s.says(t, `recycled: `)
	s.signal(t, syscall.SIGTERM)
	s.wait(t)
}

// fails is the status that a URL answers with.
func fails(t *testing.T, url string) (status int) {
	t.Helper()
	mustBeLoopback(t, url)
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// TestServeUnread: where nobody reads the logs any more, it ends and leaves nothing.
func TestServeUnread(t *testing.T) {
	needsNode(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s := startServeTo(t, w, command(t), servedScript(t, "echo hello"))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	http.Get(s.url(t, "Tiny/Hello")) // answered or cut off
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		t.Fatal("it goes on")
	}
	if code := s.cmd.ProcessState.ExitCode(); code != exitFailed || s.told("error: print the logs: ") != 1 {
		t.Errorf("exit code %d, and it said\n%s", code, &s.stderr)
	}
	if left, err := filepath.Glob(filepath.Join(s.temp, "coldcrank-*")); err != nil || left != nil {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

// TestServeStuck: a reader that has stopped reading does not keep it from ending.
func TestServeStuck(t *testing.T) {
	needsNode(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	s := startServeTo(t, w, command(t), servedScript(t, "yes hello | head -c 100000"))
	fails(t, s.url(t, "Tiny/Hello")) // its log is more than a pipe holds
	s.press(t, "q")
	s.wait(t)
}

// TestServePort: a port that cannot be had is named, with what to do.
func TestServePort(t *testing.T) {
	needsNode(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, taken, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ port, refused string }{
		{taken, taken},
		{"65535", "6553"}, // by itself, or the one that follows it
	} {
		out := run(t, servedScript(t, ""), nil, command(t), "serve", "--port", test.port)
		for _, want := range []string{"coldcrank: error: listen tcp 127.0.0.1:" + test.refused, "coldcrank: hint: --port: "} {
			if out.code != exitFailed || !strings.Contains(out.stderr, want) {
				t.Errorf("%s: exit code %d, no %q in\n%s", test.port, out.code, want, out.stderr)
			}
		}
	}
}

// TestReloadEndsRun: to a run that is under way, a reload is a deployment, as it would
// be on AWS: the run ends with an error that says so, and what was measured is kept.
func TestReloadEndsRun(t *testing.T) {
	p := startPlant(t)
	v := startDeployed(t, "http://127.0.0.1:1", p.outputs(t, p.executor.Endpoint()))
	v.cmd.Args = append(v.cmd.Args, "--rounds", "10000")
	v.start(t)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if journals, err := recycle.Journals(v.results); err == nil && len(journals) == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the run writes no journal")
		}
	}
	if err := p.executor.Reload(p.assembly); err != nil {
		t.Fatal(err)
	}
	before := p.state(t)
	v.wait(t, time.Minute)
	if v.code() != exitFailed || !strings.Contains(v.stderr.String(), recycle.ErrChanged.Error()) {
		t.Errorf("%s, and it said\n%s", v.cmd.ProcessState, &v.stderr)
	}
	p.asBefore(t, before)
}
