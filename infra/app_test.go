package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// program is a compiled app and how it is run.
type program struct {
	file string
	dir  string   // working directory: that of cdk.json
	env  []string // on top of this process's
}

// compile builds the app of a module.
func compile(t *testing.T, dir string, env ...string) program {
	t.Helper()
	p := program{file: filepath.Join(t.TempDir(), "app"), dir: dir, env: env}
	p.goCommand(t, "build", "-o", p.file, "./infra")
	return p
}

func (p program) goCommand(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir, cmd.Env = p.dir, append(os.Environ(), p.env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// synth runs the app as the CDK CLI does, and returns the assembly's folder.
// On a failure it returns what the app said and its exit status.
func (p program) synth(t *testing.T, values map[string]any) (assembly, stderr string, status int) {
	t.Helper()
	data, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	assembly = t.TempDir()
	temporary := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, p.file)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), p.env...)
	cmd.Env = append(cmd.Env, "CDK_OUTDIR="+assembly, "CDK_CONTEXT_JSON="+string(data), "TMPDIR="+temporary)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); !ok {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
	return assembly, nodeBanner.ReplaceAllString(said.String(), ""), cmd.ProcessState.ExitCode()
}

// nodeBanner is what jsii says of a Node release that it does not know, or
// does not know any more.
var nodeBanner = regexp.MustCompile(`(?m)^!!.*\n`)

// must is synth of an app that has to succeed.
func (p program) must(t *testing.T, values map[string]any) (assembly string) {
	t.Helper()
	assembly, stderr, status := p.synth(t, values)
	if status != 0 {
		t.Fatalf("exit status %d:\n%s", status, stderr)
	}
	return assembly
}

func readFile(t *testing.T, elem ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// asset is the only file of that name in the assets of the assembly.
func asset(t *testing.T, assembly, name string) []byte {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(assembly, "asset.*", name))
	if err != nil || len(found) != 1 {
		t.Fatalf("%d files %s in %s (%v), want one", len(found), name, assembly, err)
	}
	return readFile(t, found[0])
}

