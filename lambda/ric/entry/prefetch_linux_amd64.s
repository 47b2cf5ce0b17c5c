#include "textflag.h"

DATA path<>+0(SB)/8, $"/proc/se"
DATA path<>+8(SB)/8, $"lf/exe\x00\x00"
GLOBL path<>(SB), RODATA|NOPTR, $16

// coldcrank_prefetch keeps the stack pointer, which is all that Go's entry reads.
// The numbers of system calls are those of the kernel's syscall_64.tbl.
TEXT coldcrank_prefetch(SB), NOSPLIT|NOFRAME, $0
	MOVL	$2, AX			// open(path, O_RDONLY|O_CLOEXEC)
	LEAQ	path<>(SB), DI
	MOVL	$0x80000, SI
	SYSCALL
	TESTQ	AX, AX
	JLT	start
	MOVQ	AX, R12			// descriptor
	MOVL	$8, AX			// lseek(descriptor, 0, SEEK_END)
	MOVQ	R12, DI
	XORL	SI, SI
	MOVL	$2, DX
	SYSCALL
	MOVQ	AX, R13			// size, or an error below 0
	XORL	R14, R14		// offset
advise:
	CMPQ	R14, R13
	JGE	close
	MOVL	$221, AX		// fadvise64(descriptor, offset, 128 kB, POSIX_FADV_WILLNEED)
	MOVQ	R12, DI
	MOVQ	R14, SI
	MOVL	$0x20000, DX
	MOVL	$3, R10
	SYSCALL
	ADDQ	$0x20000, R14
	JMP	advise
close:
	MOVL	$3, AX
	MOVQ	R12, DI
	SYSCALL
start:
	JMP	coldcrank_entry(SB)
