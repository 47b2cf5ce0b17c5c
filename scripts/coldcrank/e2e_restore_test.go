package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// command is coldcrank as a program: this test's own, under that name.
func command(t *testing.T) string {
	t.Helper()
	file, err := exec.LookPath("coldcrank")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// startDeployed starts a run of two rounds of two on what the outputs describe.
func startDeployed(t *testing.T, endpoint, file string) *victim {
	t.Helper()
	v := &victim{results: filepath.Join(t.TempDir(), "results"), temp: t.TempDir(), ended: make(chan struct{})}
	v.cmd = exec.Command(command(t), "run", "--outputs", file, "--rounds", "2", "--burst", "2", "--warm", "0", "--json", "--results", v.results)
	v.cmd.Dir = v.temp
	v.cmd.Env = append(awsEnv(t, endpoint), "TMPDIR="+v.temp)
	v.cmd.Stdout, v.cmd.Stderr = &v.stdout, &v.stderr
	v.cmd.WaitDelay = 2 * time.Second
	return v
}

func (v *victim) start(t *testing.T) {
	t.Helper()
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(v.ended)
		v.cmd.Wait() // ProcessState tells
	}()
	t.Cleanup(func() {
		v.cmd.Process.Kill() // ended already, mostly
		<-v.ended
	})
}

// restore runs coldcrank restore as a user does after a crash.
func (v *victim) restore(t *testing.T, args ...string) output {
	t.Helper()
	return runIn(t, v.temp, v.cmd.Env, command(t), append([]string{"restore", "--results", v.results}, args...)...)
}

