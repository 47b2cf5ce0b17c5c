package entry

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEntry runs a program that enters in each way under QEMU, which writes its
// system calls: what it begins with, whether it looks for its control group, and
// that it is an ordinary program then.
func TestEntry(t *testing.T) {
	for goarch, machine := range map[string]string{"amd64": "x86_64", "arm64": "aarch64"} {
		for _, entry := range []string{"", "coldcrank_entry", "coldcrank_prefetch"} {
			t.Run(goarch+" "+entry, func(t *testing.T) {
				qemu, err := exec.LookPath("qemu-" + machine + "-static")
				if err != nil {
					if os.Getenv("CI") == "true" {
						t.Fatal(err)
					}
					t.Skipf("Debian's qemu-user-static has it: %v", err)
				}
				exe := hello(t, goarch, entry)
				cmd := exec.CommandContext(t.Context(), qemu, "-strace", exe, "an argument")
				cmd.Env = []string{"HELLO=from the environment"}
				var stdout, stderr bytes.Buffer
				cmd.Stdout, cmd.Stderr = &stdout, &stderr
				if err := cmd.Run(); err != nil {
					t.Fatalf("%v\n%s", err, stderr.Bytes())
				}
				if got, want := stdout.String(), "[an argument] from the environment\n"; !strings.HasPrefix(got, want) {
					t.Errorf("it says %q, want %q", got, want)
				}
				checkCalls(t, exe, entry, stderr.String())
			})
		}
	}
}

// TestLimit: the limit of open files is what it was before the start, for the
// program and for what it starts.
func TestLimit(t *testing.T) {
	if _, err := os.Stat("/proc/self/limits"); err != nil {
		t.Skipf("this is no Linux: %v", err)
	}
	for _, entry := range []string{"coldcrank_entry", "coldcrank_prefetch"} {
		exe := hello(t, "", entry)
		out, err := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -Sn 500; ulimit -Hn 600; exec "$0" sh -c "ulimit -Sn; ulimit -Hn"`, exe).CombinedOutput()
		if got, want := string(out), "[sh -c ulimit -Sn; ulimit -Hn] \n500 600\n500\n600\n"; err != nil || got != want {
			t.Errorf("%s: %v, %q; want %q", entry, err, got, want)
		}
	}
}

// hello builds the program for an architecture, this machine's if it is empty.
func hello(t *testing.T, goarch, entry string) (exe string) {
	t.Helper()
	ldflags := "-s -w -buildid="
	if entry != "" {
		ldflags += " -E=" + entry
	}
	exe = filepath.Join(t.TempDir(), "hello")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags="+ldflags, "-o", exe, "./testdata/hello")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+goarch, "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return exe
}

// checkCalls looks at QEMU's lines, "PID name(arguments) = result".
func checkCalls(t *testing.T, exe, entry, calls string) {
	t.Helper()
	info, err := os.Stat(exe)
	if err != nil {
		t.Fatal(err)
	}
	var want []string // patterns of the first lines
	if entry == "coldcrank_prefetch" {
		want = append(want, `"/proc/self/exe"`, fmt.Sprintf(` = %d$`, info.Size()))
		for offset := int64(0); offset < info.Size(); offset += 128 << 10 {
			want = append(want, fmt.Sprintf(` fadvise64\(3,%d,131072,3,0,0\) = 0$`, offset))
		}
		want = append(want, ` close\(3\) = 0$`)
	}
	if entry != "" {
		want = append(want, ` prlimit64\(0,7,0,[0-9]+,0,0\) = 0$`, ` prlimit64\(0,7,[0-9]+,0,[0-9]+,0\) = 0$`)
	}
	lines := strings.Split(calls, "\n")
	for i, w := range want {
		if got := lines[min(i, len(lines)-1)]; !regexp.MustCompile(w).MatchString(got) {
			t.Errorf("call %d is %s, want %s", i, got, w)
		}
	}
	if strings.Contains(calls, "fadvise64(") != (entry == "coldcrank_prefetch") {
		t.Errorf("its calls have fadvise64, or not:\n%s", calls)
	}
	groups := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, `"/proc/self/cgroup"`) })
	if groups < 0 {
		t.Fatal("the runtime does not look for its control group any more: what is coldcrank_entry good for?")
	}
	if found := !strings.Contains(lines[groups], "errno=24"); found != (entry == "") {
		t.Errorf("it finds its control group: %v\n%s", found, lines[groups])
	}
	if mounts := strings.Contains(calls, `"/proc/self/mountinfo"`); mounts != (entry == "") {
		t.Errorf("it looks where the group is mounted: %v", mounts)
	}
}
