package wire

import "syscall"

// socket makes a TCP socket that programs the function starts do not inherit.
func socket() (int, error) {
	return syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
}
