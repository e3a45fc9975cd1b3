# SPDX-License-Identifier: GPL-3.0-only
#
# NTSTATUS NtYieldExecution(void): the kernel's own Yield puts the caller behind the other threads of its priority. No
# answer of the Executive's could: whoever is answered runs first.
.intel_syntax noprefix
.text

.globl NtYieldExecution
.globl ZwYieldExecution
NtYieldExecution:
ZwYieldExecution:
    mov rax, rsp
    mov rdx, -7
    syscall
    mov rsp, rax
    xor eax, eax
    ret
