package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// served is coldcrank serve under way, in a session of its own.
type served struct {
	cmd    *exec.Cmd
	keys   io.WriteCloser // its stdin
	stdout growing
	stderr growing
	temp   string // TMPDIR
	ended  chan struct{}
}

// growing is what a process has written until now.
type growing struct {
	mu   sync.Mutex
	text strings.Builder
}

func (g *growing) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text.Write(p)
}

func (g *growing) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text.String()
}

// startServe starts coldcrank serve in a folder and returns when it serves.
func startServe(t *testing.T, program, dir string, args ...string) *served {
	t.Helper()
	return startServeTo(t, nil, program, dir, args...)
}

// startServeTo is startServe with another stdout.
func startServeTo(t *testing.T, stdout *os.File, program, dir string, args ...string) *served {
	t.Helper()
	return startServeIn(t, t.TempDir(), stdout, program, dir, args...)
}

// startServeIn is startServeTo with a folder for temporary files.
func startServeIn(t *testing.T, temp string, stdout *os.File, program, dir string, args ...string) *served {
	t.Helper()
	s := &served{temp: temp, ended: make(chan struct{})}
	s.cmd = exec.Command(program, append([]string{"serve"}, args...)...)
	s.cmd.Dir = dir
	s.cmd.Env = append(os.Environ(), "TMPDIR="+s.temp)
	s.cmd.Stdout, s.cmd.Stderr = &s.stdout, &s.stderr
	if stdout != nil {
		s.cmd.Stdout = stdout
	}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	s.cmd.WaitDelay = 2 * time.Second
	var err error
	if s.keys, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.ended)
		s.cmd.Wait() // ProcessState tells
	}()
	t.Cleanup(func() {
		s.cmd.Process.Kill() // ended already, mostly
		<-s.ended
		keep(t, program, s.cmd.Args[1:], output{s.stdout.String(), s.stderr.String(), s.cmd.ProcessState.ExitCode()})
		writable(s.temp)
	})
	s.says(t, `(?m)^kill -USR1 \d+ recycles$`)
	return s
}

// says waits until stderr has what the expression matches, and returns the groups.
func (s *served) says(t *testing.T, expression string) []string {
	t.Helper()
	return s.waitFor(t, &s.stderr, expression, 0)
}

// logs waits until stdout has a match behind an offset.
func (s *served) logs(t *testing.T, expression string, after int) []string {
	t.Helper()
	return s.waitFor(t, &s.stdout, expression, after)
}

func (s *served) waitFor(t *testing.T, g *growing, expression string, after int) []string {
	t.Helper()
	re := regexp.MustCompile(expression)
	for deadline := time.Now().Add(e2eLimit); ; time.Sleep(5 * time.Millisecond) {
		if m := re.FindStringSubmatch(g.String()[after:]); m != nil {
			return m
		}
		select {
		case <-s.ended:
		default:
			if time.Now().Before(deadline) {
				continue
			}
		}
		t.Fatalf("waited in vain for %s; it said\n%s\nand logged\n%s", expression, &s.stderr, &s.stdout)
	}
}

// told is how often stderr has a text.
func (s *served) told(text string) int { return strings.Count(s.stderr.String(), text) }

// url is where a route of a name answers.
func (s *served) url(t *testing.T, name string) string {
	t.Helper()
	return s.says(t, `(?m)^`+regexp.QuoteMeta(name)+`: [A-Z]+ (http://\S+)`)[1]
}

// outputs is the outputs file that it writes.
func (s *served) outputs(t *testing.T) string {
	t.Helper()
	return filepath.Join(s.cmd.Dir, s.says(t, `(?m)^to measure it: coldcrank run --outputs (\S+)$`)[1])
}

// press types a key.
func (s *served) press(t *testing.T, key string) {
	t.Helper()
	if _, err := io.WriteString(s.keys, key+"\n"); err != nil {
		t.Fatal(err)
	}
}

func (s *served) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// wait waits for the end, which must leave nothing.
func (s *served) wait(t *testing.T) {
	t.Helper()
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		s.cmd.Process.Signal(syscall.SIGQUIT) // for the stacks of its goroutines
		<-s.ended
		t.Fatalf("did not end:\n%s", &s.stderr)
	}
	if code := s.cmd.ProcessState.ExitCode(); code != exitOK {
		t.Errorf("exit code %d, it said\n%s", code, &s.stderr)
	}
	for _, pattern := range []string{filepath.Join(s.temp, "coldcrank-*"), s.outputs(t), filepath.Join(s.cmd.Dir, ".coldcrank", "*-*")} {
		if left, err := filepath.Glob(pattern); err != nil || left != nil {
			t.Errorf("left behind: %v (%v)", left, err)
		}
	}
}

// noProcess checks that all that it started has ended.
func (s *served) noProcess(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		left := sessionOf(t, s.cmd.Process.Pid)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("processes %v are left", left)
		}
	}
}

// answer is the body that a URL answers with 200.
func answer(t *testing.T, url string) string {
	t.Helper()
	mustBeLoopback(t, url)
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s (%v)", url, resp.Status, data, err)
	}
	return string(data)
}

// cold reports whether a request to the URL, and no other, is a cold start, by its
// REPORT in what is printed.
func (s *served) cold(t *testing.T, url string) bool {
	t.Helper()
	before := len(s.stdout.String())
	answer(t, url)
	report := s.logs(t, `(?m)^.*"type":"platform.report".*$`, before)[0]
	return strings.Contains(report, `"initDurationMs":`)
}
