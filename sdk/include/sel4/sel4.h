// SPDX-License-Identifier: GPL-3.0-only
//
// libsel4's front door, for source written against it: everything under its own names. The IPC buffer pointer
// is one plain global (seL4_SetIPCBuffer), not thread-local.
#pragma once
#include "abi/sel4/bootinfo_blocks.h"
#include "abi/sel4/faults.h"
#include "abi/sel4/sel4.h"
#include "sel4/config.h"
#include "sel4/invocation.h"
