//go:build unix

package hammer

import (
	"syscall"
	"time"
)

// processCPU is the CPU time that this process has used, user and system
// together; ok is false where the system does not say.
func processCPU() (used time.Duration, ok bool) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0, false
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), true
}
