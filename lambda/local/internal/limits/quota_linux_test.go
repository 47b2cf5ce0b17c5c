package limits

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestBusy is the process of TestV1Quota: two busy threads for two seconds, and
// the CPU time that they got, the time that passed, and the CPU time of all.
func TestBusy(t *testing.T) {
	if os.Getenv("COLDCRANK_TEST_BUSY") == "" {
		t.Skip("is run by TestV1Quota")
	}
	io.Copy(io.Discard, os.Stdin) // until the quota holds
	before, start := usedCPU(t), time.Now()
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for time.Since(start) < 2*time.Second {
			}
		})
	}
	wg.Wait()
	if err := os.WriteFile(os.Getenv("COLDCRANK_TEST_BUSY"), fmt.Appendf(nil, "%d %d %d", usedCPU(t)-before, time.Since(start), usedCPU(t)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// usedCPU is the CPU time of this process.
func usedCPU(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestV1Quota: in each period in which the kernel held a busy process back, it
// had its whole quota; and it never has more. So much is true on a machine of
// which others take the rest, too.
func TestV1Quota(t *testing.T) {
	h := newHost(t)
	for _, memoryMB := range []int{128, 256} {
		g, err := h.New(memoryMB)
		if err != nil {
			t.Fatal(err)
		}
		dir := g.parts[0].(*v1CPU).dir
		wantFile(t, dir, "cpu.cfs_quota_us", "-1\n") // full speed until the first event
		file := t.TempDir() + "/busy"
		t.Setenv("COLDCRANK_TEST_BUSY", file)
		cmd := exec.Command(os.Args[0], "-test.run=^TestBusy$")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := spawn(g, cmd); err != nil {
			t.Fatal(err)
		}
		if err := g.Throttle(); err != nil {
			t.Fatal(err)
		}
		wantFile(t, dir, "cpu.cfs_quota_us", strconv.FormatInt(quota(memoryMB).Microseconds(), 10)+"\n")
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cpu, wall, all float64
		if _, err := fmt.Sscan(string(b), &cpu, &wall, &all); err != nil {
			t.Fatal(err)
		}
		if b, err = os.ReadFile(filepath.Join(dir, "cpu.stat")); err != nil {
			t.Fatal(err)
		}
		var throttled int
		_, rest, _ := strings.Cut(string(b), "nr_throttled ")
		if _, err := fmt.Sscan(rest, &throttled); err != nil || throttled == 0 {
			t.Fatalf("held back in %d periods: %v", throttled, err)
		}
		got, held := time.Duration(cpu), time.Duration(throttled)*quota(memoryMB)
		bought := time.Duration(wall * VCPUs(memoryMB))
		t.Logf("%d MB: %v of CPU in %v, which buy %v (%+.1f %%); held back in %d periods", memoryMB, got, time.Duration(wall), bought, 100*(got.Seconds()/bought.Seconds()-1), throttled)
		if got > bought*103/100+2*quota(memoryMB) || time.Duration(all) < held*97/100-2*quota(memoryMB) {
			t.Errorf("%d MB: got %v, want %v at the most; all in all %v, want %v at least", memoryMB, got, bought, time.Duration(all), held)
		}
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}
}
