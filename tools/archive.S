// SPDX-License-Identifier: GPL-3.0-only
//
// Carries a boot archive (abi/boot/archive.h) in a section of its own; ARCHIVE is the file's name.
    .section .archive, "a", @progbits
    .balign 4096
    .globl boot_archive_begin
    .globl boot_archive_end
boot_archive_begin:
    .incbin ARCHIVE
boot_archive_end:
    .section .note.GNU-stack, "", @progbits
