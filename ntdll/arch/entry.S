# SPDX-License-Identifier: GPL-3.0-only
#
# Where the Executive enters user mode, and the way back: nothing here may touch a register before it is saved.
# The kernel shows nobody another thread's XMM registers, so the frames it cannot fill are completed here.
.intel_syntax noprefix

# CONTEXT offsets (abi/nt/ntxcapi.h asserts them).
.equ CONTEXT_SIZE, 0x4d0
.equ C_P1HOME, 0x00
.equ C_P2HOME, 0x08
.equ C_P3HOME, 0x10
.equ C_P4HOME, 0x18
.equ C_FLAGS, 0x30
.equ C_MXCSR, 0x34
.equ C_SEGCS, 0x38
.equ C_SEGDS, 0x3a
.equ C_SEGES, 0x3c
.equ C_SEGFS, 0x3e
.equ C_SEGGS, 0x40
.equ C_SEGSS, 0x42
.equ C_EFLAGS, 0x44
.equ C_RAX, 0x78
.equ C_RCX, 0x80
.equ C_RDX, 0x88
.equ C_RBX, 0x90
.equ C_RSP, 0x98
.equ C_RBP, 0xa0
.equ C_RSI, 0xa8
.equ C_RDI, 0xb0
.equ C_R8, 0xb8
.equ C_R9, 0xc0
.equ C_R10, 0xc8
.equ C_R11, 0xd0
.equ C_R12, 0xd8
.equ C_R13, 0xe0
.equ C_R14, 0xe8
.equ C_R15, 0xf0
.equ C_RIP, 0xf8
.equ C_FLTSAVE, 0x100
.equ C_XMM6, 0x200
.equ CONTEXT_FULL_SEGMENTS, 0x10000f
.equ CONTEXT_FLOATING_POINT, 0x100008
.equ EXCEPTION_RECORD_AT, 0x4f0
.equ INITIAL_FPCSR, 0x27f
.equ INITIAL_MXCSR, 0x1f80

# abi/nt/neptune.h
.equ FLOATING_AREA, 0x2e00
.equ CALL_MOVED, 0xfff
.equ CPTR_SERVICE, 1

# The unwinder sees the interrupted thread behind a dispatcher: a machine frame, and the saved registers in the CONTEXT
# that lies `at` bytes above the stack pointer.
.macro saved_context at
    .seh_savereg rbx, C_RBX + \at
    .seh_savereg rbp, C_RBP + \at
    .seh_savereg rsi, C_RSI + \at
    .seh_savereg rdi, C_RDI + \at
    .seh_savereg r12, C_R12 + \at
    .seh_savereg r13, C_R13 + \at
    .seh_savereg r14, C_R14 + \at
    .seh_savereg r15, C_R15 + \at
    .seh_savexmm xmm6, C_XMM6 + \at
    .seh_savexmm xmm7, C_XMM6 + 0x10 + \at
    .seh_savexmm xmm8, C_XMM6 + 0x20 + \at
    .seh_savexmm xmm9, C_XMM6 + 0x30 + \at
    .seh_savexmm xmm10, C_XMM6 + 0x40 + \at
    .seh_savexmm xmm11, C_XMM6 + 0x50 + \at
    .seh_savexmm xmm12, C_XMM6 + 0x60 + \at
    .seh_savexmm xmm13, C_XMM6 + 0x70 + \at
    .seh_savexmm xmm14, C_XMM6 + 0x80 + \at
    .seh_savexmm xmm15, C_XMM6 + 0x90 + \at
.endm

# Builds the machine frame of the CONTEXT at rsp below it, then home space: rsp drops by 0x50.
.macro machine_frame
    mov rax, [rsp + C_RSP]
    mov rcx, [rsp + C_RIP]
    mov edx, [rsp + C_EFLAGS]
    sub rsp, 0x50
    mov [rsp + 0x28], rcx
    mov [rsp + 0x38], rdx
    mov [rsp + 0x40], rax
    mov eax, cs
    mov [rsp + 0x30], rax
    mov eax, ss
    mov [rsp + 0x48], rax
.endm

.text

