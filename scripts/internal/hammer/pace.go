package hammer

import (
	"runtime"
	"time"
)

// spin is how long before it is due a request is waited for with the processor
// kept: waking up takes a part of that.
const spin = 200 * time.Microsecond

// ownThread keeps the calling goroutine to its end on a thread that runs nothing
// else, and that goes before others where the system allows it.
func ownThread() {
	runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
	hurry()
}

// sleepUntil returns when now has reached at.
func sleepUntil(now func() time.Duration, at time.Duration) {
	for {
		left := at - now()
		if left <= 0 {
			return
		}
		if left > spin {
			nap(left - spin)
		}
	}
}
