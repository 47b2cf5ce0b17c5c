package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// The end-to-end tests run the command as users do: built, as a process, in a
// copy of this repository, so that they meet nobody else's .coldcrank. What
// needs more than Go, Node and git says which variable names it.

// e2eLimit bounds a process that hangs. A first compile of the CDK takes
// minutes on a small machine.
const e2eLimit = 8 * time.Minute

// endToEnd removes what the tests share when they have run.
type endToEnd struct{ m *testing.M }

func (e endToEnd) Run() int {
	defer func() {
		if shared.dir != "" {
			os.RemoveAll(shared.dir) // of a temporary folder: what is left harms nobody
		}
	}()
	return e.m.Run()
}

// shared is made by the first test that needs it.
var shared struct {
	once sync.Once
	err  error

	dir     string
	command string // coldcrank, built
	app     string // a copy of this repository, synthesized by a first run
	first   output // of that run: 3 rounds of 5
	results string // its results folder
}

// setup returns after the shared parts are there.
func setup(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs everything")
	}
	shared.once.Do(func() {
		var err error
		if shared.dir, err = os.MkdirTemp("", "coldcrank-e2e-"); err != nil {
			shared.err = err
			return
		}
		shared.command = filepath.Join(shared.dir, "coldcrank")
		shared.app = filepath.Join(shared.dir, "app")
		shared.results = filepath.Join(shared.app, "results")
		must(t, run(t, ".", nil, "go", "build", "-o", shared.command, "."))
		checkOut(t, shared.app, "first")
		shared.first = run(t, shared.app, nil, shared.command, "run", "--burst", "5", "--rounds", "3", "--json")
		if shared.first.code != exitOK {
			shared.err = errors.New("the first run failed:\n" + shared.first.stderr)
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	if shared.first.stdout == "" {
		t.Fatal("an earlier test could not build or run the command")
	}
}

// output is what a process wrote and how it ended.
type output struct {
	stdout, stderr string
	code           int
}

// run runs a program to its end, with variables on top of this process's.
func run(t *testing.T, dir string, env []string, program string, args ...string) output {
	t.Helper()
	return runIn(t, dir, append(os.Environ(), env...), program, args...)
}

// runIn runs a program to its end in just that environment.
func runIn(t *testing.T, dir string, env []string, program string, args ...string) output {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), e2eLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	out := output{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
	keep(t, program, args, out)
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || ctx.Err() != nil) {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, &stderr)
	}
	return out
}

// keep adds what a program printed to a file of the test's, in the folder that
// COLDCRANK_E2E_OUTPUT names, for people to read afterwards.
func keep(t *testing.T, program string, args []string, out output) {
	t.Helper()
	dir := os.Getenv("COLDCRANK_E2E_OUTPUT")
	if dir == "" {
		return
	}
	name, _, _ := strings.Cut(t.Name(), "/")
	f, err := os.OpenFile(filepath.Join(dir, name+".txt"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(f, "$ %s %s\n%s%sexit code %d\n\n", filepath.Base(program), strings.Join(args, " "), out.stderr, out.stdout, out.code)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// must ends the test where the program ended with an error.
func must(t *testing.T, out output) output {
	t.Helper()
	if out.code != 0 {
		t.Fatalf("exit code %d:\n%s%s", out.code, out.stderr, out.stdout)
	}
	return out
}

// report is what run --json and show --format json print.
type report struct {
	File      string          `json:"file"`
	Partial   bool            `json:"partial"`
	Header    dataset.Header  `json:"header"`
	End       *dataset.End    `json:"end"`
	Summaries []stats.Summary `json:"summaries"`
}

func reportOf(t *testing.T, out output) report {
	t.Helper()
	var r report
	if err := json.Unmarshal([]byte(out.stdout), &r); err != nil {
		t.Fatalf("%v in\n%s%s", err, out.stdout, out.stderr)
	}
	return r
}

// allCold checks that a run ended well, and that every request of its bursts
// was a verified cold start and every one after them a warm one.
func allCold(t *testing.T, out output, targets int) report {
	t.Helper()
	r := reportOf(t, must(t, out))
	if r.Partial || r.End == nil || !r.End.Restored || r.End.Interrupted || r.End.RoundsDone != r.Header.Rounds {
		t.Errorf("partial %v, end %+v: not a whole run", r.Partial, r.End)
	}
	if len(r.Summaries) != targets {
		t.Fatalf("%d targets, want %d", len(r.Summaries), targets)
	}
	for _, s := range r.Summaries {
		if want := r.Header.Burst * r.Header.Rounds; s.Requested != want || s.Cold != want {
			t.Errorf("%s: bursts of %d: %+v, want %d cold of %[4]d", s.Target.Key, r.Header.Burst, s.Counts, want)
		}
		if want := r.Header.Warm * r.Header.Rounds; s.AfterBurst.Requested != want || s.AfterBurst.Warm != want {
			t.Errorf("%s: after the bursts: %+v, want %d warm of %[3]d", s.Target.Key, s.AfterBurst, want)
		}
	}
	return r
}

// checkOut copies this repository as it is now, and makes the copy a commit
// with that message.
func checkOut(t *testing.T, dir, message string) {
	t.Helper()
	for _, name := range []string{".gitignore", "cdk.json", "go.mod", "go.sum", "LICENSE", "infra", "lambda", "scripts"} {
		copyTree(t, filepath.Join("..", "..", name), filepath.Join(dir, name))
	}
	git := []string{
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_SYSTEM=" + os.DevNull,
		"GIT_AUTHOR_NAME=test", "GIT_AUTHOR_EMAIL=test@example.com", "GIT_COMMITTER_NAME=test", "GIT_COMMITTER_EMAIL=test@example.com",
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-q", "-m", message}} {
		must(t, run(t, dir, git, "git", args...))
	}
}

// copyTree copies a file, or a folder with the files in it.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, elem ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// tool returns a program that neither Go nor Node brings. Without it the test
// fails in CI, and is skipped elsewhere.
func tool(t *testing.T, variable, means, file string) string {
	t.Helper()
	at := os.Getenv(variable)
	if at == "" {
		missing(t, "set %s to %s", variable, means)
	}
	if file != "" {
		at = filepath.Join(at, file)
	}
	at, err := filepath.Abs(at)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(at); err != nil {
		missing(t, "%v: set %s to %s", err, variable, means)
	}
	return at
}

func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// python is a program of the folder that COLDCRANK_E2E_PYTHON names.
func python(t *testing.T, program string) string {
	t.Helper()
	return tool(t, "COLDCRANK_E2E_PYTHON", "the bin folder of a Python environment with ministack and awscli", program)
}

// cdkCLI is the CDK CLI, and needs node.
func cdkCLI(t *testing.T) string {
	t.Helper()
	return tool(t, "COLDCRANK_E2E_CDK", "the CDK CLI of npm, aws-cdk@"+cdkVersion, "")
}

// awsEnv is an environment in which no AWS client finds anything of the
// user's, and every one calls the endpoint, which must be on this machine.
func awsEnv(t *testing.T, endpoint string) []string {
	t.Helper()
	mustBeLoopback(t, endpoint)
	env := []string{
		"AWS_ENDPOINT_URL=" + endpoint, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		"AWS_PAGER=", "CDK_DISABLE_CLI_TELEMETRY=true", "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=18,20,22",
	}
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "AWS_") && !strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			env = append(env, v)
		}
	}
	return slices.Clip(env) // for callers who append in several ways
}

// mustBeLoopback ends the test before anything is sent to another machine.
func mustBeLoopback(t *testing.T, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		t.Fatalf("%s is not on this machine", address)
	}
}

// needsProc skips on systems whose /proc does not tell the sessions of processes.
func needsProc(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("looks for processes in /proc, which only Linux has")
	}
}