func (v *victim) journals(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(v.results, "*.journal.json"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// keptRounds checks that every sample of the rounds that were told to be
// finished can be read, in a whole file where the run could write one.
func (v *victim) keptRounds(t *testing.T, whole bool) {
	t.Helper()
	told := v.finished(t)
	files, err := filepath.Glob(filepath.Join(v.results, "*.jsonl*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(told) > 0 && len(files) != 1 {
		t.Fatalf("%d rounds told, files %v", len(told), files)
	}
	for _, file := range files {
		run, err := dataset.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		have := 0
		for round := 1; round <= 2; round++ {
			for _, s := range run.Samples {
				if s.Round == round && s.Status == http.StatusOK {
					have++
				}
			}
			if want, ok := told[round]; ok && have < want {
				t.Errorf("%d samples until round %d, want %d", have, round, want)
			}
		}
		if len(run.Samples) == 0 && v.code() >= 0 {
			t.Errorf("%s has no samples, and it said\n%s", file, &v.stderr)
		}
		if code := v.code(); code >= 0 && whole && (run.Partial || run.End == nil || !run.End.Restored) {
			t.Errorf("partial %v, end %+v after exit code %d", run.Partial, run.End, code)
		}
	}
}

// TestCrash ends a run at every single call to AWS in turn. What it left is put
// back, by itself where a signal ended it, by coldcrank restore where it was
// killed, and nothing that was measured is lost. With -short it is every
// seventh call.
func TestCrash(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("sends signals")
	}
	p := startPlant(t)
	before := p.state(t)
	step := 1
	if testing.Short() {
		step = 7
	}
	for _, test := range []struct {
		name string
		hook func(*faultProxy, func(faultCall))
		end  func(*testing.T, *victim)
	}{
		{"kill when answered", atPassed, kill},
		{"kill before the answer", atServed, kill},
		{"kill before the call", atBefore, kill},
		{"SIGINT", atPassed, interrupt(syscall.SIGINT, 1)},
		{"SIGTERM", atServed, interrupt(syscall.SIGTERM, 1)},
		{"SIGHUP", atPassed, interrupt(syscall.SIGHUP, 1)},
		{"SIGINT twice", atPassed, interrupt(syscall.SIGINT, 2)},
	} {
		t.Run(test.name, func(t *testing.T) {
			const many = 500 // more than any such run makes
			calls, began := 0, time.Now()
			for k := 1; calls == 0; k += step {
				if k > many {
					t.Fatalf("a run makes more than %d calls", many)
				}
				t.Run(fmt.Sprint(k), func(t *testing.T) {
					if n := p.crash(t, before, k, test.hook, test.end); n < k {
						calls = n // it came to its end before
					}
				})
				if t.Failed() {
					break
				}
			}
			t.Logf("%d calls, in %s", calls, time.Since(began).Round(time.Millisecond))
		})
	}
}

func atBefore(p *faultProxy, do func(faultCall)) {
	p.before = func(c faultCall, _ http.ResponseWriter) bool { do(c); return false }
}

func atServed(p *faultProxy, do func(faultCall)) {
	p.served = func(c faultCall, _ *faultAnswer) { do(c) }
}

func atPassed(p *faultProxy, do func(faultCall)) { p.passed = do }

func kill(t *testing.T, v *victim) {
	v.cmd.Process.Kill() // an error where it has ended just now
	<-v.ended
}

func interrupt(s syscall.Signal, times int) func(*testing.T, *victim) {
	return func(t *testing.T, v *victim) {
		for range times {
			v.cmd.Process.Signal(s) // as above
		}
	}
}

// crash makes a run, ends it at call k, puts back what it left, and returns how
// many calls it made.
func (p *plant) crash(t *testing.T, before string, k int, hook func(*faultProxy, func(faultCall)), end func(*testing.T, *victim)) (calls int) {
	proxy := startFaultProxy(t, p.executor.Endpoint())
	v := startDeployed(t, proxy.URL, p.outputs(t, proxy.URL))
	at := "its end"
	proxy.mu.Lock() // what stands here is before every call, for the race detector too
	hook(proxy, func(c faultCall) {
		if c.N == k {
			proxy.mu.Lock()
			at = c.Operation
			proxy.mu.Unlock()
			end(t, v)
		}
	})
	v.start(t)
	proxy.mu.Unlock()
	v.wait(t, time.Minute)
	calls = len(proxy.Calls())
	defer func() {
		if t.Failed() {
			t.Logf("ended at call %d, %s: %s; it said\n%s", k, at, v.cmd.ProcessState, &v.stderr)
		}
	}()
	killed := v.code() < 0
	if killed && !strings.Contains(t.Name(), "/kill_") {
		t.Error("the signal ended the process, not the run")
	}
	journals := v.journals(t)
	if !killed && journals != nil {
		t.Errorf("exit code %d, and %v is left", v.code(), journals)
	}
	if !killed {
		p.asBefore(t, before) // by itself
	}
	out := must(t, v.restore(t))
	if want := "no journal"; (journals == nil) != strings.HasPrefix(out.stdout, want) {
		t.Errorf("journals %v, and restore says\n%s", journals, out.stdout)
	}
	p.asBefore(t, before)
	if left := v.journals(t); left != nil {
		t.Errorf("journals are left: %v", left)
	}
	v.keptRounds(t, true)
	for text, want := range map[string]bool{"nothing was measured": false, "what was measured is kept": true} {
		if files, err := filepath.Glob(filepath.Join(v.results, "*.jsonl")); err != nil || strings.Contains(v.stderr.String(), text) && (files != nil) != want {
			t.Errorf("results %v (%v), and it says that %s", files, err, text)
		}
	}
	return calls
}

// TestSecondRun starts a run while another one holds the target: it refuses,
// names the other, and neither it nor restore touches what is the other's.
func TestSecondRun(t *testing.T) {
	p := startPlant(t)
	before := p.state(t)
	proxy := startFaultProxy(t, p.executor.Endpoint())
	first := startDeployed(t, proxy.URL, p.outputs(t, proxy.URL))
	second := startDeployed(t, p.executor.Endpoint(), p.outputs(t, p.executor.Endpoint()))
	moved := false
	proxy.mu.Lock()                                    // as in crash
	proxy.served = func(c faultCall, _ *faultAnswer) { // the first waits for its answer
		if !strings.HasPrefix(c.Operation, "PUT ") || !strings.HasSuffix(c.Operation, "/aliases/"+p.alias) {
			return
		}
		proxy.mu.Lock()
		again := moved
		moved = true
		proxy.mu.Unlock()
		if again {
			return
		}
		during := p.state(t)
		second.start(t)
		second.wait(t, time.Minute)
		owner := runOf.FindStringSubmatch(during)
		if owner == nil {
			t.Errorf("no mark in\n%s", during)
			return
		}
		got := second.stderr.String()
		for _, want := range []string{"coldcrank: error: Tiny/Hello: ", "run " + owner[1], "coldcrank: hint: ", "coldcrank restore"} {
			if second.code() != exitFailed || !strings.Contains(got, want) {
				t.Errorf("second run: exit code %d, no %q in\n%s", second.code(), want, got)
			}
		}
		if left := second.journals(t); left != nil {
			t.Errorf("second run: journals are left: %v", left)
		}
		out := first.restore(t)
		if out.code != exitFailed || !strings.Contains(out.stderr, "its run goes on") || !strings.Contains(out.stderr, "coldcrank: hint: ") {
			t.Errorf("restore meanwhile: exit code %d\n%s%s", out.code, out.stdout, out.stderr)
		}
		p.asBefore(t, during)
	}
	first.start(t)
	proxy.mu.Unlock()
	first.wait(t, time.Minute)
	proxy.mu.Lock()
	defer proxy.mu.Unlock()
	if !moved || first.code() != exitOK {
		t.Errorf("first run: moved %v, exit code %d\n%s", moved, first.code(), &first.stderr)
	}
	p.asBefore(t, before)
}

// runOf finds the run whose mark a state bears.
var runOf = regexp.MustCompile(`"coldcrank ([0-9a-f]+) round`)

// TestNoRoom has results that cannot be written: not at all, or up to a size
// that is reached before the first change, between changes, or never.
func TestNoRoom(t *testing.T) {
	p := startPlant(t)
	before := p.state(t)
	t.Run("a file for a folder", func(t *testing.T) {
		proxy := startFaultProxy(t, p.executor.Endpoint())
		v := startDeployed(t, proxy.URL, p.outputs(t, proxy.URL))
		if err := os.WriteFile(v.results, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		v.start(t)
		v.wait(t, time.Minute)
		if v.code() != exitFailed || !strings.Contains(v.stderr.String(), "nothing was changed\ncoldcrank: error: create results file: ") {
			t.Errorf("exit code %d\n%s", v.code(), &v.stderr)
		}
		for _, c := range proxy.Calls() {
			if strings.HasPrefix(c, "PUT ") || strings.HasPrefix(c, "POST /2015-03-31/functions") || strings.HasPrefix(c, "DELETE ") {
				t.Errorf("call that changes: %s", c)
			}
		}
		p.asBefore(t, before)
	})
	for _, blocks := range []int{1, 2, 3, 4, 6, 8, 16, 64} { // of 512 bytes
		t.Run(fmt.Sprintf("%d bytes", 512*blocks), func(t *testing.T) {
			v := startDeployed(t, p.executor.Endpoint(), p.outputs(t, p.executor.Endpoint()))
			v.cmd.Args = append([]string{"sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$0" "$@"`, blocks)}, v.cmd.Args...)
			v.cmd.Path = "/bin/sh"
			v.start(t)
			v.wait(t, time.Minute)
			if v.code() != exitOK && (v.code() != exitFailed || !strings.Contains(v.stderr.String(), "file too large")) {
				t.Errorf("exit code %d\n%s", v.code(), &v.stderr)
			}
			p.asBefore(t, before)
			if left := v.journals(t); left != nil {
				t.Errorf("journals are left: %v\n%s", left, &v.stderr)
			}
			v.keptRounds(t, v.code() == exitOK)
			t.Logf("exit code %d, %d rounds", v.code(), len(v.finished(t)))
		})
	}
}
