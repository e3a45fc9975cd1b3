// SPDX-License-Identifier: GPL-3.0-only
//
// The rules by which one capability becomes another: what a copy may carry, what a badge or guard does to it.
#pragma once
#include "kernel/api/result.hpp"
#include "kernel/object/cte.hpp"

namespace kernel {

// seL4_CapRights.
struct Rights {
    bool write, read, grant, grant_reply;
    static Rights from_word(Word word) {
        return {(word & 1) != 0, (word & 2) != 0, (word & 4) != 0, (word & 8) != 0};
    }
};

// `cap` without the rights that are not in `rights`, where its type has rights.
Cap mask_rights(const Cap& cap, Rights rights);
FrameRights mask_frame_rights(FrameRights have, Rights rights);

// What a copy of the capability in `slot` would be: null where the type cannot be copied. `cap` is what is in
// the slot, with rights or data changed maybe.
Result<Cap> derive(const Cte& slot, const Cap& cap);

// With a badge (endpoint, notification) or guard (CNode) set; null where that is not possible. `keep_badge`:
// the capability only moves, so badges stay as they are.
Cap update_data(const Cap& cap, bool keep_badge, Word data);

inline Word frame_bits(FrameSize size) {
    return size == FrameSize::small   ? seL4_PageBits
           : size == FrameSize::large ? seL4_LargePageBits
                                      : seL4_HugePageBits;
}

}  // namespace kernel