// TestApp runs the compiled app of this repository, which compiles the health
// function in turn.
func TestApp(t *testing.T) {
	app := compile(t, "..")
	values := readConfig(t).Context
	with := func(key string, value any) map[string]any {
		more := map[string]any{key: value}
		for k, v := range values {
			more[k] = v
		}
		return more
	}

	t.Run("validator", func(t *testing.T) {
		validated := app
		validated.env = []string{"CDK_VALIDATION=true"}
		var report struct {
			Version       string
			PluginReports []any
		}
		assembly, stderr, status := validated.synth(t, values)
		if status != 0 || stderr != "" {
			t.Fatalf("exit status %d:\n%s", status, stderr)
		}
		data := readFile(t, assembly, "validation-report.json")
		if err := json.Unmarshal(data, &report); err != nil {
			t.Fatal(err)
		}
		if report.Version == "" || len(report.PluginReports) != 0 {
			t.Errorf("the validator reports\n%s", data)
		}
	})

	t.Run("clones", func(t *testing.T) {
		first, second := app, app
		first.dir = clone(t, "one", "first commit")
		second.dir = clone(t, "another path", "second commit")
		a, b := first.must(t, values), second.must(t, values)
		if !bytes.Equal(readFile(t, a, "Coldcrank.template.json"), readFile(t, b, "Coldcrank.template.json")) {
			t.Error("templates of two clones differ")
		}
		if !bytes.Equal(asset(t, a, "bootstrap"), asset(t, b, "bootstrap")) {
			t.Error("executables of two clones differ")
		}
	})

	t.Run("platform", func(t *testing.T) {
		plain, local := app.must(t, values), app.must(t, with("coldcrank:platform", "darwin/arm64"))
		if !bytes.Equal(readFile(t, plain, "Coldcrank.template.json"), readFile(t, local, "Coldcrank.template.json")) {
			t.Error("the platform reaches the template")
		}
		if !bytes.Equal(asset(t, plain, "bootstrap"), asset(t, local, ".shipped/bootstrap")) {
			t.Error(".shipped/bootstrap is not what a deployment ships")
		}
		elf, machO := []byte("\x7fELF"), []byte{0xcf, 0xfa, 0xed, 0xfe}
		if got := asset(t, plain, "bootstrap"); !bytes.HasPrefix(got, elf) {
			t.Errorf("what ships starts with % x, want ELF", got[:4])
		}
		if got := asset(t, local, "bootstrap"); !bytes.HasPrefix(got, machO) {
			t.Errorf("what runs on macOS starts with % x, want Mach-O", got[:4])
		}
		if shipped, _ := filepath.Glob(filepath.Join(plain, "asset.*", ".shipped")); shipped != nil {
			t.Errorf("a deployment would ship %v", shipped)
		}
	})

	t.Run("functions", func(t *testing.T) {
		alone, both := app.must(t, values), app.must(t, with("coldcrank:function", "health,floor"))
		ids := func(assembly string) map[string]string {
			var template struct {
				Outputs map[string]struct{ Value any }
			}
			if err := json.Unmarshal(readFile(t, assembly, "Coldcrank.template.json"), &template); err != nil {
				t.Fatal(err)
			}
			found := map[string]string{}
			for name, output := range template.Outputs {
				if strings.HasSuffix(name, "DeploymentId") {
					found[name] = output.Value.(string)
				}
			}
			return found
		}
		got, want := ids(both), ids(alone)
		if got["HealthDeploymentId"] != want["HealthDeploymentId"] || len(want) != 1 {
			t.Errorf("beside floor health's deployment is %v, alone %v", got, want)
		}
		if got["FloorDeploymentId"] == "" || got["FloorDeploymentId"] == got["HealthDeploymentId"] || len(got) != 2 {
			t.Errorf("deployments %v", got)
		}
		asset(t, app.must(t, with("coldcrank:function", "floor")), "bootstrap")
	})

	for _, tc := range []struct{ name, key, value, want string }{
		{"function", "coldcrank:function", "none", "infra: context coldcrank:function=none: give health, floor, or health,floor for both\n"},
		{"memory out of range", "coldcrank:memory", "64", "benchapi: Coldcrank/Health: memory size 64 MB: give 128 to 10240\n"},
		{"memory no number", "coldcrank:memory", "much", "infra: context coldcrank:memory=much: give a number of MB, for example 1024\n"},
		{"stack name", "coldcrank:stack", "two words", "infra: context coldcrank:stack=two words: give a letter, then up to 127 letters, digits and hyphens\n"},
		{"no platform", "coldcrank:platform", "amd64", "benchapi: Coldcrank/Health: context coldcrank:platform=amd64: give GOOS/GOARCH, for example linux/amd64\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, got, status := app.synth(t, with(tc.key, tc.value)); got != tc.want || status != 1 {
				t.Errorf("exit status %d and %q, want 1 and %q", status, got, tc.want)
			}
		})
	}
}

// clone copies what the health function is built from to a folder of that
// name, and makes it a commit where git is there.
func clone(t *testing.T, name, message string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	for _, f := range []string{"go.mod", "go.sum", "lambda/health"} {
		copyTree(t, filepath.Join("..", f), filepath.Join(dir, f))
	}
	if _, err := exec.LookPath("git"); err != nil {
		t.Log("without git the clones have no commits")
		return dir
	}
	for _, args := range [][]string{
		{"init", "-q"},
		{"add", "."},
		{"-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "-m", message},
	} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	return dir
}

// copyTree copies a file or a folder.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestConfig holds cdk.json against the flags that the library itself
// recommends to a new app.
func TestConfig(t *testing.T) {
	c := readConfig(t)
	if c.App != "go run ./infra" {
		t.Errorf("app is %q", c.App)
	}
	if c.VersionReporting == nil || *c.VersionReporting {
		t.Error("versionReporting is on: every release of the CDK would show in cdk diff")
	}
	want := recommended(t)
	for flag, value := range want {
		if got, ok := c.Context[flag]; !ok || !reflect.DeepEqual(got, value) {
			t.Errorf("%s is %v, want %v", flag, got, value)
		}
	}
	for flag := range c.Context {
		if _, ok := want[flag]; !ok {
			t.Errorf("%s is no flag of this release", flag)
		}
	}
}

// recommended reads the flags from the library that the Go module embeds.
func recommended(t *testing.T) map[string]any {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-cdk-go/awscdk/v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	archives, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "jsii", "aws-cdk-lib-*.tgz"))
	if err != nil || len(archives) != 1 {
		t.Fatalf("library in %v (%v), want one archive", archives, err)
	}
	f, err := os.Open(archives[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			t.Fatal("the library lists no recommended flags")
		}
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(strings.Split(h.Name, "/"), "recommended-feature-flags.json") {
			var flags map[string]any
			if err := json.NewDecoder(r).Decode(&flags); err != nil {
				t.Fatal(err)
			}
			return flags
		}
	}
}
