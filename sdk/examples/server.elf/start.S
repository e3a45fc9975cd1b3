# SPDX-License-Identifier: GPL-3.0-only
# The first instructions of a root server: BootInfo is in rdi, and there is no stack yet. Below them what compilers
# call without being asked.
    .globl _start, memset, memcpy
_start:
    movq $stack_top, %rsp
    xorl %ebp, %ebp
    call root_main
1:  pause
    jmp 1b

memset:
    movq %rdi, %r8
    movl %esi, %eax
    movq %rdx, %rcx
    rep stosb
    movq %r8, %rax
    ret

memcpy:
    movq %rdi, %rax
    movq %rdx, %rcx
    rep movsb
    ret

    .bss
    .balign 16
    .skip 16384
stack_top:
    .section .note.GNU-stack, "", @progbits
