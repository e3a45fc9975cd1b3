# SPDX-License-Identifier: GPL-3.0-only
# Code of threads whose every instruction address matters.
        .macro  code name
        .globl  \name
\name:
        .endm

        .text
code s_spin
        incq    spin_count(%rip)
        jmp     s_spin
code s_ud2
        ud2
        jmp     s_ud2

# Send to rdi, for ever; r14 counts.
code s_send
        movq    %rsp, %rbx
        movq    %rdi, %r12
1:      movq    %r12, %rdi
        movq    $1, %rsi
        movq    %r14, %r10
        movq    $-3, %rdx
code s_send_syscall
        syscall
code s_send_after
        movq    %rbx, %rsp
        incq    %r14
        jmp     1b

code s_call
        movq    %rsp, %rbx
        movq    %rdi, %r12
1:      movq    %r12, %rdi
        movq    $2, %rsi
        movq    $0xaa, %r10
        movq    $0xbb, %r8
        movq    $-1, %rdx
code s_call_syscall
        syscall
code s_call_after
        movq    %rbx, %rsp
        incq    %r14
        jmp     1b

code s_recv
        movq    %rsp, %rbx
        movq    %rdi, %r12
1:      movq    %r12, %rdi
        movq    $0x1234, %rsi
        movq    $-5, %rdx
code s_recv_syscall
        syscall
code s_recv_after
        movq    %rbx, %rsp
        incq    %r14
        jmp     1b

code s_yield
        movq    %rsp, %rbx
1:      movq    $-7, %rdx
code s_yield_syscall
        syscall
code s_yield_after
        movq    %rbx, %rsp
        incq    %r14
        jmp     1b

# Stores all registers in the array at `store`, then faults. Registers come from WriteRegisters.
code s_store
        movq    %rax, store+24(%rip)
        movq    %rsp, store+8(%rip)
        leaq    store_stack_top(%rip), %rsp     # after a system call there is none
        pushfq
        popq    store+16(%rip)
        movq    %rbx, store+32(%rip)
        movq    %rcx, store+40(%rip)
        movq    %rdx, store+48(%rip)
        movq    %rsi, store+56(%rip)
        movq    %rdi, store+64(%rip)
        movq    %rbp, store+72(%rip)
        movq    %r8, store+80(%rip)
        movq    %r9, store+88(%rip)
        movq    %r10, store+96(%rip)
        movq    %r11, store+104(%rip)
        movq    %r12, store+112(%rip)
        movq    %r13, store+120(%rip)
        movq    %r14, store+128(%rip)
        movq    %r15, store+136(%rip)
        cmpl    $0, store_bases(%rip)
        je      1f
        rdfsbase %rax
        movq    %rax, store+144(%rip)
        rdgsbase %rax
        movq    %rax, store+152(%rip)
1:      movq    %cs, %rax
        movq    %rax, store+160(%rip)
code s_stored
        ud2
        jmp     s_stored

# A system call with the registers as WriteRegisters left them.
code s_syscall
        syscall
code s_syscall_after
        jmp     s_store

# int 0xa0, int 0xfe and so on, each followed by a store.
code s_int9e
        int     $0x9e
        jmp     s_store
code s_inta0
        int     $0xa0
        jmp     s_store
code s_intfe
        int     $0xfe
        jmp     s_store
code s_intff
        int     $0xff
code s_intff_after
        jmp     s_store

# Exceptions. Each is one instruction (or says where).
code x_divide
        div     %rcx                    # rcx = 0
        jmp     s_store
code x_debug
        pushfq
        orq     $0x100, (%rsp)
        popfq
        nop
code x_debug_at
        nop
code x_debug_at2
        nop
        nop
        jmp     s_store
code x_int3
        int3
code x_int3_at
        jmp     s_store
code x_int3_long
        .byte   0xcd, 3
code x_int3_long_at
        jmp     s_store
code x_icebp
        .byte   0xf1
code x_icebp_at
        jmp     s_store
code x_invalid
        ud2
        jmp     s_store
code x_fpu
        fninit
        jmp     s_store
code x_stack
        movq    $0x800000001000, %rsp
code x_stack_at
        push    %rax
code x_general
        movq    (%rax), %rcx            # rax not canonical
        jmp     s_store
code x_hlt
        hlt
code x_cli
        cli
code x_in
        inb     %dx, %al
code x_int80
        int     $0x80
code x_int2e
        int     $0x2e
code x_int20
        int     $0x20
code x_int0
        int     $0
code x_int1
        int     $1
code x_int4
        int     $4
code x_int14
        int     $14
code x_int9d
        int     $0x9d
code x_selector
        movw    %ax, %ds                # ax: a selector
        jmp     s_store
code x_sysenter
        sysenter
code x_rdmsr
        rdmsr
code x_cr3
        movq    %cr3, %rax
code x_dr
        movq    %rax, %dr0
code x_swapgs
        swapgs
code x_wbinvd
        wbinvd
code x_xsetbv
        xsetbv
code x_avx
        vxorps  %ymm0, %ymm0, %ymm0
        jmp     s_store
code x_lgdt
        lgdt    (%rsp)
code x_sysret
        sysretq
code x_iret
        iretq                           # with what is on the stack
code x_jump
        jmp     *%rax
code x_read
        movq    (%rax), %rcx
        jmp     s_store
code x_write
        movq    %rcx, (%rax)
        jmp     s_store
code x_modify
        incq    (%rax)
        jmp     s_store
code x_ret
        ret
code x_x87
        fldcw   x87_unmasked(%rip)
        fldz
        fld1
        fdivp
code x_x87_at
        fwait
        jmp     s_store
code x_sse
        ldmxcsr sse_unmasked(%rip)
        movq    $1, %rax
        cvtsi2sdq %rax, %xmm0
        xorps   %xmm1, %xmm1
code x_sse_at
        divsd   %xmm1, %xmm0
        jmp     s_store
code x_bits32
        .byte   0x06                    # push %es: no such instruction in 64-bit mode
code x_lock
        .byte   0xf0, 0x90              # lock nop
code x_syscall_df
        std
        syscall
code x_syscall_df_after
        pushfq
        popq    store+16(%rip)
        cld
        ud2

        .section .rodata
x87_unmasked:
        .word   0x370
        .balign 4
sse_unmasked:
        .long   0x1d80
        .bss
        .balign 16
        .globl  store, store_bases, spin_count
store:  .skip   176
        .skip   256
store_stack_top:
spin_count:
        .skip   8
store_bases:
        .skip   4
        .section .note.GNU-stack, "", @progbits
