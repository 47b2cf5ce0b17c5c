package phases

import "golang.org/x/sys/unix"

var (
	trap = []byte{0xcc}             // int3
	call = []byte{0x0f, 0x05, 0xcc} // syscall; int3
)

type registers struct{ unix.PtraceRegs }

func (r *registers) read(pid int) error  { return unix.PtraceGetRegs(pid, &r.PtraceRegs) }
func (r *registers) write(pid int) error { return unix.PtraceSetRegs(pid, &r.PtraceRegs) }

// trapAt is the address of the trap that a thread has stopped at: it is behind it.
func (r *registers) trapAt() uint64 { return r.Rip - 1 }

func (r *registers) at() uint64       { return r.Rip }
func (r *registers) goOn(from uint64) { r.Rip = from }

// madvise has the thread do a call at the instruction that it is at.
func (r *registers) madvise(from, size, advice uint64) {
	r.Rax, r.Rdi, r.Rsi, r.Rdx = unix.SYS_MADVISE, from, size, advice
	r.Orig_rax = ^uint64(0) // no call to begin again is under way
}

func (r *registers) result() int64 { return int64(r.Rax) }
