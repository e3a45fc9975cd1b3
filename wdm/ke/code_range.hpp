// SPDX-License-Identifier: GPL-3.0-only
//
// The addresses of one driver's image, for looking what of it is still known to the runtime when the driver
// goes.
#pragma once

#include "abi/nt/ntdef.h"

namespace ke {

struct CodeRange {
    const UCHAR* base;
    SIZE_T size;

    bool contains(const void* address) const {
        auto* at = static_cast<const UCHAR*>(address);
        return at >= base && at < base + size;
    }
    template <typename Result, typename... Arguments>
    bool contains(Result (*routine)(Arguments...)) const {
        return contains(reinterpret_cast<const void*>(routine));
    }
};

// Each returns a routine of the range that is still connected, set, queued or running; null when there is
// none.
const void* find_interrupt(const CodeRange& range);
const void* find_timer(const CodeRange& range);
const void* find_dpc(const CodeRange& range);
const void* find_thread(const CodeRange& range);

}  // namespace ke
