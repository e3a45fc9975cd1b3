# SPDX-License-Identifier: GPL-3.0-only
# Entry of a root server: rdi is the BootInfo address, rsp is zero.
    .section .text.start, "ax"
    .globl _start
_start:
    movq $main_stack_top, %rsp
    xorl %ebp, %ebp
    call root_start
    ud2

    # First instruction of every thread that rt::spawn makes: function in rdi, argument in rsi.
    .globl thread_start
thread_start:
    movq %rdi, %rax
    movq %rsi, %rdi
    call *%rax
1:  movq $-5, %rdx                  # Recv on the null capability: a fault without a handler ends the thread
    xorl %edi, %edi
    syscall
    jmp 1b

    .bss
    .balign 16
    .skip 65536
main_stack_top:
