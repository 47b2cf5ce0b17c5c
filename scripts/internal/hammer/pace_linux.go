package hammer

import (
	"syscall"
	"time"
)

// nap sleeps for about d. The runtime's own timers wake up by whole milliseconds
// here (epoll_wait's), with which 1 % of requests left 0.9 ms late.
func nap(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&t, nil) // a signal ends it early, and the caller looks again
}

// hurry gives the calling thread the highest priority of ordinary ones. Where that
// is not allowed (setpriority(2), EACCES without CAP_SYS_NICE) it stays as it is. On
// two processors with twenty other programs at work, 15 to 17 % of requests left more
// than 1 ms late without it, and 1 to 6 % with it.
func hurry() { _ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), -20) }
