package phases

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// errNoPopulate is a kernel that cannot map pages on demand: before Linux 5.14.
var errNoPopulate = errors.New("this kernel has no MADV_POPULATE_READ")

// region is a part of memory that shows a file.
type region struct {
	from, to uint64
	writable bool
}

// regions are those of a process (proc(5), maps).
func regions(maps []byte) []region {
	var all []region
	for s := bufio.NewScanner(bytes.NewReader(maps)); s.Scan(); {
		// from-to permissions offset device inode name, and a name may have spaces.
		f := strings.Fields(s.Text())
		if len(f) < 6 || !strings.HasPrefix(f[5], "/") {
			continue
		}
		var r region
		if _, err := fmt.Sscanf(f[0], "%x-%x", &r.from, &r.to); err != nil || r.to <= r.from {
			continue
		}
		r.writable = strings.Contains(f[1], "w")
		all = append(all, r)
	}
	return all
}

// mapAll has a program that stands at its beginning map all pages of its executable,
// by calls of madvise(2) that it does not know of: what it would have paid for them,
// one page fault after the other, is not in its phases then.
func mapAll(pid int, all []region) (ended bool, status syscall.WaitStatus, err error) {
	var was registers
	if err := was.read(pid); err != nil {
		return false, status, fmt.Errorf("look at the program: %w", err)
	}
	t := &traps{pid: pid, was: map[uint64][]byte{}}
	if err := t.put(was.at(), call); err != nil {
		return false, status, err
	}
	for _, r := range all {
		now := was
		advice := uint64(unix.MADV_POPULATE_READ)
		if r.writable {
			advice = unix.MADV_POPULATE_WRITE
		}
		now.madvise(r.from, r.to-r.from, advice)
		if err := now.write(pid); err != nil {
			return false, status, fmt.Errorf("set the program: %w", err)
		}
		if err := unix.PtraceCont(pid, 0); err != nil {
			return false, status, fmt.Errorf("resume the program: %w", err)
		}
		_, status, err = wait(pid)
		if err != nil || !status.Stopped() {
			return err == nil, status, err
		}
		if err := now.read(pid); err != nil {
			return false, status, fmt.Errorf("look at the program: %w", err)
		}
		switch errno := syscall.Errno(-now.result()); {
		case status.StopSignal() != syscall.SIGTRAP:
			return false, status, fmt.Errorf("the program got the signal %v at its beginning", status.StopSignal())
		case errno == syscall.EINVAL:
			return false, status, errNoPopulate
		case errno != 0:
			return false, status, fmt.Errorf("map the program's pages: %w", errno)
		}
	}
	if err := t.restore(was.at()); err != nil {
		return false, status, err
	}
	if err := was.write(pid); err != nil {
		return false, status, fmt.Errorf("set the program back: %w", err)
	}
	return false, status, nil
}
