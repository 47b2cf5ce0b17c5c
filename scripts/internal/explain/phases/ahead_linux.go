package phases

import (
	"time"

	"golang.org/x/sys/unix"
)

// Priorities of who goes ahead: package pages has 1. Whoever follows a program sees it
// stop before its other threads go on.
const (
	programAhead  = 2
	followerAhead = 3
)

// goAhead gives the calling thread, and what it starts from then on, the kernel's
// real-time policy: a thread that can run does, whatever else the machine has to do. Only
// some users may have it (root, CAP_SYS_NICE, RLIMIT_RTPRIO); for others it reports
// false, and starts wait for a processor like everybody's.
// (https://man7.org/linux/man-pages/man7/sched.7.html)
func goAhead(priority uint32) bool {
	attr, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		return false
	}
	attr.Policy, attr.Priority, attr.Nice = unix.SCHED_FIFO, priority, 0
	return unix.SchedSetAttr(0, attr, 0) == nil
}

// limitAhead has the kernel end a process that goes ahead and has a thread that computes
// for so long without waiting for anything: coldcrank itself might not get to it.
func limitAhead(pid int, most time.Duration) {
	us := uint64(most.Microseconds())
	unix.Prlimit(pid, unix.RLIMIT_RTTIME, &unix.Rlimit{Cur: us, Max: us}, nil) // fails where it has ended
}
