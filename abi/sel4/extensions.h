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
