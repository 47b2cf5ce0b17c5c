package sandbox

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// maxDescriptors is how many file descriptors a function may have: "File
// descriptors" of https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxDescriptors = 1024

// limitDescriptors holds a process that has just been spawned to the quota, and what
// it will start. There is no way to set it between fork and exec: Go's fork sets the
// limits that this program began with, whatever they are now. It takes a microsecond.
func limitDescriptors(pid int) error {
	var now unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &now); err != nil {
		return fmt.Errorf("read the limit of file descriptors: %w", err)
	}
	// Where the machine permits less, that holds.
	limit := unix.Rlimit{Cur: min(maxDescriptors, now.Max), Max: min(maxDescriptors, now.Max)}
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &limit, nil); err != nil {
		return fmt.Errorf("limit file descriptors: %w", err)
	}
	return nil
}
