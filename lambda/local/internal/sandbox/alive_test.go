package sandbox

import "syscall"

// alive says whether there is a process, zombies included.
func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }
