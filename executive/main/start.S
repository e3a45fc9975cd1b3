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

.bss
.balign 4096
executive_stack:
    .skip 65536
executive_stack_top:
