package sandbox

import "time"

// leftovers ends what processes have left behind. macOS shows no other
// process's environment without more rights than a test should need: a child
// that has left its parent's process group outlives it there.
type leftovers struct{}

var left leftovers

func (leftovers) end(string, time.Time) {}
