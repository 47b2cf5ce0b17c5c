package limits

import (
	"bytes"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"

	"github.com/coldcrank/coldcrank/lambda/local/internal/procs"
)

// polled is a memory limit that is looked after. What a function takes and
// gives back between two looks is not seen.
type polled struct {
	idle
	limitKB int
	group   int
	signal  func(syscall.Signal)
	stop    func() // nil while nobody looks
	over    atomic.Bool
}

func newPolled(memoryMB int) (part, error) { return &polled{limitKB: memoryMB << 10}, nil }

func (p *polled) start(pid int, signal func(syscall.Signal)) {
	p.group, p.signal = pid, signal
	p.begin() // the init counts, too
}

func (p *polled) throttle() error {
	p.end()
	return nil
}

func (p *polled) begin() {
	if p.stop == nil {
		p.stop = processGroups.watch(p.group, p.look)
	}
}

func (p *polled) end() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
}

// look kills the process group when it has more than the limit in memory of its
// own. Pages of files are left out, which the kernel could take back.
func (p *polled) look(members []procs.Process) {
	resident := 0
	for _, m := range members {
		resident += m.Resident * os.Getpagesize() >> 10
	}
	if resident <= p.limitKB {
		return
	}
	own := 0
	for _, m := range members {
		own += ownKB(m.PID)
	}
	if own > p.limitKB && !p.over.Swap(true) {
		p.signal(syscall.SIGKILL)
	}
}

// ownKB is what a process has in memory, or in swap, that is in no file; 0 when
// it is gone. Lines of proc_pid_status(5).
func ownKB(pid int) int {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	sum := 0
	for _, name := range []string{"RssAnon:", "RssShmem:", "VmSwap:"} {
		_, rest, _ := bytes.Cut(status, []byte("\n"+name))
		line, _, _ := bytes.Cut(rest, []byte(" kB"))
		if kb, err := strconv.Atoi(string(bytes.TrimSpace(line))); err == nil { // else a zombie
			sum += kb
		}
	}
	return sum
}

func (p *polled) outOfMemory() bool { return p.over.Load() }

func (p *polled) close() error {
	p.end()
	return nil
}
