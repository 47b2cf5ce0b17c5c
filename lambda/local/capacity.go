package local

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/coldcrank/coldcrank/lambda/local/internal/sandbox"
)

const (
	// connection is how many descriptors a client's connection takes when
	// client and executor are one process: both of its ends.
	connection = 2

	// spare descriptors are for what comes and goes: of each spawn /dev/null,
	// the writing end of the output pipe and the pipe of fork, of each answer
	// the process's status file, a runtime's second connection, the clients of
	// the AWS API, and the caller's files.
	spare = 64

	// mostThreads leaves a tenth of the 10,000 threads at which Go ends a
	// program (debug.SetMaxThreads) to what is no environment's.
	mostThreads = 9000

	// threads are an environment's: one that spawned its process and stays as long
	// as that lives, and one that waits for its end (see sandbox).
	threads = 2

	// mostFiles is more than mostThreads environments can use.
	mostFiles = 1 << 16
)

// Capacity is how many requests at a time a client in this process may send so
// that none fails for the want of file descriptors (RLIMIT_NOFILE) or threads.
// functions is how many functions get as many in turn: the environments of one
// stay, idle, while another's serve. Ask before the first request, because
// environments that are there count as other open files do.
//
// Measured on Linux, an environment holds 4 descriptors (the Runtime API's
// listener and connection, the output pipe, and with control groups the count of
// what was killed) and a request under way 2 more (both ends of its connection).
// 64 are kept for what comes and goes. So 1,024 descriptors do for about 150
// requests to one function. Each environment keeps two of the system's threads, of
// which Go allows 10,000: 4,500 requests are the most, whatever the limit of files.
//
// Memory and the machine's own limits of processes are not looked at.
func (x *Executor) Capacity(functions int) int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		panic(err) // the arguments are valid, and there is no other error
	}
	files := int(min(limit.Cur, mostFiles))
	return capacity(files, openFiles(files), max(functions, 1))
}

func capacity(files, open, functions int) int {
	fit := (files - open - spare) / (connection + functions*sandbox.Descriptors)
	return max(0, min(fit, mostThreads/threads/functions))
}

// openFiles is how many descriptors below limit are in use.
func openFiles(limit int) int {
	n := 0
	for fd := range limit {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil { // else EBADF
			n++
		}
	}
	return n
}
