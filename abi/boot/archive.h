// SPDX-License-Identifier: GPL-3.0-only
//
// The boot archive: the files of the boot volume (\SystemRoot), carried inside the Executive's ELF because
// seL4 hands its root server exactly one module. tools/archive.py writes it; the Executive reads it in place.
//
// Layout: one BootArchiveHeader, `count` BootArchiveEntry sorted by name (byte order), then the files' data.
// Each file begins on a page of 4096 bytes and the rest of its last page is zero, so a frame of the root
// server's image can be mapped as a page of the file. The linker symbols below bound it; the whole is a
// multiple of a page.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BOOT_ARCHIVE_MAGIC "NEPTARC1"
#define BOOT_ARCHIVE_PAGE 4096u

// The text file of the boot options: one `name=value` a line, as `./neptune run --log io,mm` makes
// `log=io,mm`. seL4 passes no command line to its root server.
#define BOOT_ARCHIVE_OPTIONS "boot.options"

typedef struct BootArchiveHeader {
    char magic[8];        // BOOT_ARCHIVE_MAGIC, no terminator
    uint32_t count;       // entries that follow
    uint32_t entry_size;  // sizeof(BootArchiveEntry)
    uint64_t size;        // bytes of the whole archive
    uint64_t reserved;
} BootArchiveHeader;

typedef struct BootArchiveEntry {
    // UTF-8, `\` between parts, zero-terminated; relative to \SystemRoot, or to the volume's root if it
    // begins with `\`
    char name[104];
    uint64_t offset;  // from the header, a multiple of BOOT_ARCHIVE_PAGE
    uint64_t size;    // bytes; may be 0
    uint32_t flags;   // 0
    uint32_t reserved;
} BootArchiveEntry;

// In section .archive of the root server's image.
extern const unsigned char boot_archive_begin[];
extern const unsigned char boot_archive_end[];

#ifdef __cplusplus
}
static_assert(sizeof(BootArchiveHeader) == 32);
static_assert(sizeof(BootArchiveEntry) == 128);
#endif
