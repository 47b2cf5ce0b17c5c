package pages

import (
	"errors"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// startInTurns starts a program whose threads all share one processor and take turns.
// Under the kernel's real-time policy a thread runs until it waits for something, so
// that the order is the same in every run; only some users may have it (root,
// CAP_SYS_NICE, RLIMIT_RTPRIO). Else it is the policy of batch jobs, under which a
// thread that wakes up does not interrupt another but its time may run out.
// (https://man7.org/linux/man-pages/man7/sched.7.html)
//
// What decides otherwise is the Go runtime's own thread sysmon: it wakes up after
// 20 µs, takes a processor from a goroutine whose call lasts, and asks for network
// events, so that others run in another order (runtime/proc.go, sysmon).
//
// The command's context ends what the program has started as well.
func startInTurns(cmd *exec.Cmd) (turns string, err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return endGroup(cmd) }

	// A program has from the start what the thread has that starts it.
	runtime.LockOSThread()
	turns, restore, err := takeTurns()
	if err == nil {
		err = cmd.Start()
	}
	if restoreErr := restore(); restoreErr != nil {
		return "", errors.Join(err, restoreErr) // the thread stays locked: it is of no more use
	}
	runtime.UnlockOSThread()
	return turns, err
}

// endGroup ends a program and what it has started, also where itself has ended: as long
// as one of its group is left, its number is nobody else's.
func endGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// takeTurns gives the calling thread one processor and the policy. restore undoes it,
// also after an error.
func takeTurns() (turns string, restore func() error, err error) {
	restore = func() error { return nil }
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return "", restore, err
	}
	before, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		return "", restore, err
	}
	restore = func() error {
		return errors.Join(unix.SchedSetAttr(0, before, 0), unix.SchedSetaffinity(0, &all))
	}
	if err := unix.SchedSetaffinity(0, last(&all)); err != nil {
		return "", restore, err
	}
	attr := *before
	attr.Policy, attr.Priority, attr.Nice = unix.SCHED_FIFO, 1, 0
	if unix.SchedSetAttr(0, &attr, 0) == nil {
		return realTime, restore, nil
	}
	attr = *before
	attr.Policy = unix.SCHED_BATCH
	return batch, restore, unix.SchedSetAttr(0, &attr, 0)
}

// last is the last processor of a set.
func last(all *unix.CPUSet) *unix.CPUSet {
	var one unix.CPUSet
	for i, left := 0, all.Count(); left > 0; i++ {
		if !all.IsSet(i) {
			continue
		}
		if left--; left == 0 {
			one.Set(i)
		}
	}
	return &one
}
