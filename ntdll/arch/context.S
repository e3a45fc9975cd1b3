# SPDX-License-Identifier: GPL-3.0-only
#
# Capturing and loading a whole processor context, and calling handlers so that the unwinder recognises the call.
.intel_syntax noprefix

# abi/nt/single_step.h
.equ STEP_FROM, 0x2df8

.text

# void RtlCaptureContext(CONTEXT*): the caller's registers as they are after the call returns.
.globl RtlCaptureContext
RtlCaptureContext:
    pushfq
    mov [rcx + 0x78], rax
    mov [rcx + 0x80], rcx
    mov [rcx + 0x88], rdx
    mov [rcx + 0x90], rbx
    mov [rcx + 0xa0], rbp
    mov [rcx + 0xa8], rsi
    mov [rcx + 0xb0], rdi
    mov [rcx + 0xb8], r8
    mov [rcx + 0xc0], r9
    mov [rcx + 0xc8], r10
    mov [rcx + 0xd0], r11
    mov [rcx + 0xd8], r12
    mov [rcx + 0xe0], r13
    mov [rcx + 0xe8], r14
    mov [rcx + 0xf0], r15
    pop rax
    mov [rcx + 0x44], eax
    mov rax, [rsp]
    mov [rcx + 0xf8], rax
    lea rax, [rsp + 8]
    mov [rcx + 0x98], rax
    mov rax, [rcx + 0x78]
    mov word ptr [rcx + 0x38], cs
    mov word ptr [rcx + 0x3a], ds
    mov word ptr [rcx + 0x3c], es
    mov word ptr [rcx + 0x3e], fs
    mov word ptr [rcx + 0x40], gs
    mov word ptr [rcx + 0x42], ss
    mov dword ptr [rcx + 0x30], 0x10000f
    fxsave64 [rcx + 0x100]
    stmxcsr [rcx + 0x34]
    ret

# void KiLoadContext(const CONTEXT*): every register from it, live selectors. The CONTEXT is valid and complete. It may lie
# anywhere on either stack, so the registers are first copied below both stack pointers; what `pop`, `popfq` and `ret` take
# is then put directly below the target's. (Not `iretq`: QEMU 7.2 takes its stack reads in user mode for the
# supervisor's, which SMAP forbids.) With the trap flag the thread stops behind `ret`: there the Executive lets it go on.
.globl KiLoadContext
KiLoadContext:
    fxrstor64 [rcx + 0x100]
    ldmxcsr [rcx + 0x34]
    mov rdx, [rcx + 0x98]
    lea rax, [rdx - 0x100]
    cmp rsp, rax
    cmova rsp, rax
    sub rsp, 0x90
    and rsp, -16
    mov r8d, [rcx + 0x44]
    and r8d, 0x240dd5
    or r8d, 0x202
    test r8d, 0x100
    jz 1f
    mov rax, [rcx + 0xf8]
    mov gs:[STEP_FROM], rax
1:  lea rsi, [rcx + 0x78]
    mov rdi, rsp
    mov ecx, 17
    cld
    rep movsq
    mov rax, [rsp + 0x80]
    mov [rdx - 8], rax
    mov [rdx - 16], r8
    mov rax, [rsp + 0x10]
    mov [rdx - 24], rax
    mov rax, [rsp]
    mov rcx, [rsp + 8]
    mov rbx, [rsp + 0x18]
    mov rbp, [rsp + 0x28]
    mov rsi, [rsp + 0x30]
    mov rdi, [rsp + 0x38]
    mov r8, [rsp + 0x40]
    mov r9, [rsp + 0x48]
    mov r10, [rsp + 0x50]
    mov r11, [rsp + 0x58]
    mov r12, [rsp + 0x60]
    mov r13, [rsp + 0x68]
    mov r14, [rsp + 0x70]
    mov r15, [rsp + 0x78]
    lea rsp, [rdx - 24]
    pop rdx
    popfq
    ret

# NTSTATUS KiContinueByService(const CONTEXT*): the same by NtSetContextThread of this thread, which leaves it its x87 and SSE
# registers. Returns when that is refused.
.globl KiContinueByService
KiContinueByService:
    fxrstor64 [rcx + 0x100]
    ldmxcsr [rcx + 0x34]
    mov rdx, rcx
    mov rcx, -2
    jmp NtSetContextThread

# EXCEPTION_DISPOSITION KiCallExceptionHandler(record, frame, context, dispatcher, handler): the frame keeps the
# DISPATCHER_CONTEXT where KiNestedExceptionHandler finds it if the handler itself faults.
.globl KiCallExceptionHandler
.seh_proc KiCallExceptionHandler
KiCallExceptionHandler:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_handler KiNestedExceptionHandler, @except
    .seh_endprologue
    mov [rsp + 0x20], r9
    call [rsp + 0x50]
    nop
    add rsp, 0x28
    ret
.seh_endproc

# The same during an unwind: if the handler is unwound itself, KiCollidedUnwindHandler finds the DISPATCHER_CONTEXT.
.globl KiCallUnwindHandler
.seh_proc KiCallUnwindHandler
KiCallUnwindHandler:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_handler KiCollidedUnwindHandler, @except, @unwind
    .seh_endprologue
    mov [rsp + 0x20], r9
    call [rsp + 0x50]
    nop
    add rsp, 0x28
    ret
.seh_endproc

# rax = bytes of stack about to be allocated: touch each page so that the guard page moves down. Keeps every register.
.globl __chkstk
__chkstk:
    push rcx
    push rax
    lea rcx, [rsp + 0x18]
    cmp rax, rcx
    jb 1f
    mov rax, rcx
1:  sub rcx, rax
    and rcx, -0x1000
    mov rax, gs:[0x10]
    jmp 3f
2:  sub rax, 0x1000
    test byte ptr [rax], 0
3:  cmp rcx, rax
    jb 2b
    pop rax
    pop rcx
    ret
