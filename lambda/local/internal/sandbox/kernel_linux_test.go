package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
	"github.com/coldcrank/coldcrank/lambda/reportlog"
)

// trace is an instance of the kernel's tracing with buffers of its own.
type trace string

// newTrace mounts tracefs and records execve calls and what loopback receives.
// Without permission it skips the test; in CI it must not.
func newTrace(t *testing.T) trace {
	t.Helper()
	give := t.Skipf
	if os.Getenv("CI") != "" {
		give = t.Fatalf
	}
	mount := t.TempDir()
	if err := unix.Mount("tracefs", mount, "tracefs", 0, ""); err != nil {
		give("mount tracefs (needs root): %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(mount, 0); err != nil {
			t.Error(err)
		}
	})
	dir := filepath.Join(mount, "instances", "coldcrank-"+strconv.Itoa(os.Getpid()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		give("make a tracing instance: %v", err)
	}
	t.Cleanup(func() {
		if err := os.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	for _, setting := range [][2]string{
		{"trace_clock", "mono"}, // the clock of Go's monotonic times
		{"options/record-tgid", "1"},
		{"events/net/netif_receive_skb/filter", `name == "lo" && len > 90`},
		{"events/net/netif_receive_skb/enable", "1"},
		{"events/syscalls/sys_enter_execve/enable", "1"},
	} {
		if err := os.WriteFile(filepath.Join(dir, setting[0]), []byte(setting[1]), 0); err != nil {
			give("set up tracing: %v", err)
		}
	}
	return trace(dir)
}

var traceLine = regexp.MustCompile(`-(\d+)\s+\(\s*([-\d]+)\).* (\d+)\.(\d{6}): (sys_execve|netif_receive_skb)`)

// times are, by process, the call of exec and the first arrival of data that
// the process sent over loopback after it: kernel times to the microsecond.
func (dir trace) times(t *testing.T) map[int][2]time.Duration {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(string(dir), "trace"))
	if err != nil {
		t.Fatal(err)
	}
	times := make(map[int][2]time.Duration)
	for line := range strings.Lines(string(b)) {
		m := traceLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		at, err := time.ParseDuration(m[3] + "s" + m[4] + "us")
		if err != nil {
			t.Fatal(err)
		}
		task, _ := strconv.Atoi(m[1])
		group, _ := strconv.Atoi(m[2]) // not known to the kernel: 0
		if m[5] == "sys_execve" {
			times[task] = [2]time.Duration{at}
		} else if v, ok := times[group]; ok && v[1] == 0 {
			times[group] = [2]time.Duration{v[0], at}
		}
	}
	return times
}

// TestInitDurationIsTheKernels holds what REPORT says of 100 cold starts
// against the kernel's own times, from the call of exec to the arrival of the
// request for the first event.
func TestInitDurationIsTheKernels(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the race detector takes time of its own")
	}
	kernel := newTrace(t)
	// What is left of the difference is the spawn, which waits for a processor
	// where others are busy, and while others change control groups: a further
	// hundred may show that it was the machine.
	for try := 1; ; try++ {
		err := coldStarts(t, kernel, 100)
		if err == nil {
			return
		}
		if try == 6 {
			t.Fatal(err)
		}
	}
}

// coldStarts says where the medians are too far from each other. The stamp of the
// arrival may differ from the kernel's by 3 %, or 50 µs if that is more. The fork
// before the exec is part of an Init Duration: with it, reported time may be 10 %
// above the kernel's (2 to 4 % on two machines that had nothing else to do).
func coldStarts(t *testing.T, kernel trace, n int) error {
	t.Helper()
	reported := make(map[int]time.Duration)
	spawned := make(map[int]time.Duration)
	zero, base := monotonic(t), time.Now()
	for range n {
		f := newFixture(t, "awsgo", func(s *Spec) { s.LogFormat = "JSON" })
		f.invoke(t, `{}`)
		pid := int(f.process.pid.Load())
		reported[pid] = reportedInit(t, f)
		spawned[pid] = zero + f.process.spawned.Sub(base)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	times := kernel.times(t)
	var inits, errs, before, after []time.Duration
	for pid, init := range reported {
		if v := times[pid]; v[1] != 0 {
			inits = append(inits, v[1]-v[0])
			errs = append(errs, init-(v[1]-v[0]))
			before = append(before, v[0]-spawned[pid])
			after = append(after, spawned[pid]+init-v[1])
		}
	}
	if len(errs) < n*9/10 {
		t.Fatalf("the kernel knows %d of %d processes", len(errs), n)
	}
	for _, list := range [][]time.Duration{inits, errs, before, after} {
		slices.Sort(list)
	}
	at := func(list []time.Duration, percent int) time.Duration { return list[len(list)*percent/100] }
	init, median, stamp := at(inits, 50), at(errs, 50), at(after, 50)
	t.Logf("kernel's init %v at the median of %d; reported minus kernel's: p10 %v, median %v (%.1f %%), p90 %v; of it spawn to exec %v, arrival to its stamp %v",
		init, len(errs), at(errs, 10), median, 100*median.Seconds()/init.Seconds(), at(errs, 90), at(before, 50), stamp)
	switch {
	case stamp.Abs() > max(50*time.Microsecond, init*3/100):
		return fmt.Errorf("the arrival is stamped %v after the kernel had it", stamp)
	case median < 0 || median > init/10:
		return fmt.Errorf("reported is %v above the kernel's %v", median, init)
	}
	return nil
}

func reportedInit(t *testing.T, f *fixture) time.Duration {
	t.Helper()
	events, _, err := f.store.Filter(logs.Query{Group: f.spec.LogGroup, Pattern: `{ $.type = "platform.report" }`})
	if err != nil || len(events) != 1 {
		t.Fatalf("%d reports: %v", len(events), err)
	}
	records, err := reportlog.Parse(events[0].Message)
	if err != nil || len(records) != 1 || records[0].InitDuration == nil {
		t.Fatal(fmt.Sprint(records, err))
	}
	return *records[0].InitDuration
}

// monotonic is the kernel's CLOCK_MONOTONIC.
func monotonic(t *testing.T) time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		t.Fatal(err)
	}
	return time.Duration(ts.Nano())
}
