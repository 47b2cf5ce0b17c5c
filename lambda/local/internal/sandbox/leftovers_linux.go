package sandbox

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/coldcrank/coldcrank/lambda/local/internal/procs"
)

// A child that has left its parent's process group, as a daemon does, outlives
// the group. It is known by its environment: AWS_LAMBDA_RUNTIME_API has an
// address that only one process and what it started were ever given, and a
// child of one that is known is known, too. A process that has cleared its
// environment and whose parents have ended is beyond that.
//
// (Making this program the reaper of orphans, prctl(2) PR_SET_CHILD_SUBREAPER,
// would not tell which environment one is of, and would leave it the zombies of
// everything else that its callers start.)

// leftovers ends what processes have left behind. Looking through /proc takes
// a millisecond or more: those that end at the same time share a look.
type leftovers struct {
	mu      sync.Mutex
	waiting map[string]gone // by the address of the Runtime API
	looking bool
}

// gone is a process whose leftovers are to end.
type gone struct {
	spawned time.Time
	done    chan struct{}
}

var left leftovers

// end kills what a process has started, until nothing is left. The process was
// given the address, and spawned then.
func (l *leftovers) end(address string, spawned time.Time) {
	g := gone{spawned, make(chan struct{})}
	l.mu.Lock()
	if l.waiting == nil {
		l.waiting = map[string]gone{}
	}
	l.waiting[address] = g
	if !l.looking {
		l.looking = true
		go l.look()
	}
	l.mu.Unlock()
	<-g.done
}

func (l *leftovers) look() {
	for {
		l.mu.Lock()
		batch := l.waiting
		l.waiting = nil
		l.looking = len(batch) > 0
		l.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		// One that forks as fast as it is killed is left after a while.
		for deadline := time.Now().Add(5 * time.Second); killKnown(batch) && time.Now().Before(deadline); {
		}
		for _, g := range batch {
			close(g.done)
		}
	}
}

// killKnown kills the processes of the batch's environments and waits for them.
// It says whether there were any. Between the look and the kill no number comes
// to another process: the kernel gives them out in turn.
func killKnown(batch map[string]gone) bool {
	pids := known(batch)
	killed := len(pids) > 0
	for _, pid := range pids {
		unix.Kill(pid, unix.SIGKILL) // fails when it has ended by itself
	}
	for deadline := time.Now().Add(time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		pids = slices.DeleteFunc(pids, func(pid int) bool { p, ok := procs.Read(pid); return !ok || p.Ended })
		if len(pids) == 0 {
			break
		}
	}
	return killed
}

// known are the processes that were started with one of the addresses, and
// their children. The environments' first processes are not among them: they
// have ended.
func known(batch map[string]gone) []int {
	since := oldest(batch)
	var found []int
	is := map[int]bool{}
	children := map[int][]int{}
	for _, p := range procs.All() {
		if p.Ended || p.Started < since {
			continue // an older one is none of theirs
		}
		children[p.Parent] = append(children[p.Parent], p.PID)
		if _, ours := batch[address(p.PID)]; ours {
			found = append(found, p.PID)
			is[p.PID] = true
		}
	}
	for i := 0; i < len(found); i++ {
		for _, c := range children[found[i]] {
			if !is[c] {
				is[c] = true
				found = append(found, c)
			}
		}
	}
	return found
}

// oldest is a time before the first of them was spawned, as procs.Process.Started
// has it.
func oldest(batch map[string]gone) int64 {
	var up unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &up) != nil {
		return 0
	}
	since := time.Duration(up.Nano())
	for _, g := range batch {
		since = min(since, time.Duration(up.Nano())-time.Since(g.spawned))
	}
	return int64(since/(10*time.Millisecond)) - 2
}

// address is AWS_LAMBDA_RUNTIME_API of a process; empty where it has none.
func address(pid int) string {
	environ, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return "" // somebody else's, or gone
	}
	const name = "\x00AWS_LAMBDA_RUNTIME_API="
	_, value, ok := bytes.Cut(append([]byte{0}, environ...), []byte(name))
	if !ok {
		return ""
	}
	value, _, _ = bytes.Cut(value, []byte{0})
	return string(value)
}
