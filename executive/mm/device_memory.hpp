// SPDX-License-Identifier: GPL-3.0-only
//
// Physical addresses outside RAM. A device untyped can only be used from its base upwards, so reaching a page
// in its middle means splitting it down in halves; the halves are kept for the next request.
#pragma once

#include "abi/sel4/types.h"
#include "executive/ke/slice.hpp"
#include "executive/mm/pages.hpp"

namespace mm {

Result<void> initialize_devices(const seL4_BootInfo& boot_info);
// A frame capability for the 4 KiB page at `physical`, never mapped itself: copy it for each mapping. The
// same page gives the same capability. With a slice that is over before, as later() says (later.hpp).
Result<CPtr> device_page(uint64_t physical, const ke::Slice* slice);

seL4_Word cache_attributes(hal::Cache cache);

}  // namespace mm
