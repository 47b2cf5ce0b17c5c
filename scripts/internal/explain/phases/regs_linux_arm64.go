package phases

import (
	"debug/elf"

	"golang.org/x/sys/unix"
)

var (
	trap = []byte{0x00, 0x00, 0x20, 0xd4}                         // brk #0
	call = []byte{0x01, 0x00, 0x00, 0xd4, 0x00, 0x00, 0x20, 0xd4} // svc #0; brk #0
)

type registers struct{ unix.PtraceRegsArm64 }

func (r *registers) read(pid int) error {
	return unix.PtraceGetRegSetArm64(pid, int(elf.NT_PRSTATUS), &r.PtraceRegsArm64)
}

func (r *registers) write(pid int) error {
	return unix.PtraceSetRegSetArm64(pid, int(elf.NT_PRSTATUS), &r.PtraceRegsArm64)
}

// trapAt is the address of the trap that a thread has stopped at: it is still there.
func (r *registers) trapAt() uint64 { return r.Pc }

func (r *registers) at() uint64       { return r.Pc }
func (r *registers) goOn(from uint64) { r.Pc = from }

// madvise has the thread do a call at the instruction that it is at.
func (r *registers) madvise(from, size, advice uint64) {
	r.Regs[8], r.Regs[0], r.Regs[1], r.Regs[2] = unix.SYS_MADVISE, from, size, advice
}

func (r *registers) result() int64 { return int64(r.Regs[0]) }
