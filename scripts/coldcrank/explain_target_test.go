package main

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/explain"
)

// explainBootstrap explains the stack that lambda/local is tested with, whose function
// has such a bootstrap.
func explainBootstrap(t *testing.T, bootstrap []byte, args ...string) (code int, reports []*explain.Report, stderr string) {
	t.Helper()
	from, err := filepath.Abs(filepath.Join("..", "..", "lambda", "local", "testdata", "cdk.out"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	assembly := filepath.Join(dir, ".coldcrank", "assembly")
	if err := os.CopyFS(assembly, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(assembly, "asset.hello"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{filepath.Join(dir, "cdk.json"): []byte(`{"app": "false"}`), filepath.Join(assembly, "asset.hello", "bootstrap"): bootstrap} {
		if err := os.WriteFile(name, data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	var out, talk bytes.Buffer
	code = execute(t.Context(), append([]string{"explain", "--no-build", "--format", "json"}, args...), strings.NewReader(""), &out, &talk)
	if err := json.Unmarshal(out.Bytes(), &reports); err != nil || len(reports) != 1 {
		t.Fatalf("%v in %s%s", err, &out, &talk)
	}
	return code, reports, talk.String()
}

// A function that does not come to its first request is started once more by nothing,
// has the same reason in all sections that would, and ends the command with an error.
func TestExplainFails(t *testing.T) {
	started := filepath.Join(t.TempDir(), "started")
	script := "#!/bin/sh\necho once >>'" + started + "'\necho 'panic: no config' >&2\necho >&2\necho 'main.go:5 +0x30' >&2\nexit 2\n"
	code, reports, stderr := explainBootstrap(t, []byte(script), "--money", "--levers")
	const want = "the program ended before it asked for an invocation: exit status 2: panic: no config"
	r := reports[0]
	if len(r.Missing) != 2 || r.Missing[0].Reason != want || r.Missing[1].Reason != want || r.Failed != want {
		t.Errorf("got %+v, failed %q, want %q", r.Missing, r.Failed, want)
	}
	if code != exitFailed || !strings.Contains(stderr, "coldcrank: error: "+r.Target+": "+want+"\n") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	if got := string(readFile(t, started)); got != "once\n" {
		t.Errorf("started: %q", got)
	}
}

// A function for another machine is explained as far as that takes no start of it.
func TestExplainForeign(t *testing.T) {
	t.Run("another machine", explainForeign)
	t.Run("no program", explainNoProgram)
}

func explainForeign(t *testing.T) {
	header := make([]byte, 64)
	copy(header, elf.ELFMAG+"\x02\x02\x01")
	header[19] = byte(elf.EM_S390)
	code, reports, stderr := explainBootstrap(t, header, "--phases", "--money", "--levers", "--times", "22ms,1.6ms,1.2ms")
	r := reports[0]
	if code != exitOK || r.Money == nil || r.Failed != "" || len(r.Missing) != 2 {
		t.Fatalf("exit code %d, %+v\n%s", code, r, stderr)
	}
	for _, m := range r.Missing {
		if !strings.Contains(m.Reason, "bootstrap is built for linux on machine 22 and cannot run on") {
			t.Errorf("%s: %s", m.Section, m.Reason)
		}
	}
}

func explainNoProgram(t *testing.T) {
	code, reports, stderr := explainBootstrap(t, []byte("none"), "--size")
	if r := reports[0]; code != exitFailed || !strings.Contains(r.Failed, "is built for no platform") || len(r.Missing) != 1 {
		t.Errorf("exit code %d, %+v\n%s", code, reports[0], stderr)
	}
}
