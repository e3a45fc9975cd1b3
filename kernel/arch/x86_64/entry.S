# SPDX-License-Identifier: GPL-3.0-only
# The ways in and out of the kernel. While a thread runs, IST1 is the end of its context (arch/context.hpp), so the
# CPU and the pushes below save its registers right where they belong.
# On CPUs that leak kernel memory through user page tables all of this exists a second time (`hidden`): user code then
# runs on tables that map no more of the kernel than this file's code and the section .bss.trampoline, and each way in
# and out changes CR3. IST1 is then a stack in the trampoline, from where the frame is copied.
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
    .set FLAG_IOPL, 0x3000
    .set FLAG_VM, 0x20000
    .set USER_CS, 0x2b
    .set USER_SS, 0x33

    .section .text.entry, "ax"
    .globl entry_code_start
entry_code_start:

# --- syscall -----------------------------------------------------------------------------------------------------
    .macro syscall_way suffix, hidden
    .balign 64
    .globl syscall_entry\suffix
syscall_entry\suffix:
    .if \hidden
    movq trampoline_kernel_root(%rip), %rsp
    movq %rsp, %cr3
    .endif
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
    jnz exit_to_thread\suffix
    jmp exit_to_user\suffix
2:  call kernel_syscall
    jmp exit_to_user\suffix
1:  call kernel_reply_recv
    movq %rax, %rsp
    testq %rax, %rax
    jnz exit_to_thread\suffix

# --- back to user code -------------------------------------------------------------------------------------------
exit_to_user\suffix:
    movq kernel_current(%rip), %rsp
    cmpq $kernel_idle, %rsp
    je exit_to_idle\suffix
exit_to_thread\suffix:
    cmpq $-1, TRAP(%rsp)
    jne exit_with_everything\suffix
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
    .if \hidden
    movq arch_loaded_root(%rip), %rsp
    movq %rsp, %cr3
    .endif
    xorl %esp, %esp
    sysretq

exit_to_idle\suffix:
    movq $kernel_stack_top, %rsp
    call arch_idle                  # returns when there is a thread to run
    jmp exit_to_user\suffix

    # First entry into user code, from kernel_main.
    .globl start_user\suffix
start_user\suffix:
    movq $kernel_stack_top, %rsp
    jmp exit_to_user\suffix
    .endm

    syscall_way , 0
    syscall_way _hidden, 1

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

exit_with_everything_hidden:
    movq %rsp, %rax
    movq $trampoline_stack_top, %rsp
    pushq $USER_SS
    pushq RSP(%rax)
    pushq RFLAGS(%rax)
    pushq $USER_CS
    pushq RIP(%rax)
    pushq RAX(%rax)
    movq RDI(%rax), %rdi
    movq RSI(%rax), %rsi
    movq RDX(%rax), %rdx
    movq R10(%rax), %r10
    movq R8(%rax), %r8
    movq R9(%rax), %r9
    movq R15(%rax), %r15
    movq RBX(%rax), %rbx
    movq RBP(%rax), %rbp
    movq R12(%rax), %r12
    movq R13(%rax), %r13
    movq R14(%rax), %r14
    movq RCX(%rax), %rcx
    movq R11(%rax), %r11
    movq arch_loaded_root(%rip), %rax
    movq %rax, %cr3
    popq %rax
    iretq

    # From a frame on another stack, with rax and rcx pushed behind it, into the running thread's context.
    .macro store_frame
    movq kernel_current(%rip), %rax
    movq 16(%rsp), %rcx
    movq %rcx, TRAP(%rax)
    movq 24(%rsp), %rcx
    movq %rcx, ERROR(%rax)
    movq 32(%rsp), %rcx
    movq %rcx, RIP(%rax)
    movq %rcx, FAULT_IP(%rax)
    movq 48(%rsp), %rcx
    movq %rcx, RFLAGS(%rax)
    movq 56(%rsp), %rcx
    movq %rcx, RSP(%rax)
    popq %rcx
    movq %rcx, RCX(%rax)
    popq %rcx
    movq %rcx, RAX(%rax)
    movq %r11, R11(%rax)
    movq %r14, R14(%rax)
    movq %r13, R13(%rax)
    movq %r12, R12(%rax)
    movq %rbp, RBP(%rax)
    movq %rbx, RBX(%rax)
    movq %r15, R15(%rax)
    movq %r9, R9(%rax)
    movq %r8, R8(%rax)
    movq %r10, R10(%rax)
    movq %rdx, RDX(%rax)
    movq %rsi, RSI(%rax)
    movq %rdi, RDI(%rax)
    movq TRAP(%rax), %rdi
    movq ERROR(%rax), %rsi
    cld
    movq $kernel_stack_top, %rsp
    .endm

