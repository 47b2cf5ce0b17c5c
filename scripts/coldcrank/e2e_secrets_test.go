package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/infra/outputs"
)

// ofFunction is a variable of the function of every plant: GetFunctionConfiguration
// and PublishVersion answer with it.
const ofFunction = "marked-of-the-function"

// TestSecrets looks for what is nobody's business in everything that a run and
// what follows it write and print: what the caller's environment, profile, headers
// and body hold, and the function's own variables. The target is one on AWS for
// the command, so that the profile's credentials are used: its outputs name no
// executor, and AWS_ENDPOINT_URL leads to this machine.
func TestSecrets(t *testing.T) {
	p := startPlant(t)
	before := p.state(t)
	proxy := startFaultProxy(t, p.executor.Endpoint())
	var answered, journals atomic.Int64
	proxy.served = func(_ faultCall, a *faultAnswer) { answered.Add(int64(bytes.Count(a.Body, []byte(ofFunction)))) }

	home := t.TempDir()
	file := p.outputs(t, proxy.URL)
	withoutExecutor(t, file)
	keys := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(keys, []byte("[work]\naws_access_key_id = AKIAMARKEDPROFILE\naws_secret_access_key = marked-secret-key\naws_session_token = marked-session-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	markers := []string{ofFunction, "marked-secret-key", "marked-session-token", "AKIAMARKEDPROFILE", "marked-header", "marked-body", "marked-variable", "marked-in-chain"}

	v := startDeployed(t, proxy.URL, file)
	v.cmd.Args = append(v.cmd.Args, "--yes", "--profile", "work", "--warm", "2",
		"--header", "Authorization: Bearer marked-header", "--body", "marked-body", "--method", "GET")
	v.cmd.Env = append(v.cmd.Env, "HOME="+home, "AWS_SHARED_CREDENTIALS_FILE="+keys, "SECRET=marked-variable", "AWS_SECRET_ACCESS_KEY=marked-in-chain")
	proxy.passed = func(faultCall) { // while the run goes on, its journal included
		journals.Add(int64(len(v.journals(t))))
		clean(t, "a file of the run", markers, v.results, v.temp, home)
	}
	proxy.Calls() // for the race detector: the hooks are set before any call
	v.start(t)
	v.wait(t, 2*time.Minute)
	if v.code() != exitOK || journals.Load() == 0 || answered.Load() == 0 {
		t.Fatalf("exit code %d, %d journals seen, the function's variables answered %d times, and it said\n%s", v.code(), journals.Load(), answered.Load(), v.stderr.String())
	}
	p.asBefore(t, before)
	printed := []string{v.stdout.String(), v.stderr.String()}
	results, err := filepath.Glob(filepath.Join(v.results, "*.jsonl"))
	if err != nil || len(results) != 1 {
		t.Fatalf("results %v (%v)", results, err)
	}
	again := func(args ...string) {
		out := runIn(t, v.temp, v.cmd.Env, command(t), args...)
		printed = append(printed, out.stdout, out.stderr)
	}
	for _, format := range []string{"table", "json", "csv"} {
		again("show", "--format", format, results[0])
	}
	again("restore", "--profile", "work", "--results", v.results)
	again("policy", "--profile", "work", "--outputs", file)
	again("run", "--outputs", file, "--profile", "work", "--dry-run", "--header", "Authorization: Bearer marked-header", "--body", "marked-body")
	again("run", "--outputs", file, "--profile", "work", "--yes", "--header", "marked-header\n")
	again("run", "--outputs", file, "--profile", "work", "--yes", "--invoke", "--body", `{"a": "marked-body"}`)
	for _, text := range printed {
		for _, m := range markers {
			if strings.Contains(text, m) {
				t.Errorf("%s was printed:\n%s", m, text)
			}
		}
	}
	clean(t, "a file at the end", markers, v.results, v.temp, home)
}

// withoutExecutor makes of an executor's outputs those of cdk deploy: the command
// goes to AWS then, and AWS_ENDPOINT_URL leads it back.
func withoutExecutor(t *testing.T, file string) {
	t.Helper()
	var stacks map[string]any
	if err := json.Unmarshal(readFile(t, file), &stacks); err != nil {
		t.Fatal(err)
	}
	delete(stacks, outputs.ExecutorKey)
	data, err := json.Marshal(stacks)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// clean looks through all files of folders.
func clean(t *testing.T, what string, markers []string, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil // gone meanwhile: the run goes on
			}
			data, err := os.ReadFile(name)
			if err != nil {
				return nil
			}
			for _, m := range markers {
				if bytes.Contains(data, []byte(m)) {
					t.Errorf("%s: %s is in %s", what, m, name)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
