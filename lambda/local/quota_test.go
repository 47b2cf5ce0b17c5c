package local_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
)

// busyFunction starts a function that computes, with a memory setting, and
// returns the URL below which THREADS/MILLISECONDS is asked for.
func busyFunction(t testing.TB, memoryMB int, limits local.Limits) (*local.Executor, string) {
	t.Helper()
	dir, remove, err := testAssembly()
	checkTB(t, err)
	t.Cleanup(remove)
	exe := filepath.Join(dir, "asset.hello", "bootstrap")
	checkTB(t, os.Remove(exe))
	if out, err := exec.Command("go", "build", "-o", exe, "./testdata/busy").CombinedOutput(); err != nil {
		t.Fatalf("build busy: %v\n%s", err, out)
	}
	setMemory(t, dir, memoryMB)
	x, err := local.Start(t.Context(), dir, local.Options{Limits: limits})
	checkTB(t, err)
	t.Cleanup(func() { checkTB(t, x.Close()) })
	url, err := x.URL("Tiny/Hello")
	checkTB(t, err)
	return x, url[:len(url)-len("health")] + "try/"
}

// share is how many CPUs a busy function got: CPU time by time that passed.
func share(t testing.TB, url string, threads int, d time.Duration) float64 {
	t.Helper()
	resp, err := http.Get(fmt.Sprintf("%s%d/%d", url, threads, d.Milliseconds()))
	checkTB(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	checkTB(t, err)
	var cpu, wall float64
	if _, err := fmt.Sscan(string(b), &cpu, &wall); err != nil || resp.StatusCode != 200 {
		t.Fatalf("status %d: %s", resp.StatusCode, b)
	}
	return cpu / wall
}

// bought is how many CPUs a memory setting buys of those that this machine has
// and the threads can use.
func bought(memoryMB, threads int) float64 {
	return min(float64(memoryMB)/1769, float64(threads), float64(runtime.NumCPU()))
}

// BenchmarkCPUQuota prints the CPU time that a busy loop in an invocation of 2 s
// got against what its memory setting buys, for each mode of this machine, as
// the median of b.N times. On a machine that does other things it may be less:
//
//	go test ./lambda/local -run '^$' -bench CPUQuota -benchtime 5x
func BenchmarkCPUQuota(b *testing.B) {
	for _, mode := range []string{"cgroup v1", "cgroup v2", "signals"} {
		for _, memoryMB := range []int{128, 512, 1024, 1769} {
			for _, threads := range []int{1, 2} {
				b.Run(fmt.Sprintf("mode=%s/memory=%d/threads=%d", mode, memoryMB, threads), func(b *testing.B) {
					limits := local.Limits{CPU: mode, Memory: "none"}
					if !has(b, limits) {
						b.Skip("this machine has it not")
					}
					_, url := busyFunction(b, memoryMB, limits)
					share(b, url, 1, time.Millisecond) // the cold start
					b.ResetTimer()
					list := make([]float64, b.N)
					for i := range list {
						list[i] = share(b, url, threads, 2*time.Second)
					}
					slices.Sort(list)
					got, want := list[b.N/2], bought(memoryMB, threads)
					b.ReportMetric(got, "CPUs")
					b.ReportMetric(want, "bought-CPUs")
					b.ReportMetric(100*(got/want-1), "%error")
				})
			}
		}
	}
}
