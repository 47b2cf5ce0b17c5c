package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fakeApp is an app that stores the environment that it got in the assembly.
const fakeApp = `{"app":"sh app.sh", "context":{"a":"json","b":"json","list":[1,2]}}`

func TestSynthHandsOverContext(t *testing.T) {
	dir := project(t, map[string]string{
		"cdk.json":         fakeApp,
		"app.sh":           `printf '%s' "$CDK_CONTEXT_JSON" >"$CDK_OUTDIR/context"; echo '{}' >"$CDK_OUTDIR/manifest.json"; echo talk; echo progress >&2`,
		"cdk.context.json": `{"b":"context","c":"context"}`,
		"home/.cdk.json":   `{"context":{"c":"user","d":"user"}}`,
	})
	for _, killed := range []string{"assembly-1", "assembly-1-old", "synth-1"} {
		killed = filepath.Join(dir, ".coldcrank", killed)
		if err := os.MkdirAll(filepath.Join(killed, "go-build1"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(killed, time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	var progress bytes.Buffer
	out, err := find(t, dir).Synth(context.Background(), map[string]string{"a": "flag"}, &progress)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(out, "context"))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]any{"a": "flag", "b": "json", "c": "context", "d": "user", "aws:cdk:enable-asset-metadata": true} {
		if got[k] != want {
			t.Errorf("context %s = %v, want %v", k, got[k], want)
		}
	}
	if got[PlatformContext] == nil {
		t.Errorf("context lacks %s", PlatformContext)
	}
	if progress.String() != "progress\n" {
		t.Errorf("progress = %q, want what the app wrote to stderr", progress.String())
	}
	if _, err := os.Stat(filepath.Join(dir, ".coldcrank", ".gitignore")); err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".coldcrank", "*-*"))
	if err != nil || left != nil {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestSynthHandsOverMuchContextInAFile(t *testing.T) {
	big := strings.Repeat("x", contextLimit)
	dir := project(t, map[string]string{
		"cdk.json":         `{"app":"cp \"$CONTEXT_OVERFLOW_LOCATION_ENV\" \"$CDK_OUTDIR/context\" && echo '{}' >\"$CDK_OUTDIR/manifest.json\""}`,
		"cdk.context.json": `{"big":"` + big + `"}`,
	})
	out, err := find(t, dir).Synth(context.Background(), nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(out, "context"))
	if err != nil || !bytes.Contains(data, []byte(big)) {
		t.Errorf("the file has %d bytes and not the context (%v)", len(data), err)
	}
}

func TestSynthErrors(t *testing.T) {
	dir := project(t, map[string]string{
		"fails/cdk.json":    `{"app":"echo main.go:3:1: wrong >&2; exit 3"}`,
		"builds/cdk.json":   `{"app":"true","build":"echo no build >&2; false"}`,
		"writes/cdk.json":   `{"app":"true"}`,
		"lookup/cdk.json":   `{"app":"echo '{\"missing\":[{\"key\":\"vpc-provider:x\"}]}' >$CDK_OUTDIR/manifest.json"}`,
		"made/cdk.json":     `{"app":"out"}`,
		"made/out/manifest": ``,
	})
	for sub, want := range map[string]string{
		"fails":  "synth: echo main.go:3:1: wrong >&2; exit 3: exit status 3",
		"builds": "synth: echo no build >&2; false: exit status 1",
		"writes": "wrote no cloud assembly",
		"lookup": "vpc-provider:x",
		"made":   "wrote no cloud assembly",
	} {
		_, err := find(t, filepath.Join(dir, sub)).Synth(context.Background(), nil, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", sub, err, want)
		}
	}
	var synth *SynthError
	if _, err := find(t, filepath.Join(dir, "fails")).Synth(context.Background(), nil, io.Discard); !errors.As(err, &synth) || synth.Output != "main.go:3:1: wrong" {
		t.Errorf("%#v is no *SynthError with the app's output", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := find(t, filepath.Join(dir, "fails")).Synth(context.Background(), nil, io.Discard); !errors.Is(err, ErrNoNode) {
		t.Errorf("without node on the PATH: %v, want ErrNoNode", err)
	}
}

// The folder of an assembly that is there already needs neither node nor a run.
func TestSynthTakesAnAssembly(t *testing.T) {
	elsewhere := project(t, map[string]string{"manifest.json": "{}"})
	for name, want := range map[string]string{"out": "out", "./out/": "out", elsewhere: elsewhere} {
		dir := project(t, map[string]string{"cdk.json": `{"app":"` + name + `"}`, "out/manifest.json": "{}"})
		t.Setenv("PATH", t.TempDir())
		if !filepath.IsAbs(want) {
			want = filepath.Join(dir, want)
		}
		a := find(t, dir)
		if got, err := a.Synth(context.Background(), nil, io.Discard); got != want || err != nil {
			t.Errorf("%s: %s, %v, want %s", name, got, err, want)
		}
		if !isDir(a.StateDir()) {
			t.Errorf("%s: there is no StateDir", name)
		}
	}
}

// What is missing is found in stages of stages as well.
func TestSynthNamesLookupsOfStages(t *testing.T) {
	stage := func(key, inner string) string {
		return `{"missing":[{"key":"` + key + `"},{"key":"zone"}],"artifacts":{"s":{"type":"cdk:cloud-assembly","properties":{"directoryName":"` + inner + `"}},"t":{"type":"cdk:tree"}}}`
	}
	dir := project(t, map[string]string{
		"cdk.json":                                     `{"app":"out"}`,
		"out/manifest.json":                            stage("vpc", "assembly-Prod"),
		"out/assembly-Prod/manifest.json":              stage("ami", "assembly-EU"),
		"out/assembly-Prod/assembly-EU/manifest.json":  `{"missing":[{"key":"parameter"}]}`,
		"out/assembly-Prod/assembly-Old/manifest.json": `{"missing":[{"key":"of no stage any more"}]}`,
	})
	_, err := find(t, dir).Synth(context.Background(), nil, io.Discard)
	lookup, ok := errors.AsType[*LookupError](err)
	if want := []string{"ami", "parameter", "vpc", "zone"}; !ok || !slices.Equal(lookup.Keys, want) {
		t.Errorf("%v, want a *LookupError of %v", err, want)
	}
	for _, inner := range []string{"", ".", "..", "a/..", "/", "none"} {
		if err := os.WriteFile(filepath.Join(dir, "out", "manifest.json"), []byte(stage("vpc", inner)), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := find(t, dir).Synth(context.Background(), nil, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "wrote no cloud assembly: ") || !strings.Contains(err.Error(), "manifest.json") {
			t.Errorf("stage in %q: %v, want an error that names the file", inner, err)
		}
	}
}

// Runs at once in one folder get an assembly each, and a whole one stays.
func TestSynthAtOnce(t *testing.T) {
	const files = 100
	dir := project(t, map[string]string{
		"cdk.json": `{"app":"sh app.sh"}`,
		"app.sh":   `echo '{}' >"$CDK_OUTDIR/manifest.json"; for i in $(seq ` + strconv.Itoa(files) + `); do echo $$ >"$CDK_OUTDIR/$i"; done`,
	})
	a := find(t, dir)
	errs := make(chan error)
	for range 8 {
		go func() {
			_, err := a.Synth(context.Background(), nil, io.Discard)
			errs <- err
		}()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got, err := os.ReadDir(a.AssemblyDir()); err != nil || len(got) != files+1 {
		t.Errorf("the assembly has %d files (%v), want %d", len(got), err, files+1)
	}
	var by []byte
	for i := range files {
		data, err := os.ReadFile(filepath.Join(a.AssemblyDir(), strconv.Itoa(i+1)))
		if err != nil {
			t.Fatal(err)
		}
		if by == nil {
			by = data
		}
		if !bytes.Equal(data, by) {
			t.Fatalf("the assembly has files of two runs, %s and %s", by, data)
		}
	}
	if left, err := os.ReadDir(a.StateDir()); err != nil || len(left) != 2 {
		t.Errorf("left: %v (%v), want assembly and .gitignore", left, err)
	}
}

// However the app ends, its temporary files go with it. A deep folder's are in
// the system's, as sockets in its own would have too long a name.
func TestSynthLeavesNoTemporaryFiles(t *testing.T) {
	short, err := os.MkdirTemp("/tmp", "app-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(short); err != nil {
			t.Error(err)
		}
	})
	long := filepath.Join(short, strings.Repeat("x", maxStateDir))
	system := t.TempDir()
	t.Setenv("TMPDIR", system)
	for _, tc := range []struct{ name, dir, below, config string }{
		{"app", short, short, `{"app":"sh app.sh"}`},
		{"build", short, short, `{"app":"true","build":"sh app.sh"}`},
		{"app fails", short, short, `{"app":"sh app.sh; false"}`},
		{"killed", short, short, `{"app":"sh app.sh; kill -9 0"}`},
		{"deep folder", long, system, `{"app":"sh app.sh"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := os.MkdirAll(tc.dir, 0o755); err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{
				"cdk.json": tc.config,
				"app.sh":   `mkdir -p "$TMPDIR/go-build1/x" && echo "$TMPDIR" >temporary; [ -z "$CDK_OUTDIR" ] || echo '{}' >"$CDK_OUTDIR/manifest.json"`,
			} {
				if err := os.WriteFile(filepath.Join(tc.dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			_, synthErr := find(t, tc.dir).Synth(context.Background(), nil, io.Discard)
			data, err := os.ReadFile(filepath.Join(tc.dir, "temporary"))
			if err != nil {
				t.Fatal(err, synthErr)
			}
			got := strings.TrimSpace(string(data))
			if !strings.HasPrefix(got, tc.below+"/") {
				t.Errorf("TMPDIR = %s, want a folder below %s", got, tc.below)
			}
			if isDir(got) {
				t.Errorf("%s is left behind (%v)", got, synthErr)
			}
		})
	}
}

// The folder for temporary files has another name each time: it must not enter
// what a deployment is known by.
func TestSynthIsTheSameAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles this repository's app")
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	system := t.TempDir()
	t.Setenv("TMPDIR", system)
	dir := t.TempDir()
	config := fmt.Sprintf(`{"app":"cd '%s' && go run ./infra"}`, root)
	if err := os.WriteFile(filepath.Join(dir, "cdk.json"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	a := find(t, dir)
	var before map[string]string
	for range 2 {
		out, err := a.Synth(context.Background(), nil, t.Output())
		if err != nil {
			t.Fatal(err)
		}
		found, err := filepath.Glob(filepath.Join(out, "*.*.json"))
		if err != nil || len(found) == 0 {
			t.Fatalf("no template (%v)", err)
		}
		files := map[string]string{}
		for _, file := range found {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.Base(file)] = string(data)
		}
		if before == nil {
			before = files
		}
		if !maps.Equal(files, before) {
			t.Error("the templates of the two runs differ")
		}
	}
	if left, err := os.ReadDir(system); err != nil || len(left) != 0 {
		t.Errorf("left in the system's folder for temporary files: %v (%v)", left, err)
	}
}

// What the app starts must not outlive a cancelled synth, nor one that ended.
func TestSynthLeavesNoProcess(t *testing.T) {
	dir := project(t, map[string]string{
		"slow/cdk.json":  `{"app":"sleep 600 & echo $! >pid.new; mv pid.new pid; wait"}`,
		"leave/cdk.json": `{"app":"sleep 600 >/dev/null 2>&1 & echo $! >pid.new; mv pid.new pid; echo '{}' >$CDK_OUTDIR/manifest.json"}`,
	})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(filepath.Join(dir, "slow", "pid")); err == nil {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if _, err := find(t, filepath.Join(dir, "slow")).Synth(ctx, nil, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v, want context.Canceled", err)
	}
	if _, err := find(t, filepath.Join(dir, "leave")).Synth(context.Background(), nil, io.Discard); err != nil {
		t.Error(err)
	}
	for _, sub := range []string{"slow", "leave"} {
		data, err := os.ReadFile(filepath.Join(dir, sub, "pid"))
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
		if err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(10 * time.Second)
		for syscall.Kill(pid, 0) == nil && !zombie(pid) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: process %d is still there", sub, pid)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// zombie reports whether the process has ended and nobody has waited for it:
// in a container without an init process that is what is left of an orphan.
func zombie(pid int) bool {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && bytes.Contains(data, []byte(") Z "))
}
