package thread

import "golang.org/x/sys/unix"

// ID is the calling thread's number, which is the process's for the first one.
func ID() int { return unix.Gettid() }
