// Package thread runs functions on threads that nothing else uses: what a thread
// joins or enters (a control group, a mount namespace) ends with it.
package thread

import (
	"os"
	"runtime"
)

// Go runs f on a thread of its own, which ends when f returns. It is never the
// program's first thread, which cannot end, and whose files are those in
// /proc/self.
func Go(f func()) {
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		if ID() != os.Getpid() {
			f()
			return
		}
		// While this goroutine holds the first thread, the next has another.
		started := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(started)
			f()
		}()
		<-started
		runtime.UnlockOSThread()
	}()
}
