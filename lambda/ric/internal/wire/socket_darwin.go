package wire

import "syscall"

// socket makes a TCP socket that programs the function starts do not inherit.
// There is no flag for it: no fork gets between the two calls.
func socket() (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	return fd, err
}
