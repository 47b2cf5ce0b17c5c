package sandbox

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
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
	waiting map[string]chan struct{} // by the address of the Runtime API
	looking bool
}

var left leftovers

// end kills what was started with the address, until nothing is left.
func (l *leftovers) end(address string) {
	done := make(chan struct{})
	l.mu.Lock()
	if l.waiting == nil {
		l.waiting = map[string]chan struct{}{}
	}
	l.waiting[address] = done
	if !l.looking {
		l.looking = true
		go l.look()
	}
	l.mu.Unlock()
	<-done
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
		for _, done := range batch {
			close(done)
		}
	}
}

// killKnown kills the processes of the batch's environments and waits for them.
// It says whether there were any. Between the look and the kill no number comes
// to another process: the kernel gives them out in turn.
func killKnown(batch map[string]chan struct{}) bool {
	pids := known(batch)
	killed := len(pids) > 0
	for _, pid := range pids {
		unix.Kill(pid, unix.SIGKILL) // fails when it has ended by itself
	}
	for deadline := time.Now().Add(time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		pids = slices.DeleteFunc(pids, func(pid int) bool { return parent(pid) < 0 })
		if len(pids) == 0 {
			break
		}
	}
	return killed
}

// known are the processes that were started with one of the addresses, and
// their children. The environments' first processes are not among them: they
// are zombies by now, which have no environment any more.
func known(batch map[string]chan struct{}) []int {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	names, _ := dir.Readdirnames(-1) // what could be read of it
	dir.Close()
	var found []int
	is := map[int]bool{}
	children := map[int][]int{}
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		up := parent(pid)
		if up < 0 {
			continue // it is a zombie, or gone
		}
		children[up] = append(children[up], pid)
		if _, ours := batch[address(pid)]; ours {
			found = append(found, pid)
			is[pid] = true
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

// parent is a process's, or -1 for one that has ended (proc_pid_stat(5)).
func parent(pid int) int {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return -1
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 || fields[0][0] == 'Z' || fields[0][0] == 'X' {
		return -1
	}
	up, err := strconv.Atoi(string(fields[1]))
	if err != nil {
		return -1
	}
	return up
}