# --- interrupts and exceptions -----------------------------------------------------------------------------------
    .balign 16
trap_entry:
    testl $(FLAG_VM | FLAG_IOPL), (RFLAGS - TRAP)(%rsp)
    jnz trap_in_odd_mode
    testb $3, (CS - TRAP)(%rsp)
    jz trap_in_kernel
save_and_handle_trap:
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

    # No processor lets 64-bit user code set these flags, but emulators do (QEMU's iretd enters virtual 8086 mode, with any
    # IOPL and any CS). Such code is user code, and its flags end here.
trap_in_odd_mode:
    andl $~(FLAG_VM | FLAG_IOPL), (RFLAGS - TRAP)(%rsp)
    pushq $2
    popfq
    jmp save_and_handle_trap
trap_in_odd_mode_hidden:
    andl $~(FLAG_VM | FLAG_IOPL), (RFLAGS - TRAP)(%rsp)
    pushq $2
    popfq
    jmp save_and_handle_trap_hidden

    .balign 16
trap_entry_hidden:
    testl $(FLAG_VM | FLAG_IOPL), (RFLAGS - TRAP)(%rsp)
    jnz trap_in_odd_mode_hidden
    testb $3, (CS - TRAP)(%rsp)
    jz trap_in_kernel_hidden
save_and_handle_trap_hidden:
    pushq %rax
    pushq %rcx
    movq trampoline_kernel_root(%rip), %rax
    movq %rax, %cr3
    store_frame
    pushq $exit_to_user_hidden
    jmp arch_trap

trap_in_kernel_hidden:
    cmpl $1, (%rsp)
    jne trap_in_kernel
    addq $16, %rsp
    iretq

    # A debug exception, on a stack of its own. What user code armed behind `mov ss` strikes after `syscall` or `int`, on the
    # first instruction here, while their frame lies where others would come to lie: it needs no more than to be forgotten.
debug_entry:
    testl $(FLAG_VM | FLAG_IOPL), (RFLAGS - TRAP)(%rsp)
    jnz debug_in_odd_mode
    testb $3, (CS - TRAP)(%rsp)
    jz debug_in_kernel
debug_in_user:
    pushq %rax
    pushq %rcx
    store_frame
    pushq $exit_to_user
    jmp arch_trap
debug_in_odd_mode:
    andl $~(FLAG_VM | FLAG_IOPL), (RFLAGS - TRAP)(%rsp)
    pushq $2
    popfq
    jmp debug_in_user
debug_in_kernel:
    addq $16, %rsp
    iretq

    # An interrupt that the kernel let in: note it, with interrupts off from here on.
trap_in_kernel:
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

    # Non-maskable interrupts come at any time, on a stack of their own. Nobody here has a use for one.
nmi_entry:
    iretq

# --- the 256 doors -----------------------------------------------------------------------------------------------
    # Each takes 16 bytes at most; the assembler would give a longer one 32, and kernel.ld complain.
    .macro door vector, target
    .balign 16
    .if \vector == 2
    jmp nmi_entry
    .else
    .if (\vector == 8) || (\vector >= 10 && \vector <= 14) || (\vector == 17) || (\vector == 21) || (\vector == 29) || (\vector == 30)
    .else
    pushq $0
    .endif
    pushq $\vector
    jmp \target
    .endif
    .endm

    .balign 16
    .globl trap_doors
trap_doors:
    .set n, 0
    .rept 256
    .if n == 1
    door n, debug_entry
    .else
    door n, trap_entry
    .endif
    .set n, n + 1
    .endr

    .balign 16
    .globl trap_doors_hidden
trap_doors_hidden:
    .set n, 0
    .rept 256
    door n, trap_entry_hidden
    .set n, n + 1
    .endr
    .globl entry_code_end
entry_code_end:

    # What user page tables map besides this code, where the kernel is hidden (with the descriptor tables).
    .section .bss.trampoline, "aw", @nobits
    .balign 16
    .globl trampoline_kernel_root
trampoline_kernel_root:
    .skip 8
    .balign 16
    .skip 256
    .globl trampoline_stack_top
trampoline_stack_top:
