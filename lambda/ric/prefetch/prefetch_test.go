package prefetch

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestEntry runs a program that enters by coldcrank_prefetch under QEMU, which
// writes its system calls: first of all it advises the whole file, and then it is
// an ordinary program. Without the flag it advises nothing.
func TestEntry(t *testing.T) {
	for goarch, machine := range map[string]string{"amd64": "x86_64", "arm64": "aarch64"} {
		t.Run(goarch, func(t *testing.T) {
			qemu, err := exec.LookPath("qemu-" + machine + "-static")
			if err != nil {
				if os.Getenv("CI") == "true" {
					t.Fatal(err)
				}
				t.Skipf("Debian's qemu-user-static has it: %v", err)
			}
			for _, entry := range []bool{true, false} {
				ldflags := "-s -w -buildid="
				if entry {
					ldflags += " -E=coldcrank_prefetch"
				}
				exe := filepath.Join(t.TempDir(), "hello")
				build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags="+ldflags, "-o", exe, "./testdata/hello")
				build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+goarch, "CGO_ENABLED=0", "GOFLAGS=")
				if out, err := build.CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				cmd := exec.CommandContext(t.Context(), qemu, "-strace", exe, "an argument")
				cmd.Env = []string{"HELLO=from the environment"}
				var stdout, stderr bytes.Buffer
				cmd.Stdout, cmd.Stderr = &stdout, &stderr
				if err := cmd.Run(); err != nil {
					t.Fatalf("%v\n%s", err, stderr.Bytes())
				}
				if got, want := stdout.String(), "[an argument] from the environment\n"; got != want {
					t.Errorf("it says %q, want %q", got, want)
				}
				checkCalls(t, exe, stderr.String(), entry)
			}
		})
	}
}

// checkCalls looks at QEMU's lines, "PID name(arguments) = result".
func checkCalls(t *testing.T, exe, calls string, entry bool) {
	t.Helper()
	if !entry {
		if strings.Contains(calls, "fadvise64(") {
			t.Errorf("without the flag:\n%s", calls)
		}
		return
	}
	info, err := os.Stat(exe)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for offset := int64(0); offset < info.Size(); offset += 128 << 10 {
		want = append(want, fmt.Sprintf("fadvise64(3,%d,131072,3,0,0) = 0", offset))
	}
	want = append(want, "close(3) = 0")
	lines := strings.Split(calls, "\n")
	if len(lines) < len(want)+2 || !strings.Contains(lines[0], `"/proc/self/exe"`) || !strings.HasSuffix(lines[1], fmt.Sprintf(" = %d", info.Size())) {
		t.Fatalf("it begins otherwise:\n%s", calls)
	}
	for i, w := range want {
		if got := lines[i+2]; !strings.HasSuffix(got, " "+w) {
			t.Errorf("call %d is %s, want %s", i+2, got, w)
		}
	}
}
