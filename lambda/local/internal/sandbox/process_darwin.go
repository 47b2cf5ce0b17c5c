package sandbox

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// Descriptors is how many file descriptors an environment holds for as long as
// it lives: the Runtime API's listener and connection, the reading end of the
// pipe for output, and the queue that tells of the process's end.
const Descriptors = 4

// processAttributes puts the process into a group of its own. macOS has no
// signal for the death of a parent: what a killed executor leaves behind ends
// when its Runtime API connection breaks, if the runtime minds that.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// awaitExit returns when the process has ended, and leaves it to be reaped.
func awaitExit(pid int) error {
	queue, err := unix.Kqueue()
	if err != nil {
		return fmt.Errorf("kqueue: %w", err)
	}
	defer unix.Close(queue)
	var change unix.Kevent_t
	unix.SetKevent(&change, pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT)
	change.Fflags = unix.NOTE_EXIT
	for {
		_, err := unix.Kevent(queue, []unix.Kevent_t{change}, make([]unix.Kevent_t, 1), nil)
		switch err {
		case unix.EINTR:
		case unix.ESRCH: // it has ended already
			return nil
		default:
			return err
		}
	}
}

// memoryKB is not known: without cgo macOS tells the high-water mark only of
// children that have been reaped, and the response comes before that.
func (p *process) memoryKB() int { return 0 }
