package local_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// children lists the processes that this process has started and not reaped.
func children() []int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // fails for a bad pattern only
	var pids []int
	for _, name := range stats {
		if pid, ok := child(name); ok {
			pids = append(pids, pid)
		}
	}
	return pids
}

// child reads the process id of a file /proc/<pid>/stat if its parent is this
// process: the fourth field, of which the second may hold spaces (proc(5)).
func child(stat string) (pid int, ok bool) {
	data, err := os.ReadFile(stat)
	if err != nil {
		return 0, false // gone meanwhile
	}
	line := string(data)
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	pid, err = strconv.Atoi(filepath.Base(filepath.Dir(stat)))
	return pid, err == nil && len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid())
}

// killChild kills a process if it is still this process's child, and reports
// whether it was. The handle is opened first, so that the number cannot become
// somebody else's in between.
func killChild(pid int) bool {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	if _, ok := child(fmt.Sprintf("/proc/%d/stat", pid)); !ok {
		return false
	}
	return unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0) == nil
}

// alone reports whether the test is in a process of its own, where nothing is
// left of other tests; else it runs it there.
func alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv("COLDCRANK_TEST_ALONE") != "" {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), "COLDCRANK_TEST_ALONE=1", "TMPDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	} else {
		t.Logf("%s", out)
	}
	return false
}
