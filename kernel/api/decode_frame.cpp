// SPDX-License-Identifier: GPL-3.0-only
//
// Invocations of frames: Map, Unmap, GetAddress.
#include "abi/sel4/labels.h"
#include "kernel/api/frame_place.hpp"

namespace kernel {

namespace {

using namespace vspace;

Status map(const Invocation& call) {
    if (call.length < 3 || call.extra.count < 1) return Error::truncated();
    auto frame = call.cap.as<FrameCap>();
    const Word address = call.argument(0);
    const TableCap space = TRY(vspace_argument(*call.extra.slots[0]));
    const auto size = static_cast<FrameSize>(frame.size);
    const Word bits = frame_bits(size);
    TRY(check_place(frame, space, address, bits));
    Word* root = TRY(live_root(space));
    if (address & low_bits(bits)) return Error::plain(seL4_AlignmentError);
    const EntrySlot slot = find_entry(root, address, bits);
    if (!slot.entry) return Error::failed_lookup(false, LookupFailure::missing_capability(slot.bits_left));
    const Word old = *slot.entry;
    if (size != FrameSize::small && (old & kPresent) && !(old & kLarge))
        return Error::plain(seL4_DeleteFirst);

    call.begin();
    *slot.entry = frame.address | entry_bits(frame, Rights::from_word(call.argument(1)), call.argument(2));
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
