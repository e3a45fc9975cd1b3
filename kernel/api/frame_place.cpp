// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/api/frame_place.hpp"

#include "abi/sel4/extensions.h"
#include "arch/features.hpp"

namespace kernel {

using namespace vspace;

namespace {

// The contract's attribute bits: 0 write-through, 1 cache disable, 2 the PAT bit.
Word cache_bits(Word attributes, FrameSize size) {
    Word bits = (attributes & 1 ? kWriteThrough : 0) | (attributes & 2 ? kCacheDisable : 0);
    if (attributes & 4) {
        if (size == FrameSize::small) bits |= kPatSmall;
        if (size == FrameSize::large) bits |= kPatLarge;
    }
    return bits;
}

Word no_execute_bit() {
    return arch::features.no_execute ? Word{1} << 63 : 0;
}

}  // namespace

Word entry_bits(const FrameCap& frame, Rights rights, Word attributes) {
    const auto size = static_cast<FrameSize>(frame.size);
    const FrameRights masked = mask_frame_rights(static_cast<FrameRights>(frame.rights), rights);
    return kPresent | cache_bits(attributes, size) | (masked == FrameRights::kernel_only ? 0 : kUser) |
           (attributes & NEPTUNE_X86_ExecuteDisable ? no_execute_bit() : 0) |
           (masked == FrameRights::read_write ? kWritable : 0) | (size == FrameSize::small ? 0 : kLarge);
}

}  // namespace kernel