# rsp: KUSER_EXCEPTION_FRAME, 64-aligned, integer and control parts filled by the Executive.
.globl KiUserExceptionDispatcher
.seh_proc KiUserExceptionDispatcher
KiUserExceptionDispatcher:
    .seh_pushframe
    .seh_stackalloc 0x28
    saved_context 0x50
    .seh_endprologue
    cld
    fxsave64 [rsp + C_FLTSAVE]
    mov eax, [rsp + C_FLTSAVE + 0x18]
    mov [rsp + C_MXCSR], eax
    or dword ptr [rsp + C_FLAGS], CONTEXT_FLOATING_POINT
    machine_frame
    # Handlers compute with the initial modes; a pending x87 exception would be raised again by their first instruction.
    fninit
    mov dword ptr [rsp], INITIAL_FPCSR
    fldcw [rsp]
    mov dword ptr [rsp], INITIAL_MXCSR
    ldmxcsr [rsp]
    lea rcx, [rsp + 0x50 + EXCEPTION_RECORD_AT]
    lea rdx, [rsp + 0x50]
    call KiDispatchUserException
    ud2
.seh_endproc

# rsp: CONTEXT to continue with; P1Home..P3Home are the routine's arguments, P4Home the routine.
.globl KiUserApcDispatcher
.seh_proc KiUserApcDispatcher
KiUserApcDispatcher:
    .seh_pushframe
    .seh_stackalloc 0x28
    saved_context 0x50
    .seh_endprologue
    machine_frame
    lea r9, [rsp + 0x50]
    mov rcx, [r9 + C_P1HOME]
    mov rdx, [r9 + C_P2HOME]
    mov r8, [r9 + C_P3HOME]
    call [r9 + C_P4HOME]
    lea rcx, [rsp + 0x50]
    mov edx, 1
    call NtContinue
    mov ecx, eax
    call RtlRaiseStatus
    ud2
.seh_endproc

# The Executive wants the x87 and SSE registers of this thread, which only it can reach: it saves them to its thread page,
# or loads them from there, and comes back. From user code the thread is sent to KiUserMoveFloatingPoint, its other
# registers kept by the Executive, with r8 = 1 to load. From a call that is not over yet it gets an answer of its own: rsp is that
# of the stub's entry, and the call goes on as if nothing had been.
.macro move_floating
    test r8d, r8d
    jnz 1f
    fxsave64 gs:[FLOATING_AREA]
    jmp 2f
1:  fxrstor64 gs:[FLOATING_AREA]
2:  mov edi, CPTR_SERVICE
    mov esi, CALL_MOVED << 12
    mov rdx, -1
    mov rax, rsp
    syscall
.endm

.globl KiUserMoveFloatingPoint
KiUserMoveFloatingPoint:
    move_floating
    ud2

# Where the Executive sends a thread whose flags are to have the trap flag, which the kernel sets for nobody: the flags and
# where to go on lie at rsp.
.globl KiUserLoadFlags
KiUserLoadFlags:
    popfq
    ret

KiMoveFloating:
    move_floating
    mov rsp, rax
    cmp rsi, 0x1000
    jae KiServiceReply
    mov eax, r10d
    mov rdi, [rsp + 8]
    mov rsi, [rsp + 16]
    mov r15, [rsp + 24]
    ret

# The call was too long for one turn of the Executive and goes on (docs/decisions/0007): the answer's label holds the
# service's number and its words are the arguments, in their registers. rax keeps the stub's stack pointer throughout.
KiCallAgain:
    and esi, 0xffffff
    mov edi, CPTR_SERVICE
    mov rdx, -1
    syscall
    mov rsp, rax
    cmp rsi, 0x1000
    jae KiServiceReply
    mov eax, r10d
    mov rdi, [rsp + 8]
    mov rsi, [rsp + 16]
    mov r15, [rsp + 24]
    ret

