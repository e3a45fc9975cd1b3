# SPDX-License-Identifier: GPL-3.0-only
# The entry: keeps every register the kernel gave us before anything touches it.
        .globl  outsider_start
        .type   outsider_start, @function
outsider_start:
        movq    %rsp, first_registers+8(%rip)
        leaq    first_stack_top(%rip), %rsp
        movq    %rax, first_registers+24(%rip)
        leaq    outsider_start(%rip), %rax
        movq    %rax, first_registers+0(%rip)
        pushfq
        popq    first_registers+16(%rip)
        movq    %rbx, first_registers+32(%rip)
        movq    %rcx, first_registers+40(%rip)
        movq    %rdx, first_registers+48(%rip)
        movq    %rsi, first_registers+56(%rip)
        movq    %rdi, first_registers+64(%rip)
        movq    %rbp, first_registers+72(%rip)
        movq    %r8, first_registers+80(%rip)
        movq    %r9, first_registers+88(%rip)
        movq    %r10, first_registers+96(%rip)
        movq    %r11, first_registers+104(%rip)
        movq    %r12, first_registers+112(%rip)
        movq    %r13, first_registers+120(%rip)
        movq    %r14, first_registers+128(%rip)
        movq    %r15, first_registers+136(%rip)
        stmxcsr first_mxcsr(%rip)
        fnstcw  first_x87(%rip)
        call    outsider_main
        hlt

        .bss
        .balign 16
        .skip   16384
first_stack_top:
        .globl  first_registers, first_mxcsr, first_x87
first_registers:
        .skip   160
first_mxcsr:
        .skip   4
first_x87:
        .skip   4

        .section .note.GNU-stack, "", @progbits
