// Package procs reads what Linux says of the processes of this machine
// (proc_pid_stat(5)).
package procs

import (
	"bytes"
	"os"
	"strconv"
)

// Process is a process, or what is left of one for its parent to reap.
type Process struct {
	PID, Parent, Group int

	Ended    bool  // its first thread has; others of it may not
	Started  int64 // after the machine did, in hundredths of a second
	Resident int   // pages in memory, those of files with them
}

// All are the processes that can be seen.
func All() []Process {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // what could be read of it
	var list []Process
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			if p, ok := Read(pid); ok {
				list = append(list, p)
			}
		}
	}
	return list
}

// Read reads one process; ok is false where there is none.
func Read(pid int) (p Process, ok bool) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return Process{}, false
	}
	return parse(pid, stat)
}

func parse(pid int, stat []byte) (Process, bool) {
	// The name in parentheses may hold anything. The fields after it are state (3),
	// ppid, pgrp (5), …, starttime (22), vsize, rss (24).
	f := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(f) < 22 {
		return Process{}, false
	}
	number := func(field int) int64 {
		n, err := strconv.ParseInt(string(f[field-3]), 10, 64)
		if err != nil {
			return 0 // the kernel writes numbers
		}
		return n
	}
	return Process{
		PID: pid, Parent: int(number(4)), Group: int(number(5)),
		Ended: f[0][0] == 'Z' || f[0][0] == 'X', Started: number(22), Resident: int(number(24)),
	}, true
}
