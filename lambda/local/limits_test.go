package local_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/lambda/local"
)

func checkTB(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// setMemory changes the memory setting of the function in an assembly.
func setMemory(t testing.TB, dir string, memoryMB int) {
	t.Helper()
	file := filepath.Join(dir, "Tiny.template.json")
	data, err := os.ReadFile(file)
	checkTB(t, err)
	changed := strings.Replace(string(data), `"MemorySize": 512`, fmt.Sprintf(`"MemorySize": %d`, memoryMB), 1)
	checkTB(t, os.WriteFile(file, []byte(changed), 0o644))
}

// has reports whether this machine has the modes.
func has(t testing.TB, l local.Limits) bool {
	t.Helper()
	dir, remove, err := testAssembly()
	checkTB(t, err)
	defer remove()
	x, err := local.Start(t.Context(), dir, local.Options{Limits: l})
	if err != nil {
		return false
	}
	checkTB(t, x.Close())
	return true
}

// settings are those of the outputs file.
func settings(t testing.TB, x *local.Executor) map[string]string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "outputs.json")
	checkTB(t, x.WriteOutputs(file))
	f, err := outputs.ReadFile(file)
	checkTB(t, err)
	return f.Executor.Settings
}

// writableCgroups reports whether root can write control groups where Linux
// distributions mount them, of version 1 or of version 2 with its controllers.
func writableCgroups() bool {
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		return false
	}
	can := func(dir string) bool {
		probe, err := os.MkdirTemp(dir, "coldcrank-test-")
		return err == nil && os.Remove(probe) == nil
	}
	if _, err := os.Stat("/sys/fs/cgroup/memory/memory.oom_control"); err != nil {
		handedOn, err := os.ReadFile("/sys/fs/cgroup/cgroup.subtree_control")
		return err == nil && bytes.Contains(handedOn, []byte("cpu ")) && bytes.Contains(handedOn, []byte("memory")) && can("/sys/fs/cgroup")
	}
	return can("/sys/fs/cgroup/cpu") && can("/sys/fs/cgroup/memory")
}

// TestLimitModes: whoever may write control groups gets them, and others what
// the system has, by its name.
func TestLimitModes(t *testing.T) {
	got := settings(t, startTest(t, local.Options{}))
	cpu, memory := got["cpuQuota"], got["memoryLimit"]
	switch {
	case writableCgroups():
		if !strings.HasPrefix(cpu, "cgroup v") || !strings.HasPrefix(memory, "cgroup v") {
			t.Errorf("cpuQuota %q, memoryLimit %q, want control groups", cpu, memory)
		}
	case os.Getenv("CI") != "" && runtime.GOOS == "linux":
		t.Error("no control group can be written, where CI needs them")
	case runtime.GOOS == "darwin":
		if cpu != "none" || memory != "none" {
			t.Errorf("cpuQuota %q, memoryLimit %q, want none", cpu, memory)
		}
	}
	none := settings(t, startTest(t, local.Options{Limits: local.Limits{CPU: "none", Memory: "none"}}))
	if none["cpuQuota"] != "none" || none["memoryLimit"] != "none" {
		t.Errorf("asked for none, got %v", none)
	}
	dir, remove, err := testAssembly()
	check(t, err)
	defer remove()
	if _, err := local.Start(t.Context(), dir, local.Options{Limits: local.Limits{CPU: "magic"}}); err == nil || !strings.Contains(err.Error(), `CPU quota: there is no mode "magic"`) {
		t.Errorf("an unknown mode: %v", err)
	}
}

// A machine with less CPU than a memory setting buys says so.
func TestMoreThanTheMachineHas(t *testing.T) {
	dir, remove, err := testAssembly()
	check(t, err)
	defer remove()
	setMemory(t, dir, 1769*(runtime.NumCPU()+1))
	x, err := local.Start(t.Context(), dir, local.Options{})
	check(t, err)
	defer x.Close()
	want := fmt.Sprintf("stack Tiny: function hello: %d MB buy %d.0 vCPUs, where this machine has %d", 1769*(runtime.NumCPU()+1), runtime.NumCPU()+1, runtime.NumCPU())
	if got := slices.Contains(x.Warnings(), want); got != (runtime.GOOS == "linux") {
		t.Errorf("warnings: %q, want %q on Linux", x.Warnings(), want)
	}
}

// TestCloseRemovesControlGroups: none with this process's number is left.
func TestCloseRemovesControlGroups(t *testing.T) {
	dir, remove, err := testAssembly()
	check(t, err)
	defer remove()
	x, err := local.Start(t.Context(), dir, local.Options{})
	check(t, err)
	get(t, base(t, x)+"/health")
	get(t, base(t, x)+"/try/exit")
	if n := len(controlGroups(t)); n == 0 && strings.HasPrefix(settings(t, x)["cpuQuota"], "cgroup") {
		t.Error("there is no control group while an environment is up")
	}
	check(t, x.Close())
	if left := controlGroups(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// controlGroups are the folders of this process's executors.
func controlGroups(t *testing.T) []string {
	t.Helper()
	var list []string
	// Groups of others come and go meanwhile.
	filepath.WalkDir("/sys/fs/cgroup", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), fmt.Sprintf("coldcrank-%d-", os.Getpid())) {
			list = append(list, name)
		}
		return nil
	})
	return list
}

// TestCPUQuota: a busy function never gets more CPU than its memory setting
// buys, with the best mode of this machine and with the one that every Linux
// has. How much less it gets is up to what else this machine does: that the
// whole quota can be had is a test of package limits.
func TestCPUQuota(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no CPU quota on other systems")
	}
	for _, mode := range []string{"", "signals"} {
		x, url := busyFunction(t, 512, local.Limits{CPU: mode})
		mode := settings(t, x)["cpuQuota"]
		most := map[bool]float64{true: 1.1, false: 1.03}[mode == "signals"]
		share(t, url, 1, time.Millisecond) // the cold start
		got, want := share(t, url, 2, 2*time.Second), bought(512, 2)
		t.Logf("%s: %.4f CPUs of %.4f (%+.1f %%)", mode, got, want, 100*(got/want-1))
		if got > most*want || got < want/20 {
			t.Errorf("%s: got %.4f CPUs, want %.4f", mode, got, want)
		}
	}
}
