package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// TestE2EKill ends local runs at random moments, as often as
// COLDCRANK_E2E_KILLS says: no process of theirs stays, and every round that
// was told to be finished is on disk.
func TestE2EKill(t *testing.T) {
	needsProc(t)
	setup(t)
	kills := 6
	if s := os.Getenv("COLDCRANK_E2E_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal("COLDCRANK_E2E_KILLS: ", err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("COLDCRANK_E2E_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal("COLDCRANK_E2E_SEED: ", err)
		}
	}
	t.Logf("COLDCRANK_E2E_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	// How long both kinds of run take here, so that moments fall within.
	length := map[bool]time.Duration{}
	for _, build := range []bool{true, false} {
		began := time.Now()
		v := startVictim(t, build)
		v.wait(t, time.Minute)
		length[build] = time.Since(began)
		if v.code() != exitOK {
			t.Fatalf("undisturbed: exit code %d\n%s", v.code(), &v.stderr)
		}
	}
	signals := []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGTERM}
	for i := range kills {
		build := i%4 == 3 // with the synth
		moment := time.Duration(random.Int64N(int64(length[build])))
		signal := signals[i%len(signals)]
		t.Run(fmt.Sprintf("%d %s build=%v", i+1, signal, build), func(t *testing.T) {
			v := startVictim(t, build)
			select {
			case <-v.ended:
			case <-time.After(moment):
				v.signal(t, signal)
				v.wait(t, 20*time.Second)
			}
			v.check(t, signal)
			t.Logf("after %s: %s, %s finished", moment.Round(time.Millisecond), v.cmd.ProcessState, plural(len(v.finished(t)), "round"))
		})
	}
	// Whatever they left behind, the next runs work.
	for _, build := range []bool{true, false} {
		v := startVictim(t, build)
		v.wait(t, time.Minute)
		if v.code() != exitOK {
			t.Errorf("undisturbed, at the end: exit code %d\n%s", v.code(), &v.stderr)
		}
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// victim is a run of ten rounds in a session of its own, which all that it
// starts is part of.
type victim struct {
	cmd            *exec.Cmd
	results, temp  string
	before         []string     // unfinished assemblies of runs killed earlier
	stdout, stderr bytes.Buffer // read after ended only
	ended          chan struct{}
}

func startVictim(t *testing.T, build bool) *victim {
	t.Helper()
	v := &victim{results: t.TempDir(), temp: t.TempDir(), ended: make(chan struct{}), before: unfinished(t)}
	args := []string{"run", "--rounds", "10", "--json", "--results", v.results}
	if !build {
		args = append(args, "--no-build")
	}
	v.cmd = exec.Command(shared.command, args...)
	v.cmd.Dir = shared.app
	v.cmd.Env = append(os.Environ(), "TMPDIR="+v.temp)
	v.cmd.Stdout, v.cmd.Stderr = &v.stdout, &v.stderr
	v.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	// A process that stays may hold stderr open; it is found otherwise.
	v.cmd.WaitDelay = 2 * time.Second
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(v.ended)
		v.cmd.Wait() // ProcessState tells
	}()
	t.Cleanup(func() {
		for _, pid := range sessionOf(t, v.cmd.Process.Pid) {
			syscall.Kill(pid, syscall.SIGKILL) // gone meanwhile is what is wanted
		}
		writable(v.temp)
	})
	return v
}

// writable lets a folder of code, which is read-only, be removed.
func writable(dir string) {
	filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			os.Chmod(name, 0o755)
		}
		return nil // TempDir's removal reports what is wrong
	})
}

func (v *victim) code() int { return v.cmd.ProcessState.ExitCode() }

// signal sends it as a terminal and a service manager do: Ctrl-C goes to the
// group in the foreground, the others to the process.
func (v *victim) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	pid := v.cmd.Process.Pid
	if s == syscall.SIGINT {
		pid = -pid
	}
	if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Fatal(err)
	}
}

