//go:build unix

package hammer

import (
	"fmt"
	"os"
	"syscall"
)

// freeFiles is how many more files may be opened, spare ones not counted.
func freeFiles() (int, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, fmt.Errorf("read RLIMIT_NOFILE: %w", err)
	}
	inUse, err := os.ReadDir("/dev/fd")
	if err != nil {
		return 0, fmt.Errorf("count open files: %w", err)
	}
	most := uint64(1 << 30)
	return max(0, int(min(most, uint64(limit.Cur)))-len(inUse)-spare), nil
}
