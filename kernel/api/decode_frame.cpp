// SPDX-License-Identifier: GPL-3.0-only
//
// Invocations of frames: Map, Unmap, GetAddress.
#include "abi/sel4/extensions.h"
#include "abi/sel4/labels.h"
#include "arch/features.hpp"
#include "kernel/api/invocation.hpp"
#include "kernel/api/vspace_arguments.hpp"
#include "kernel/object/cap_rules.hpp"
#include "kernel/vspace/vspace.hpp"

namespace kernel {

namespace {

using namespace vspace;

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

Status map(const Invocation& call) {
    if (call.length < 3 || call.extra_count < 1) return Error::truncated();
    auto frame = call.cap.as<FrameCap>();
    const Word address = call.argument(0);
    const Rights mask = Rights::from_word(call.argument(1));
    const TableCap space = TRY(vspace_argument(*call.extra[0]));
    const auto size = static_cast<FrameSize>(frame.size);
    const Word bits = frame_bits(size);
    if (frame.asid != 0) {
        if (frame.asid != space.asid) return Error::invalid_capability(1);
        if (Word{frame.page} << 12 != address) return Error::invalid_argument(0);
    } else if (address > arch::kUserTop || address + (Word{1} << bits) > arch::kUserTop) {
        return Error::invalid_argument(0);
    }
    Word* root = TRY(live_root(space));
    if (address & low_bits(bits)) return Error::plain(seL4_AlignmentError);
    const EntrySlot slot = find_entry(root, address, bits);
    if (!slot.entry) return Error::failed_lookup(false, LookupFailure::missing_capability(slot.bits_left));
    const Word old = *slot.entry;
    if (size != FrameSize::small && (old & kPresent) && !(old & kLarge))
        return Error::plain(seL4_DeleteFirst);

    call.begin();
    const FrameRights rights = mask_frame_rights(static_cast<FrameRights>(frame.rights), mask);
    *slot.entry = make_entry(frame, rights, call.argument(2));
    frame.asid = space.asid;
    frame.page = address >> 12;
    call.slot.cap = frame;
    if (old & kPresent) forget_page(root, address, size);
    return {};
}

Status unmap(const Invocation& call) {
    call.begin();
    auto frame = call.cap.as<FrameCap>();
    unmap_frame(frame);
    frame.asid = 0;
    frame.page = 0;
    call.slot.cap = frame;
    return {};
}

}  // namespace

Status decode_frame(const Invocation& call) {
    switch (call.label) {
        case seL4_Label_Page_Map:
            return map(call);
        case seL4_Label_Page_Unmap:
            return unmap(call);
        case seL4_Label_Page_GetAddress:
            call.begin();
            call.answer(call.cap.as<FrameCap>().address);
            return {};
        default:
            return Error::illegal_operation();
    }
}

}  // namespace kernel
