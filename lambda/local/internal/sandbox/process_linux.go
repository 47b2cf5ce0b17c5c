package sandbox

import (
	"bytes"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Descriptors is how many file descriptors an environment holds for as long as
// it lives: the Runtime API's listener and connection, the reading end of the
// pipe for output, and the count of what was killed for its memory.
const Descriptors = 4

// processAttributes puts the process into a group of its own and lets it die
// with the thread that spawns it.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// awaitExit returns when the process has ended, and leaves it to be reaped.
func awaitExit(pid int) error {
	for {
		if err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != unix.EINTR {
			return err
		}
	}
}

// memoryKB is the high-water mark of the process's resident memory, VmHWM of
// proc_pid_status(5), or 0 when it is gone. wait4's ru_maxrss would be wrong: a
// child of vfork inherits the executor's own. Every request waits for it: os.ReadFile
// makes seven calls of the kernel, this three.
func (p *process) memoryKB() int {
	fd, err := unix.Open("/proc/"+strconv.FormatInt(p.pid.Load(), 10)+"/status", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)  // nothing was written
	var status [4096]byte // VmHWM stands in the first kilobyte
	n, err := unix.Read(fd, status[:])
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status[:n], []byte("\nVmHWM:"))
	line, _, _ := bytes.Cut(rest, []byte(" kB"))
	kb, err := strconv.Atoi(string(bytes.TrimSpace(line)))
	if err != nil {
		return 0 // a zombie has no memory
	}
	return kb
}