# A reply with a label other than plain status: deliver the APC in it. Comes from a service stub: rsp is that of the
# stub's entry, rdi, rsi and r15 are in the home space, r10 = status, r8 = routine, r9 = context, r15 = argument 1.
.globl KiServiceReply
.seh_proc KiServiceReply
KiServiceReply:
    .seh_endprologue
    cmp rsi, 0x1000000
    jae KiCallAgain
    cmp rsi, 0x2000
    jae KiMoveFloating
    mov rcx, rsp
    sub rsp, CONTEXT_SIZE + 0x20
    and rsp, -16
    fxsave64 [rsp + C_FLTSAVE]
    mov eax, [rsp + C_FLTSAVE + 0x18]
    mov [rsp + C_MXCSR], eax
    mov dword ptr [rsp + C_FLAGS], CONTEXT_FULL_SEGMENTS
    mov [rsp + C_P4HOME], r8
    mov [rsp + C_P1HOME], r9
    mov [rsp + C_P2HOME], r15
    mov rdx, gs:[0x2028]
    mov [rsp + C_P3HOME], rdx
    movsxd r10, r10d
    mov [rsp + C_RAX], r10
    mov rax, [rcx]
    mov [rsp + C_RIP], rax
    lea rax, [rcx + 8]
    mov [rsp + C_RSP], rax
    mov rax, [rcx + 8]
    mov [rsp + C_RDI], rax
    mov rax, [rcx + 16]
    mov [rsp + C_RSI], rax
    mov rax, [rcx + 24]
    mov [rsp + C_R15], rax
    mov [rsp + C_RBX], rbx
    mov [rsp + C_RBP], rbp
    mov [rsp + C_R12], r12
    mov [rsp + C_R13], r13
    mov [rsp + C_R14], r14
    xor eax, eax
    mov [rsp + C_RCX], rax
    mov [rsp + C_RDX], rax
    mov [rsp + C_R8], rax
    mov [rsp + C_R9], rax
    mov [rsp + C_R10], rax
    mov [rsp + C_R11], rax
    mov word ptr [rsp + C_SEGCS], cs
    mov word ptr [rsp + C_SEGDS], ds
    mov word ptr [rsp + C_SEGES], es
    mov word ptr [rsp + C_SEGFS], fs
    mov word ptr [rsp + C_SEGGS], gs
    mov word ptr [rsp + C_SEGSS], ss
    mov dword ptr [rsp + C_EFLAGS], 0x202
    jmp KiUserApcDispatcher
.seh_endproc

# The Executive asks a thread to call back; none of its services does so before there is a window manager.
.globl KiUserCallbackDispatcher
.seh_proc KiUserCallbackDispatcher
KiUserCallbackDispatcher:
    .seh_endprologue
    ud2
.seh_endproc

# New threads start here: rcx = CONTEXT* on the stack, rdx = base of ntdll.
.globl LdrInitializeThunk
.seh_proc LdrInitializeThunk
LdrInitializeThunk:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    mov dword ptr [rsp + 0x20], INITIAL_FPCSR
    fldcw [rsp + 0x20]
    call LdrpInitialize
    ud2
.seh_endproc

# The bottom of every thread's stack: rcx = function, rdx = its argument. No return address lies above.
.globl RtlUserThreadStart
.seh_proc RtlUserThreadStart
RtlUserThreadStart:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_handler KiThreadStartHandler, @except
    .seh_endprologue
    call KiStartThread
    ud2
.seh_endproc

# Where the page behind KUSER_SHARED_DATA points: the stubs of libwine's DLLs call it, since bit 0 of SystemCall tells
# them that a system call instruction enters something else. eax = the service's number, r10 and rdx, r8, r9 its first
# arguments; [rsp] leads back into the stub, [rsp + 8] to its caller, above which lie the other arguments. The function
# that stands for the service returns to that caller.
.globl KiServiceGate
.seh_proc KiServiceGate
KiServiceGate:
    push r10
    .seh_pushreg r10
    push rdx
    .seh_pushreg rdx
    push r8
    .seh_pushreg r8
    push r9
    .seh_pushreg r9
    sub rsp, 0x20
    .seh_stackalloc 0x20
    .seh_endprologue
    mov ecx, eax
    mov rdx, [rsp + 0x40]
    call KiFindService
    add rsp, 0x20
    pop r9
    pop r8
    pop rdx
    pop rcx
    add rsp, 8
    jmp rax
.seh_endproc

# RtlRaiseStatus for a service that was called with a bad handle under a debugger: eax = status.
.globl KiRaiseUserExceptionDispatcher
.seh_proc KiRaiseUserExceptionDispatcher
KiRaiseUserExceptionDispatcher:
    sub rsp, 0x28
    .seh_stackalloc 0x28
    .seh_endprologue
    mov ecx, gs:[0x2c0]
    call RtlRaiseStatus
    ud2
.seh_endproc
