package phases

import (
	"time"

	"golang.org/x/sys/unix"
)

// goAhead gives the calling thread, and what it starts, the kernel's real-time policy: a
// thread that can run does, whatever else the machine has to do, and whoever follows it
// sees it stop at once. Only some users may have it (root, CAP_SYS_NICE, RLIMIT_RTPRIO);
// for others it reports false, and starts wait for a processor like everybody's.
// (https://man7.org/linux/man-pages/man7/sched.7.html)
func goAhead() bool {
	attr, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		return false
	}
	attr.Policy, attr.Priority, attr.Nice = unix.SCHED_FIFO, 1, 0
	return unix.SchedSetAttr(0, attr, 0) == nil
}

// limitAhead has the kernel end a process that goes ahead and has a thread that computes
// for so long without waiting for anything: coldcrank itself might not get to it.
func limitAhead(pid int, most time.Duration) {
	us := uint64(most.Microseconds())
	unix.Prlimit(pid, unix.RLIMIT_RTTIME, &unix.Rlimit{Cur: us, Max: us}, nil)
}
