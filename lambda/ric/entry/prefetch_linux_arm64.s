#include "textflag.h"

DATA path<>+0(SB)/8, $"/proc/se"
DATA path<>+8(SB)/8, $"lf/exe\x00\x00"
GLOBL path<>(SB), RODATA|NOPTR, $16

// coldcrank_prefetch keeps the stack pointer, which is all that Go's entry reads.
// The numbers of system calls are those of the kernel's asm-generic/unistd.h.
TEXT coldcrank_prefetch(SB), NOSPLIT|NOFRAME, $0
	MOVD	$-100, R0		// openat(AT_FDCWD, path, O_RDONLY|O_CLOEXEC)
	MOVD	$path<>(SB), R1
	MOVD	$0x80000, R2
	MOVD	$56, R8
	SVC
	TBNZ	$63, R0, start
	MOVD	R0, R19			// descriptor
	MOVD	$0, R1			// lseek(descriptor, 0, SEEK_END)
	MOVD	$2, R2
	MOVD	$62, R8
	SVC
	MOVD	R0, R20			// size, or an error below 0
	MOVD	$0, R21			// offset
advise:
	CMP	R20, R21
	BGE	close
	MOVD	R19, R0			// fadvise64(descriptor, offset, 128 kB, POSIX_FADV_WILLNEED)
	MOVD	R21, R1
	MOVD	$0x20000, R2
	MOVD	$3, R3
	MOVD	$223, R8
	SVC
	ADD	$0x20000, R21
	B	advise
close:
	MOVD	R19, R0
	MOVD	$57, R8
	SVC
start:
	B	coldcrank_entry(SB)
