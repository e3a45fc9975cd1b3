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

Word make_entry(const FrameCap& frame, FrameRights rights, Word attributes) {
    const auto size = static_cast<FrameSize>(frame.size);
    return frame.address | kPresent | cache_bits(attributes, size) |
           (rights == FrameRights::kernel_only ? 0 : kUser) |
           (attributes & NEPTUNE_X86_ExecuteDisable ? no_execute_bit() : 0) |
           (rights == FrameRights::read_write ? kWritable : 0) | (size == FrameSize::small ? 0 : kLarge);
}

}  // namespace

Status check_place(const FrameCap& frame, const TableCap& space, Word address) {
    const Word size = Word{1} << frame_bits(static_cast<FrameSize>(frame.size));
    if (frame.asid != 0) {
        if (frame.asid != space.asid) return Error::invalid_capability(1);
        if (Word{frame.page} << 12 != address) return Error::invalid_argument(0);
    } else if (address > arch::kUserTop || address + size > arch::kUserTop) {
        return Error::invalid_argument(0);
    }
    return {};
}

FrameCap enter_frame(FrameCap frame, const TableCap& space, Word* entry, Word address,
                     const FrameAccess& access) {
    const FrameRights rights = mask_frame_rights(static_cast<FrameRights>(frame.rights), access.rights);
    const Word old = *entry;
    *entry = make_entry(frame, rights, access.attributes);
    frame.asid = space.asid;
    frame.page = address >> 12;
    if (old & kPresent) forget_page(find_root(space.asid), address, static_cast<FrameSize>(frame.size));
    return frame;
}

}  // namespace kernel
