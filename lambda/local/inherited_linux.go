package local

import (
	"math"

	"golang.org/x/sys/unix"
)

// keepInherited keeps from the functions what this process has open from whoever
// started it, such as a pipe of a build or a file with a secret: Go marks only what
// it opens itself. A kernel before Linux 5.11 cannot (close_range(2)).
func keepInherited() { _ = unix.CloseRange(3, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC) }
