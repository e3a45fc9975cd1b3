// SPDX-License-Identifier: GPL-3.0-only
//
// What this kernel offers beyond seL4. Each extension is announced in an extra BootInfo block of its own id,
// behind the standard ones, and nothing changes for who does not use it. Whoever does must also work without.
#pragma once
#include "abi/sel4/types.h"

// Execute-disable pages. The block is a header and a version, 1. With this attribute bit set (among
// seL4_X86_VMAttributes) Page.Map makes a page that cannot be executed; a stock kernel ignores the bit.
#define NEPTUNE_BOOTINFO_EXECUTE_DISABLE 0x4e58ull
#define NEPTUNE_X86_ExecuteDisable 0x100ull

typedef struct neptune_ExecuteDisableBlock {
    seL4_BootInfoHeader header;
    seL4_Word version;
} neptune_ExecuteDisableBlock;

// Runs of pages. The block is a header and a version, 1. Two invocations of a VSpace (a PML4 with an ASID) do
// for many 4 KiB frames what Page.Map, Page.Unmap, CNode.Copy and CNode.Delete do for one. Frames and slots
// are named by their index in the CNode that is the one extra capability, 64 bits deep.
//
// Both go from the first page to the last and answer how many they did, one word. Where the first cannot be
// done the answer is an error, as of the invocation for a single one, and nothing has changed; where a later
// one cannot, or an interrupt came, the number is less than asked, and who asks again for the rest hears why
// or goes on. Errors count the VSpace as capability 0 and a frame as 1; what is no 4 KiB frame is
// InvalidCapability.
#define NEPTUNE_BOOTINFO_PAGE_RUNS 0x4e52ull

// Words: vaddr, rights, attr, then for each page, one behind the other from vaddr on, its frame (0: it stays
// as it is) and a slot: 0, the frame's own capability is mapped; else an empty one, that gets a copy, and
// this is mapped. TruncatedMessage, InvalidCapability, InvalidArgument, AlignmentError, FailedLookup,
// DeleteFirst.
#define NEPTUNE_Label_VSpace_MapPages 0x4e00ull
#define NEPTUNE_MapPages_First 3     // word of the first page
#define NEPTUNE_MapPages_Most 58ull  // pages

// Words: a mask, then for each page its frame. A page whose bit is set loses its capability as well; one that
// is not mapped stays as it is. TruncatedMessage, RangeError (more than 64 pages), InvalidCapability (also:
// mapped in another VSpace), FailedLookup.
#define NEPTUNE_Label_VSpace_UnmapPages 0x4e01ull
#define NEPTUNE_UnmapPages_First 1
#define NEPTUNE_UnmapPages_Most 64ull

typedef struct neptune_PageRunsBlock {
    seL4_BootInfoHeader header;
    seL4_Word version;
} neptune_PageRunsBlock;

// Debug registers of a thread. The block is a header and a version, 1. An invocation of a TCB sets those that
// say where a thread stops: words DR0 to DR3 and DR7. What is enabled must lie below the kernel and be of a
// kind that has a meaning: execution (one byte), writing, or reading and writing. Errors: TruncatedMessage,
// InvalidArgument (0 to 3: that breakpoint). A new thread has none.
//
// While a thread has breakpoints, the code word of its UserException fault of vector 1 is what DR6 said, bits
// 0 to 3 and 13 to 15, and WriteRegisters leaves the trap flag (bit 8) and the resume flag (bit 16) among its
// flags. An instruction that a breakpoint stopped runs when the fault is answered without flags, or with the
// resume flag.
#define NEPTUNE_BOOTINFO_DEBUG_REGISTERS 0x4e44ull
#define NEPTUNE_Label_TCB_SetDebugRegisters 0x4e02ull

typedef struct neptune_DebugRegistersBlock {
    seL4_BootInfoHeader header;
    seL4_Word version;
} neptune_DebugRegistersBlock;
