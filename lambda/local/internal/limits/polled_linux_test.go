package limits

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/coldcrank/coldcrank/lambda/local/internal/procs"
)

// noProcess is above the most that Linux gives (PID_MAX_LIMIT).
const noProcess = 1<<22 + 1

// cpuTime agrees with getrusage(2), which knows of this process alone.
func TestCPUTime(t *testing.T) {
	for start := time.Now(); time.Since(start) < 20*time.Millisecond; {
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	before := time.Duration(u.Utime.Nano() + u.Stime.Nano())
	got, ok := cpuTime(os.Getpid())
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	after := time.Duration(u.Utime.Nano() + u.Stime.Nano())
	if !ok || got < before-10*time.Millisecond || got > after+10*time.Millisecond { // getrusage counts coarsely
		t.Errorf("got %v, %t, want between %v and %v", got, ok, before, after)
	}
	if _, ok := cpuTime(noProcess); ok {
		t.Error("a process that is not there has a CPU time")
	}
}

// What a process takes counts; pages of a file that it maps do not.
func TestOwnKB(t *testing.T) {
	const mb = 64
	file, err := os.Create(filepath.Join(t.TempDir(), "big"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(make([]byte, mb<<20)); err != nil {
		t.Fatal(err)
	}
	mapped := func(fd, flags int) int {
		before := ownKB(os.Getpid())
		b, err := unix.Mmap(fd, 0, mb<<20, unix.PROT_READ|unix.PROT_WRITE, flags|unix.MAP_POPULATE)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Munmap(b)
		return ownKB(os.Getpid()) - before
	}
	if got := mapped(int(file.Fd()), unix.MAP_SHARED); got > mb<<10/2 {
		t.Errorf("a mapped file of %d MB counts as %d kB", mb, got)
	}
	if got := mapped(-1, unix.MAP_PRIVATE|unix.MAP_ANON); got < mb<<10/2 {
		t.Errorf("%d MB count as %d kB", mb, got)
	}
	if got := ownKB(noProcess); got != 0 {
		t.Errorf("a process that is not there has %d kB", got)
	}
}

// The watcher tells each who is in its process group, and ends with the last.
func TestWatcher(t *testing.T) {
	w := watcher{read: processGroups.read, seen: map[*watch]bool{}}
	group, err := unix.Getpgid(0)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan bool, 1)
	stop := w.watch(group, func(list []procs.Process) {
		for _, m := range list {
			if m.PID == os.Getpid() && m.Resident > 0 {
				select {
				case seen <- true:
				default:
				}
			}
		}
	})
	<-seen
	stop()
	for running := true; running; time.Sleep(time.Millisecond) {
		w.mu.Lock()
		running = w.running
		w.mu.Unlock()
	}
}

// Nobody is shown what was read before he watched: the CPU time of a process that is
// missing there would be counted from its birth when it is there again.
func TestWatchedFromTheNextReadingOn(t *testing.T) {
	var w watcher
	var readings []int
	reading := 0
	w.seen = map[*watch]bool{}
	w.read = func() map[int][]procs.Process {
		if reading++; reading == 1 {
			w.mu.Lock()
			w.seen[&watch{7, func(list []procs.Process) { readings = append(readings, list[0].PID) }}] = true
			w.mu.Unlock()
		}
		return map[int][]procs.Process{7: {{PID: reading}}}
	}
	for range 2 {
		if !w.once() {
			t.Fatal("nobody watches any more")
		}
	}
	if !slices.Equal(readings, []int{2}) {
		t.Errorf("shown readings %v, want the second alone", readings)
	}
}
