package entry

import "syscall"

// limit is what the kernel's limit of open files was; of a program that was entered
// elsewhere, nothing.
var limit syscall.Rlimit

// init has the process, and what it starts, go on with the limit that it was given.
// It cannot be refused: the highest value stays what it is.
func init() {
	if limit != (syscall.Rlimit{}) {
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
}
