# SPDX-License-Identifier: GPL-3.0-only
# From the boot loader to C++: multiboot 1 and 2 headers, and the way from 32-bit protected mode to the linked address.
# The page tables made here map the first 4 GiB three times: at 0, at the window, and (the first GiB) at the image.
# pages.cpp replaces them.

    .set MB1_MAGIC, 0x1badb002
    .set MB1_FLAGS, 0x3             # page-aligned modules, memory information
    .set MB2_MAGIC, 0xe85250d6
    .set IMAGE_BASE, 0xffffffff80000000
    .set PRESENT_WRITE, 0x3
    .set LARGE, 0x80

    .section .boot.header, "a"
    .balign 8
multiboot1_header:
    .long MB1_MAGIC, MB1_FLAGS, -(MB1_MAGIC + MB1_FLAGS)

    .balign 8
multiboot2_header:
    .long MB2_MAGIC, 0, multiboot2_end - multiboot2_header
    .long -(MB2_MAGIC + (multiboot2_end - multiboot2_header))
    # EGA text is welcome (so a BIOS stays in text mode), and so is a framebuffer of any size where there is no text:
    # under UEFI. Bit 0 of a tag's flags makes it optional.
    .balign 8
    .short 4, 1
    .long 12, 2
    .balign 8
    .short 5, 1
    .long 20, 0, 0, 0
    .balign 8
    .short 6, 0                     # page-aligned modules
    .long 8
    .balign 8
    .short 0, 0                     # end
    .long 8
multiboot2_end:

    .section .boot, "ax"
    .code32
    .globl boot_entry
boot_entry:
    cli
    cld
    movl %eax, %edi                 # loader magic and information: first two arguments of kernel_main
    movl %ebx, %esi
    movl $(boot_stack_top - IMAGE_BASE), %esp

    # Long mode is the one feature that C++ cannot check for itself.
    movl $0x80000000, %eax
    cpuid
    cmpl $0x80000001, %eax
    jb no_long_mode
    movl $0x80000001, %eax
    cpuid
    testl $(1 << 29), %edx
    jz no_long_mode
    movl %edx, %ebp                 # bit 20: execute-disable

    # Four page directories of 2 MiB pages.
    movl $(boot_pd - IMAGE_BASE), %ebx
    movl $(PRESENT_WRITE | LARGE), %eax
    xorl %ecx, %ecx
1:  movl %eax, (%ebx, %ecx, 8)
    movl $0, 4(%ebx, %ecx, 8)
    addl $0x200000, %eax
    incl %ecx
    cmpl $2048, %ecx
    jne 1b

    movl $(boot_pd - IMAGE_BASE + PRESENT_WRITE), %eax
    movl %eax, boot_pdpt_low - IMAGE_BASE
    movl %eax, boot_pdpt_high - IMAGE_BASE
    movl %eax, boot_pdpt_high - IMAGE_BASE + 510 * 8
    addl $4096, %eax
    movl %eax, boot_pdpt_low - IMAGE_BASE + 8
    movl %eax, boot_pdpt_high - IMAGE_BASE + 8
    addl $4096, %eax
    movl %eax, boot_pdpt_low - IMAGE_BASE + 16
    movl %eax, boot_pdpt_high - IMAGE_BASE + 16
    addl $4096, %eax
    movl %eax, boot_pdpt_low - IMAGE_BASE + 24
    movl %eax, boot_pdpt_high - IMAGE_BASE + 24
    movl $(boot_pdpt_low - IMAGE_BASE + PRESENT_WRITE), boot_pml4 - IMAGE_BASE
    movl $(boot_pdpt_high - IMAGE_BASE + PRESENT_WRITE), boot_pml4 - IMAGE_BASE + 511 * 8

    movl $0x20, %eax                # PAE, and nothing that firmware may have left, as paging in five levels
    movl %eax, %cr4
    movl $(boot_pml4 - IMAGE_BASE), %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx          # EFER: LME, SCE, NXE where there is one
    rdmsr
    orl $0x101, %eax
    testl $(1 << 20), %ebp
    jz 2f
    orl $0x800, %eax
2:  wrmsr
    movl %cr0, %eax
    andl $0x9ffffff3, %eax          # caches on, no FPU emulation or trapping
    orl $0x80010022, %eax           # paging, write protection, native FPU errors, monitor coprocessor
    movl %eax, %cr0
    lgdt boot_gdt_pointer
    ljmp $0x08, $enter_long_mode

no_long_mode:
    movl $no_long_mode_text, %esi
    movl $0xb8000, %edi
3:  lodsb
    testb %al, %al
    jz 5f
    movb $0x4f, %ah
    stosw
    movb %al, %bl                   # and on COM1, as the boot loader or firmware left it
    movl $100000, %ecx
4:  movw $0x3fd, %dx
    inb %dx, %al
    testb $0x20, %al
    loopz 4b
    movw $0x3f8, %dx
    movb %bl, %al
    outb %al, %dx
    jmp 3b
5:  hlt
    jmp 5b

    .code64
enter_long_mode:
    movl $0x10, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    xorl %eax, %eax
    movl %eax, %fs
    movl %eax, %gs
    movl %edi, %edi
    movl %esi, %esi
    movq $boot_stack_top, %rsp
    xorl %ebp, %ebp
    movabsq $kernel_main, %rax
    call *%rax
6:  hlt
    jmp 6b

    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff
    .quad 0x00cf93000000ffff
boot_gdt_pointer:
    .short boot_gdt_pointer - boot_gdt - 1
    .long boot_gdt
no_long_mode_text:
    .asciz "Neptune OS needs a 64-bit CPU."

    .bss
    .balign 4096
boot_pml4:
    .skip 4096
boot_pdpt_low:
    .skip 4096
boot_pdpt_high:
    .skip 4096
boot_pd:
    .skip 4 * 4096

    # The kernel's one stack, above an unmapped page.
    .section .stack, "aw", @nobits
    .balign 4096
    .skip 16384
    .globl kernel_stack_top
kernel_stack_top:
boot_stack_top = kernel_stack_top
