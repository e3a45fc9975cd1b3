# SPDX-License-Identifier: GPL-3.0-only
# Where puppets execute: one instruction under test, then a fault that hands control back to the suite.
    .text
    .globl puppet_syscall
puppet_syscall:
    syscall
    ud2
    .globl puppet_return
puppet_return:
    ud2
    .globl puppet_int3
puppet_int3:
    int3
    ud2
    .globl puppet_int_200
puppet_int_200:
    int $200
    ud2
    # Counts in memory. A plain store: emulators may fault on the read of a read-modify-write.
    .globl puppet_spin
puppet_spin:
    movq %rax, (%rdi)
    incq %rax
    jmp puppet_spin
    # Single steps: over an instruction, and, armed behind a load of ss, into a system call.
    .globl puppet_single_step
puppet_single_step:
    pushfq
    orq $0x100, (%rsp)
    popfq
    nop
    ud2
    .globl puppet_single_step_syscall
puppet_single_step_syscall:
    movl %ss, %eax
    pushfq
    orq $0x100, (%rsp)
    popfq
    movl %eax, %ss
    syscall
    ud2
