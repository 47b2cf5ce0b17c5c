//go:build !linux

package hammer

import "time"

// nap sleeps for about d.
func nap(d time.Duration) { time.Sleep(d) }

// hurry does nothing here: a priority would be the whole process's.
func hurry() {}
