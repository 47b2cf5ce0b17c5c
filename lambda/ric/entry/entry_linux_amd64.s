#include "textflag.h"

// coldcrank_entry keeps the stack pointer, which is all that Go's entry reads, and
// writes below it, where nothing is yet. If the limit cannot be read, it is left.
// The number of the system call is that of the kernel's syscall_64.tbl.
TEXT coldcrank_entry(SB), NOSPLIT|NOFRAME, $0
	MOVL	$302, AX		// prlimit64(0, RLIMIT_NOFILE, NULL, &limit)
	XORL	DI, DI
	MOVL	$7, SI
	XORL	DX, DX
	LEAQ	·limit(SB), R10
	SYSCALL
	TESTQ	AX, AX
	JNE	start
	MOVQ	$0, -16(SP)
	MOVQ	·limit+8(SB), AX
	MOVQ	AX, -8(SP)
	MOVL	$302, AX		// prlimit64(0, RLIMIT_NOFILE, {0, the highest as it is}, NULL)
	LEAQ	-16(SP), DX
	XORL	R10, R10
	SYSCALL
start:
	XORL	DX, DX			// as the kernel has it
	JMP	_rt0_amd64_linux(SB)
