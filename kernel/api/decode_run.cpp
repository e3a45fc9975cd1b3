// SPDX-License-Identifier: GPL-3.0-only
//
// Invocations of VSpaces, an extension (abi/sel4/extensions.h): runs of pages. Each page is checked and then
// done, so what is done is a matter of one number, and an interrupt can be let in between two of them.
#include "abi/sel4/extensions.h"
#include "kernel/api/frame_place.hpp"
#include "kernel/object/finalise.hpp"

namespace kernel {

namespace {

using namespace vspace;

// Between two looks for interrupts, the first being after the first page: where names lead through 64 CNodes
// it takes long to find a page, and before that the CNode.
constexpr Word kPagesPerCheck = 2;

// Does it for pages until one fails or an interrupt comes, and answers how many that are.
template <typename Step>
Status run(const Invocation& call, Word count, Step step) {
    Word done = 0;
    Status status;
    while (done < count && status.ok()) {
        const Status page = step(done);
        if (!page.ok() && done == 0) return page;
        if (!page.ok()) break;
        if (done++ % kPagesPerCheck == 0) status = preemption_point();
    }
    call.answer(done);
    // It is not made again, whoever asked.
    call.caller.state = ThreadState::running;
    return status;
}

Result<Cte*> find_slot(const Invocation& call, Word index) {
    return lookup_slot(call.extra[0]->cap, index, 64, true);
}

Result<Cte*> find_frame(const Invocation& call, Word index) {
    Cte* slot = TRY(find_slot(call, index));
    if (!slot->cap.is(CapTag::frame)) return Error::invalid_capability(1);
    if (static_cast<FrameSize>(slot->cap.as<FrameCap>().size) != FrameSize::small)
        return Error::invalid_capability(1);
    return slot;
}

// The VSpace that is invoked.
Result<TableCap> own_space(const Invocation& call) {
    const auto space = call.cap.as<TableCap>();
    if (space.asid == 0) return Error::invalid_capability(0);
    return space;
}

struct Run {
    TableCap space;
    Word* root;
    Word address;
    FrameAccess access;
};

Status map_page(const Invocation& call, const Run& run, Word number) {
    const Word word = NEPTUNE_MapPages_First + 2 * number;
    if (call.argument(word) == 0) return {};
    const Word address = run.address + number * arch::kPageSize;
    Cte* source = TRY(find_frame(call, call.argument(word)));
    Cte* target = source;
    auto frame = source->cap.as<FrameCap>();
    if (const Word index = call.argument(word + 1)) {
        target = TRY(find_slot(call, index));
        if (!target->is_empty()) return Error::plain(seL4_DeleteFirst);
        frame = TRY(derive(*source, source->cap)).as<FrameCap>();
    }
    TRY(check_place(frame, run.space, address));
    const EntrySlot slot = find_entry(run.root, address, seL4_PageBits);
    if (!slot.entry) return Error::failed_lookup(false, LookupFailure::missing_capability(slot.bits_left));

    call.begin();
    frame = enter_frame(frame, run.space, slot.entry, address, run.access);
    if (target == source) {
        source->cap = frame;
    } else {
        insert_derived_cap(frame, *source, *target);
    }
    return {};
}

Status map_pages(const Invocation& call) {
    constexpr Word kFirst = NEPTUNE_MapPages_First;
    if (call.length < kFirst + 2 || call.length % 2 != kFirst % 2 || call.extra_count < 1)
        return Error::truncated();
    const TableCap space = TRY(own_space(call));
    Word* root = find_root(space.asid);
    if (root != arch::from_physical<Word>(space.address)) return Error::invalid_capability(0);
    const Run pages{space, root, call.argument(0), {Rights::from_word(call.argument(1)), call.argument(2)}};
    if (pages.address % arch::kPageSize != 0) return Error::plain(seL4_AlignmentError);
    return run(call, (call.length - kFirst) / 2, [&](Word page) { return map_page(call, pages, page); });
}

Status unmap_page(const Invocation& call, const TableCap& space, Word number) {
    Cte* slot = TRY(find_frame(call, call.argument(NEPTUNE_UnmapPages_First + number)));
    auto frame = slot->cap.as<FrameCap>();
    if (frame.asid != 0 && frame.asid != space.asid) return Error::invalid_capability(1);

    call.begin();
    unmap_frame(frame);
    if (call.argument(0) >> number & 1) {
        unlink_cap(*slot);
    } else {
        frame.asid = 0;
        frame.page = 0;
        slot->cap = frame;
    }
    return {};
}

Status unmap_pages(const Invocation& call) {
    constexpr Word kFirst = NEPTUNE_UnmapPages_First, kMost = NEPTUNE_UnmapPages_Most;
    if (call.length < kFirst + 1 || call.extra_count < 1) return Error::truncated();
    if (call.length > kFirst + kMost) return Error::range(1, kMost);
    const TableCap space = TRY(own_space(call));
    return run(call, call.length - kFirst, [&](Word page) { return unmap_page(call, space, page); });
}

}  // namespace

Status decode_vspace(const Invocation& call) {
    if (call.label == NEPTUNE_Label_VSpace_MapPages) return map_pages(call);
    if (call.label == NEPTUNE_Label_VSpace_UnmapPages) return unmap_pages(call);
    return Error::illegal_operation();
}

}  // namespace kernel
