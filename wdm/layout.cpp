// SPDX-License-Identifier: GPL-3.0-only
//
// The runtime's view of the structures that drivers share with it; tests/drivers/layout is the other view.
#include "abi/wdm/layout.h"

#include "abi/wdm/pnptypes.h"
#include "abi/wdm/setypes.h"

#define SIZE(type, bytes) static_assert(sizeof(type) == (bytes));
#define AT(type, field, offset) static_assert(offsetof(type, field) == (offset));

WDM_LAYOUT_SIZES(SIZE)
WDM_LAYOUT_FIELDS_KE(AT)
WDM_LAYOUT_FIELDS_IO(AT)
static_assert(offsetof(IO_STACK_LOCATION, Parameters.ReadWrite.ByteOffset) == 24);
static_assert(sizeof(IO_REMOVE_LOCK_COMMON_BLOCK) == 32);
static_assert(sizeof(WDM_SLIST_HEADER) == 16);