func (v *victim) wait(t *testing.T, limit time.Duration) {
	t.Helper()
	select {
	case <-v.ended:
	case <-time.After(limit):
		v.cmd.Process.Signal(syscall.SIGQUIT) // for the stacks of its goroutines
		<-v.ended
		t.Fatalf("still there after %s:\n%s", limit, &v.stderr)
	}
}

var roundLine = regexp.MustCompile(`(?m)^round (\d+) of \d+, (\d+) requests`)

// finished returns the rounds that stderr says are finished, with the number
// of requests until then.
func (v *victim) finished(t *testing.T) map[int]int {
	t.Helper()
	rounds := map[int]int{}
	for _, m := range roundLine.FindAllStringSubmatch(v.stderr.String(), -1) {
		round, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		if rounds[round], err = strconv.Atoi(m[2]); err != nil {
			t.Fatal(err)
		}
	}
	return rounds
}

// check looks at what is left of a run that a signal has ended.
func (v *victim) check(t *testing.T, signal syscall.Signal) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("%s, and it said\n%s", v.cmd.ProcessState, &v.stderr)
		}
	}()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		left := sessionOf(t, v.cmd.Process.Pid)
		if len(left) == 0 {
			break
		}
		if time.Now().After(deadline) {
			for _, pid := range left {
				command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)) // gone by now is fine too
				t.Errorf("process %d is left: %q", pid, command)
			}
			break
		}
	}

	// One file at most, readable, with every round that was told.
	files, err := filepath.Glob(filepath.Join(v.results, "*.jsonl*"))
	if err != nil {
		t.Fatal(err)
	}
	rounds := v.finished(t)
	if len(files) > 1 && signal != syscall.SIGKILL || len(rounds) > 0 && len(files) == 0 {
		t.Errorf("%d finished rounds in the files %v", len(rounds), files)
	}
	for _, file := range files {
		run, err := dataset.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, w := range run.Warnings {
			if !errors.Is(w, dataset.ErrTornLine) {
				t.Error(w)
			}
		}
		have := map[int]int{}
		for _, s := range run.Samples {
			have[s.Round]++
		}
		until := 0
		for n := 1; n <= 10; n++ {
			until += have[n]
			if asked, ok := rounds[n]; ok && until != asked {
				t.Errorf("%s: %d samples until round %d, want %d", filepath.Base(file), until, n, asked)
			}
		}
		if out := runCommand(t, "show", file); out.code != exitOK || run.Partial != strings.Contains(out.stdout, "partial") {
			t.Errorf("show of a file with partial=%v: exit code %d\n%s%s", run.Partial, out.code, out.stdout, out.stderr)
		}
		if signal != syscall.SIGKILL && v.code() >= 0 && run.Partial {
			t.Errorf("%s is partial after %s", filepath.Base(file), signal)
		}
	}
	if signal == syscall.SIGKILL || v.code() < 0 { // it had no time to clean up, or had done so
		return
	}
	for dir, pattern := range map[string]string{v.results: "*.journal.json*", v.temp: "coldcrank-*"} {
		if left, err := filepath.Glob(filepath.Join(dir, pattern)); err != nil || left != nil {
			t.Errorf("left behind: %v (%v)", left, err)
		}
	}
	if left := unfinished(t); !slices.Equal(left, v.before) {
		t.Errorf("left behind: %v, before it %v", left, v.before)
	}
}

// unfinished are the folders of synths that have not come to their end.
func unfinished(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(shared.app, ".coldcrank", "assembly-*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// sessionOf lists the living processes of a session. All that a run starts is
// in its session, whatever groups it makes; a zombie, which only its adoptive
// parent can bury, has ended.
func sessionOf(t *testing.T, session int) (pids []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range stats {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // ended meanwhile
		}
		// proc_pid_stat(5): pid (command) state ppid pgrp session …
		fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
		if len(fields) < 4 || fields[0] == "Z" || fields[0] == "X" || fields[3] != strconv.Itoa(session) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}
