#include "textflag.h"

// MARK16 sets the bits of 16 bytes at off(SI) in R.
#define MARK16(off, R) \
	MOVOU off(SI), X0 \
	MOVO X0, X1 \
	MOVO X12, X2 \
	PMINUB X0, X2 \
	PCMPEQB X0, X2 \
	PCMPEQB X10, X0 \
	PCMPEQB X11, X1 \
	POR X1, X0 \
	POR X2, X0 \
	PMOVMSKB X0, R

// func mark(dst []uint64, b []byte)
// SSE2, which every amd64 has.
TEXT ·mark(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ b_base+24(FP), SI
	MOVQ $0x2222222222222222, AX // quotes
	MOVQ AX, X10
	PUNPCKLQDQ X10, X10
	MOVQ $0x5c5c5c5c5c5c5c5c, AX // backslashes
	MOVQ AX, X11
	PUNPCKLQDQ X11, X11
	MOVQ $0x1f1f1f1f1f1f1f1f, AX // the last control character
	MOVQ AX, X12
	PUNPCKLQDQ X12, X12
	JMP more

words:
	MARK16(0, AX)
	MARK16(16, BX)
	MARK16(32, DX)
	MARK16(48, R8)
	SHLQ $16, BX
	SHLQ $32, DX
	SHLQ $48, R8
	ORQ BX, AX
	ORQ R8, DX
	ORQ DX, AX
	MOVQ AX, (DI)
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX

more:
	TESTQ CX, CX
	JNZ words
	RET
