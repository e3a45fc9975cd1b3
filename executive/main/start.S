# SPDX-License-Identifier: GPL-3.0-only
# seL4 starts the root server with the boot information in rdi and no stack.
.intel_syntax noprefix
.section .text.start, "ax"
.globl _start
_start:
    lea rsp, [executive_stack_top]
    xor ebp, ebp
    push rbp
    jmp executive_main

# The page below the stack is taken out of the address space at boot, so that what overflows the stack faults.
.bss
.balign 4096
.globl executive_stack_guard
executive_stack_guard:
    .skip 4096
    .skip 32768
.globl executive_stack_top
executive_stack_top:
