#include "textflag.h"

// coldcrank_entry keeps the stack pointer, which is all that Go's entry reads, and
// writes below it, where nothing is yet. If the limit cannot be read, it is left.
// The number of the system call is that of the kernel's asm-generic/unistd.h.
TEXT coldcrank_entry(SB), NOSPLIT|NOFRAME, $0
	MOVD	$0, R0			// prlimit64(0, RLIMIT_NOFILE, NULL, &limit)
	MOVD	$7, R1
	MOVD	$0, R2
	MOVD	$·limit(SB), R3
	MOVD	$261, R8
	SVC
	CBNZ	R0, start
	MOVD	·limit+8(SB), R4
	STP	(ZR, R4), -16(RSP)
	SUB	$16, RSP, R2
	MOVD	$0, R0			// prlimit64(0, RLIMIT_NOFILE, {0, the highest as it is}, NULL)
	MOVD	$0, R3
	SVC
start:
	B	_rt0_arm64_linux(SB)
