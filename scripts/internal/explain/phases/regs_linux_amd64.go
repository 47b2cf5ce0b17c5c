package phases

import "golang.org/x/sys/unix"

// trap is the instruction int3.
var trap = []byte{0xcc}

// trapAt is the address of the trap that a thread has stopped at, which it is to go on
// from once the instruction is put back: the processor is behind it.
func trapAt(pid int) (uint64, error) {
	var r unix.PtraceRegs
	if err := unix.PtraceGetRegs(pid, &r); err != nil {
		return 0, err
	}
	return r.Rip - 1, nil
}

// rewind has a thread go on at the address of the trap.
func rewind(pid int, at uint64) error {
	var r unix.PtraceRegs
	if err := unix.PtraceGetRegs(pid, &r); err != nil {
		return err
	}
	r.Rip = at
	return unix.PtraceSetRegs(pid, &r)
}
