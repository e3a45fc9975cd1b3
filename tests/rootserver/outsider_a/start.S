# SPDX-License-Identifier: GPL-3.0-only
    .section .text.outside, "ax"
    .globl outside_start
outside_start:
    leaq main_stack + 65536(%rip), %rsp
    xorl %ebp, %ebp
    call outside_main
    ud2

# void raw_syscall(struct regs *r): loads every general register but rbx and rsp from *r, executes syscall and
# stores every one of them, and rsp as the kernel returned it. The stack pointer waits in rbx.
    .globl raw_syscall
raw_syscall:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rdi
    movq %rsp, %rbx
    movq 0(%rdi), %rax
    movq 16(%rdi), %rdx
    movq 24(%rdi), %rsi
    movq 40(%rdi), %rbp
    movq 48(%rdi), %r8
    movq 56(%rdi), %r9
    movq 64(%rdi), %r10
    movq 72(%rdi), %r12
    movq 80(%rdi), %r13
    movq 88(%rdi), %r14
    movq 96(%rdi), %r15
    movq 32(%rdi), %rdi
    .globl raw_syscall_instruction
raw_syscall_instruction:
    syscall
    movq %rsp, %rcx
    movq %rbx, %rsp
    movq 0(%rsp), %r11
    movq %rax, 0(%r11)
    movq %rdx, 16(%r11)
    movq %rsi, 24(%r11)
    movq %rdi, 32(%r11)
    movq %rbp, 40(%r11)
    movq %r8, 48(%r11)
    movq %r9, 56(%r11)
    movq %r10, 64(%r11)
    movq %r12, 72(%r11)
    movq %r13, 80(%r11)
    movq %r14, 88(%r11)
    movq %r15, 96(%r11)
    movq %rcx, 104(%r11)
    popq %rdi
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret

# W flagged_syscall(struct regs *r, W flags): Call with r's destination, info and four words, made with these RFLAGS;
# returns RFLAGS as they were after it, and the flags are plain again. info and words come back in *r.
    .globl flagged_syscall
flagged_syscall:
    pushq %rbx
    pushq %r15
    pushq %rdi
    movq 24(%rdi), %rax
    movq 48(%rdi), %r8
    movq 56(%rdi), %r9
    movq 64(%rdi), %r10
    movq 96(%rdi), %r15
    movq 32(%rdi), %rdi
    movq %rsp, %rbx
    movq $-1, %rdx
    pushq %rsi
    movq %rax, %rsi
    popfq
    syscall
    movq %rbx, %rsp
    pushfq
    popq %rax
    pushq $2
    popfq
    popq %rcx
    movq %rsi, 24(%rcx)
    movq %r10, 64(%rcx)
    movq %r8, 48(%rcx)
    popq %r15
    popq %rbx
    ret

    .bss
    .balign 4096
main_stack:
    .skip 65536
