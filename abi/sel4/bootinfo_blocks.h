// SPDX-License-Identifier: GPL-3.0-only
//
// The extra BootInfo blocks of a PC. They lie packed behind the BootInfo page, each beginning with its
// header; skip what you do not know by its length.
#pragma once
#include "abi/sel4/types.h"

#pragma pack(push, 1)

// One range of the loader's memory map; type 1 is RAM.
typedef struct seL4_X86_mb_mmap {
    seL4_Uint32 size;
    seL4_Uint64 base_addr;
    seL4_Uint64 length;
    seL4_Uint32 type;
} seL4_X86_mb_mmap_t;

#define SEL4_MULTIBOOT_MAX_MMAP_ENTRIES 50

// Id 2. mmap_length counts bytes; 0 after Multiboot 2.
typedef struct seL4_X86_BootInfo_mmap {
    seL4_BootInfoHeader header;
    seL4_Uint32 mmap_length;
    seL4_X86_mb_mmap_t mmap[SEL4_MULTIBOOT_MAX_MMAP_ENTRIES];
} seL4_X86_BootInfo_mmap_t;

// Id 1, after Multiboot 1 with a graphics mode. The first two are what VESA's BIOS functions 0x4f00 and
// 0x4f01 give.
typedef struct seL4_X86_BootInfo_VBE {
    seL4_BootInfoHeader header;
    seL4_Uint8 vbeInfoBlock[512];
    seL4_Uint8 vbeModeInfoBlock[256];
    seL4_Uint32 vbeMode;
    seL4_Uint32 vbeInterfaceSeg;
    seL4_Uint32 vbeInterfaceOff;
    seL4_Uint32 vbeInterfaceLen;
} seL4_X86_BootInfo_VBE;

// Id 3, behind its header: ACPI's root pointer in its version 2 layout.
#define SEL4_BOOTINFO_RSDP_BYTES 36

// Id 5, behind its header.
typedef seL4_Uint32 seL4_X86_BootInfo_tsc_mhz;

// Id 4, behind its header.
typedef struct seL4_X86_BootInfo_fb {
    seL4_Uint64 addr;
    seL4_Uint32 pitch;
    seL4_Uint32 width;
    seL4_Uint32 height;
    seL4_Uint8 bpp;
    seL4_Uint8 type;
} seL4_X86_BootInfo_fb_t;

#pragma pack(pop)
