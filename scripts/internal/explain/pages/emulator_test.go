package pages

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
)

// build compiles a program as a deployment ships it, and skips where nothing can
// emulate its processor.
func build(t *testing.T, pkg, goarch string, args ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles for another processor, and emulates it")
	}
	if runtime.GOOS != "linux" {
		t.Skip("QEMU emulates a processor alone on Linux only")
	}
	qemu := map[string]string{"arm64": "qemu-aarch64", "amd64": "qemu-x86_64"}[goarch]
	if _, err := exec.LookPath(qemu + "-static"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	name := filepath.Join(t.TempDir(), "bootstrap")
	cmd := exec.Command("go", append([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", name}, append(args, pkg)...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+goarch)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return name
}

// subjectOf is a function of an executable.
func subjectOf(executable string, env ...string) *subject.Subject {
	return &subject.Subject{Target: "Shop/Orders", Shipped: executable, Program: func(runtimeAPI, tmp string) (local.Program, error) {
		return local.Program{Path: "/none", Dir: "/none", Env: append(env, "AWS_LAMBDA_RUNTIME_API="+runtimeAPI, "TMPDIR="+tmp)}, nil
	}}
}

// agree is by how much two counts may differ: not at all where threads take turns
// until they wait, which this user may not be allowed to ask for.
func agree(x *Pages) int {
	if x.Turns == realTime {
		return 0
	}
	return 2
}

// TestCountHealth counts the health function four times, five runs each.
func TestCountHealth(t *testing.T) {
	s := subjectOf(build(t, "github.com/coldcrank/coldcrank/lambda/health", "arm64", "-tags=lambda.norpc,nethttpomithttp2"))
	var first *Pages
	for range 4 {
		x, err := Count(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		first = cmp.Or(first, x)
		if off := agree(x); x.Most-x.Least > off || x.Count-first.Count > off || first.Count-x.Count > off {
			t.Errorf("%d pages (%d to %d) after %d; %s", x.Count, x.Least, x.Most, first.Count, x.Turns)
		}
	}
	// A client on net/http executes some hundred pages, and by no means all of them.
	if first.Count < 150 || first.Count > 450 || first.OfCode <= first.Count {
		t.Errorf("%d of %d pages", first.Count, first.OfCode)
	}
	if !strings.HasPrefix(first.Emulator, "qemu-aarch64 version ") || first.Architecture != "arm64" || first.Runs != runs {
		t.Errorf("%+v", first)
	}
	sum, of := 0.0, map[string]float64{}
	for _, p := range first.Packages {
		sum += p.Pages
		of[p.Path] = p.Pages
	}
	if math.Abs(sum-float64(first.Count)) > 0.01 {
		t.Errorf("packages have %v pages of %d", sum, first.Count)
	}
	if first.Packages[0].Path != "runtime" || of["github.com/aws/aws-lambda-go/lambda"] == 0 || of["main"] == 0 || of["net/rpc"] != 0 {
		t.Errorf("%v", first.Packages)
	}
	packages, err := GoPackages(s.Shipped)
	if err != nil {
		t.Fatal(err)
	}
	code := map[string]int64{}
	for _, p := range packages {
		code[p.Path] = p.Bytes
	}
	if len(code) != len(packages) || code["main"] <= 0 || code["net/http"] < code["main"] || code["net/rpc"] != 0 || code[noPackage] != 0 || len(code) < len(first.Packages)-1 {
		t.Errorf("%v", packages)
	}
	t.Logf("%d of %d pages, %s", first.Count, first.OfCode, first.Turns)
}

// TestCountUntilAsked has a program work before and after it has asked for an
// invocation.
func TestCountUntilAsked(t *testing.T) {
	arm64, amd64 := build(t, "./testdata/program", "arm64"), build(t, "./testdata/program", "amd64")
	for _, tc := range []struct {
		executable, mode string
		want             bool
	}{
		{arm64, "work before", true},
		{arm64, "halves", true},
		{arm64, "work after", false},
		{amd64, "work before", true},
		{amd64, "work after", false},
	} {
		x, err := Count(t.Context(), subjectOf(tc.executable, "MODE="+tc.mode))
		if err != nil {
			t.Fatalf("%s: %v", tc.mode, err)
		}
		worked := slices.ContainsFunc(x.Packages, func(p Package) bool { return p.Path == "hash/adler32" })
		if worked != tc.want {
			t.Errorf("%s, %s: the work counts: %t, want %t; %v", x.Architecture, tc.mode, worked, tc.want, x.Packages)
		}
	}
}

// TestCountFails has programs that do not get to their first invocation.
func TestCountFails(t *testing.T) {
	name := build(t, "./testdata/program", "arm64")
	for mode, want := range map[string]string{
		"end":  "the program ended before it asked for an invocation: exit status 3: not today",
		"fail": `the init failed: no "database`,
	} {
		if _, err := Count(t.Context(), subjectOf(name, "MODE="+mode)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", mode, err, want)
		}
	}
	// What a program has started ends with it, also where it has ended by itself.
	sleep := fmt.Sprintf("3600.%d", os.Getpid())
	if _, err := Count(t.Context(), subjectOf(name, "MODE=leave", "SLEEP="+sleep)); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("leave: %v", err)
	}
	if left := running(t, sleep); left != nil {
		t.Errorf("left: %v", left)
	}
	for _, after := range []time.Duration{0, 50 * time.Millisecond} { // five runs take longer
		broken, cancel := context.WithTimeout(t.Context(), after)
		if _, err := Count(broken, subjectOf(name)); err == nil {
			t.Errorf("broken off after %v without an error", after)
		}
		cancel()
	}

	text := filepath.Join(t.TempDir(), "bootstrap")
	if err := os.WriteFile(text, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Count(t.Context(), subjectOf(text)); err == nil || !strings.Contains(err.Error(), "the program is a script") {
		t.Error(err)
	}
	if packages, err := GoPackages(text); packages != nil || err != nil {
		t.Errorf("a script has the packages %v, %v", packages, err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Count(t.Context(), subjectOf(name)); err == nil || err.Error() != "qemu-aarch64-static is missing: apt-get install qemu-user-static" {
		t.Error(err)
	}
}

// running are the processes that have an argument, once those that end have ended.
func running(t *testing.T, argument string) (left []string) {
	t.Helper()
	for range 100 {
		left = nil
		all, err := filepath.Glob("/proc/[0-9]*/cmdline")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range all {
			if line, err := os.ReadFile(name); err == nil && strings.Contains(string(line), "\x00"+argument+"\x00") {
				left = append(left, name)
			}
		}
		if left == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return left
}

func TestPinned(t *testing.T) {
	got := strings.Join(pinned([]string{"GODEBUG=http2client=0", "A=b"}), " ")
	if want := "GODEBUG=http2client=0 A=b GOMAXPROCS=1 GODEBUG=http2client=0,asyncpreemptoff=1"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
