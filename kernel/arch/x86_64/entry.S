# SPDX-License-Identifier: GPL-3.0-only
# The ways in and out of the kernel. While a thread runs, IST1 is the end of its context (arch/context.hpp), so the
# CPU and the pushes below save its registers right where they belong.
# The kernel runs with interrupts off; only arch::idle() and arch::interrupt_pending() open them, with IST1 at the
# idle thread's context, and the stub then does no more than to note the vector.

    # offsets in arch::UserContext
    .set FAULT_IP, 24
    .set RDI, 32
    .set RSI, 40
    .set RDX, 48
    .set R10, 56
    .set R8, 64
    .set R9, 72
    .set R15, 80
    .set RAX, 88
    .set RBX, 96
    .set RBP, 104
    .set R12, 112
    .set R13, 120
    .set R14, 128
    .set RCX, 136
    .set R11, 144
    .set TRAP, 152
    .set ERROR, 160
    .set RIP, 168
    .set CS, 176
    .set RFLAGS, 184
    .set RSP, 192
    .set SS, 200
    .set KERNEL_CS, 0x08
    .set USER_CS, 0x2b
    .set USER_SS, 0x33

    .section .text.entry, "ax"

# --- syscall -----------------------------------------------------------------------------------------------------
    .balign 64
    .globl syscall_entry
syscall_entry:
    movq kernel_current(%rip), %rsp
    movq %rcx, RIP(%rsp)
    leaq -2(%rcx), %rcx
    movq %r11, RFLAGS(%rsp)
    movq %rcx, FAULT_IP(%rsp)
    movq $-1, TRAP(%rsp)
    movq %rdi, RDI(%rsp)
    movq %rsi, RSI(%rsp)
    movq %rdx, RDX(%rsp)
    movq %r10, R10(%rsp)
    movq %r8, R8(%rsp)
    movq %r9, R9(%rsp)
    movq %r15, R15(%rsp)
    movq %rax, RAX(%rsp)
    movq %rbx, RBX(%rsp)
    movq %rbp, RBP(%rsp)
    movq %r12, R12(%rsp)
    movq %r13, R13(%rsp)
    movq %r14, R14(%rsp)
    movq $kernel_stack_top, %rsp
    cmpq $-2, %rdx
    je 1f
    cmpq $-1, %rdx
    jne 2f
    call kernel_call
    movq %rax, %rsp
    testq %rax, %rax
    jnz exit_to_thread
    jmp exit_to_user
2:  call kernel_syscall
    jmp exit_to_user
1:  call kernel_reply_recv
    movq %rax, %rsp
    testq %rax, %rax
    jnz exit_to_thread

# --- back to user code -------------------------------------------------------------------------------------------
exit_to_user:
    movq kernel_current(%rip), %rsp
    cmpq $kernel_idle, %rsp
    je exit_to_idle
exit_to_thread:
    cmpq $-1, TRAP(%rsp)
    jne exit_with_everything
    movq RIP(%rsp), %rcx
    movq RFLAGS(%rsp), %r11
    movq RDI(%rsp), %rdi
    movq RSI(%rsp), %rsi
    movq RDX(%rsp), %rdx
    movq R10(%rsp), %r10
    movq R8(%rsp), %r8
    movq R9(%rsp), %r9
    movq R15(%rsp), %r15
    movq RAX(%rsp), %rax
    movq RBX(%rsp), %rbx
    movq RBP(%rsp), %rbp
    movq R12(%rsp), %r12
    movq R13(%rsp), %r13
    movq R14(%rsp), %r14
    xorl %esp, %esp
    sysretq

exit_with_everything:
    movq $USER_CS, CS(%rsp)         # the CPU may have pushed sysret's selector
    movq $USER_SS, SS(%rsp)
    addq $RDI, %rsp
    popq %rdi
    popq %rsi
    popq %rdx
    popq %r10
    popq %r8
    popq %r9
    popq %r15
    popq %rax
    popq %rbx
    popq %rbp
    popq %r12
    popq %r13
    popq %r14
    popq %rcx
    popq %r11
    addq $(RIP - TRAP), %rsp
    iretq

exit_to_idle:
    movq $kernel_stack_top, %rsp
    call arch_idle                  # returns when there is a thread to run
    jmp exit_to_user

    # First entry into user code, from kernel_main.
    .globl start_user
start_user:
    movq $kernel_stack_top, %rsp
    jmp exit_to_user

# --- interrupts and exceptions -----------------------------------------------------------------------------------
    .balign 16
trap_entry:
    testb $3, (CS - TRAP)(%rsp)
    jz trap_in_kernel
    pushq %r11
    pushq %rcx
    pushq %r14
    pushq %r13
    pushq %r12
    pushq %rbp
    pushq %rbx
    pushq %rax
    pushq %r15
    pushq %r9
    pushq %r8
    pushq %r10
    pushq %rdx
    pushq %rsi
    pushq %rdi
    pushq (RIP - RDI)(%rsp)         # fault_ip
    movq (TRAP - FAULT_IP)(%rsp), %rdi
    movq (ERROR - FAULT_IP)(%rsp), %rsi
    cld
    movq $kernel_stack_top, %rsp
    pushq $exit_to_user
    jmp arch_trap

    # An interrupt that the kernel let in: note it, with interrupts off from here on.
trap_in_kernel:
    cmpl $1, (%rsp)
    je debug_trap_in_kernel
    cmpl $32, (%rsp)
    jb exception_in_kernel
    pushq %rax
    movl 8(%rsp), %eax
    movl %eax, arch_pending_vector(%rip)
    popq %rax
    andl $~0x200, (RFLAGS - TRAP)(%rsp)
    addq $16, %rsp
    iretq

exception_in_kernel:
    movq %rsp, %rdi
    movq $kernel_stack_top, %rsp
    cld
    call arch_kernel_exception

    # A single step that user code armed behind `mov ss` strikes after `syscall`, on its first instruction here. The frame
    # lies over the running thread's context; nothing of it is needed but what syscall_entry stores anyway.
debug_trap_in_kernel:
    addq $16, %rsp
    movq %rsp, debug_frame(%rip)
    movq $debug_stack_top, %rsp
    pushq %rax
    movq debug_frame(%rip), %rax
    pushq %rbx
    movq 32(%rax), %rbx
    movq %rbx, debug_return + 32(%rip)
    movq 24(%rax), %rbx
    movq %rbx, debug_return + 24(%rip)
    movq 16(%rax), %rbx
    movq %rbx, debug_return + 16(%rip)
    movq 8(%rax), %rbx
    movq %rbx, debug_return + 8(%rip)
    movq (%rax), %rbx
    movq %rbx, debug_return(%rip)
    popq %rbx
    popq %rax
    movq $debug_return, %rsp
    iretq

    # Non-maskable interrupts come at any time, on a stack of their own. Nobody here has a use for one.
nmi_entry:
    iretq

# --- the 256 doors -----------------------------------------------------------------------------------------------
    .macro door vector
    .balign 16
    .if (\vector == 8) || (\vector >= 10 && \vector <= 14) || (\vector == 17) || (\vector == 21) || (\vector == 29) || (\vector == 30)
    .else
    pushq $0
    .endif
    .if \vector == 2
    addq $8, %rsp
    jmp nmi_entry
    .endif
    pushq $\vector
    jmp trap_entry
    .endm

    .balign 16
    .globl trap_doors
trap_doors:
    .set n, 0
    .rept 256
    door n
    .set n, n + 1
    .endr

    .bss
    .balign 16
debug_return:
    .skip 48
debug_frame:
    .skip 8
    .balign 16
    .skip 64
debug_stack_top:
