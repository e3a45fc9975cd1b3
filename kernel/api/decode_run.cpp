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

[[gnu::always_inline]] inline Result<Cte*> find_slot(const Invocation& call, Word index) {
    const Cap& node = call.extra.slots[0]->cap;
    if (Cte* slot = resolve_in_two<true>(node, index)) [[likely]]
        return slot;
    return lookup_slot(node, index, 64, true);
}

[[gnu::always_inline]] inline Result<Cte*> find_frame(const Invocation& call, Word index) {
    Cte* slot = TRY(find_slot(call, index));
    const bool small = static_cast<FrameSize>(slot->cap.as<FrameCap>().size) == FrameSize::small;
    if (!slot->cap.is(CapTag::frame) || !small) return Error::invalid_capability(1);
    return slot;
}

// Pages of a VSpace, mostly of one table. Tables stay while a run goes on.
class Walk {
public:
    Walk() = default;
    Walk(const TableCap& space, Word* root) : space_(space), root_(root) {}
    const TableCap& space() const { return space_; }
    // Null and how many bits were left, where the table is missing.
    EntrySlot find(Word address) {
        if (!table_ || address >> 21 != area_) {
            const EntrySlot found = find_entry(root_, address, seL4_PageBits);
            if (!found.entry) return found;
            table_ = found.entry - (address >> 12 & 511);
            area_ = address >> 21;
        }
        return {.entry = table_ + (address >> 12 & 511)};
    }
    void forget(Word address) const { forget_page(root_, address, FrameSize::small); }

private:
    TableCap space_;
    Word* root_ = nullptr;
    Word* table_ = nullptr;
    Word area_ = 0;
};

// Of the VSpace that is invoked.
Result<Walk> own_pages(const Invocation& call) {
    const auto space = call.cap.as<TableCap>();
    Word* root = find_root(space.asid);
    if (space.asid == 0 || root != arch::from_physical<Word>(space.address))
        return Error::invalid_capability(0);
    return Walk(space, root);
}

class Mapping {
public:
    Mapping(const Invocation& call, const Walk& walk)
        : call_(call),
          walk_(walk),
          address_(call.argument(0)),
          rights_(Rights::from_word(call.argument(1))),
          attributes_(call.argument(2)) {}

    Status map(Word number) {
        const Word word = NEPTUNE_MapPages_First + 2 * number;
        const Word address = address_ + number * arch::kPageSize;
        if (call_.argument(word) == 0) return {};
        Cte* source = TRY(find_frame(call_, call_.argument(word)));
        Cte* target = source;
        auto frame = source->cap.as<FrameCap>();
        if (const Word index = call_.argument(word + 1)) {
            target = TRY(find_slot(call_, index));
            if (!target->is_empty()) return Error::plain(seL4_DeleteFirst);
            frame.asid = 0;
        }
        TRY(check_place(frame, walk_.space(), address, seL4_PageBits));
        const EntrySlot slot = walk_.find(address);
        if (!slot.entry)
            return Error::failed_lookup(false, LookupFailure::missing_capability(slot.bits_left));

        call_.begin();
        const Word old = *slot.entry;
        *slot.entry = frame.address | bits_for(frame);
        frame.asid = walk_.space().asid;
        frame.page = address >> 12;
        if (target == source) {
            source->cap = frame;
        } else {
            insert_derived_cap(frame, *source, *target);
        }
        if (old & kPresent) walk_.forget(address);
        return {};
    }

private:
    // Mostly all capabilities have the same rights.
    Word bits_for(const FrameCap& frame) {
        if (frame.rights != last_rights_) {
            last_rights_ = frame.rights;
            bits_ = entry_bits(frame, rights_, attributes_);
        }
        return bits_;
    }

    const Invocation& call_;
    Walk walk_;
    Word address_;
    Rights rights_;
    Word attributes_;
    Word last_rights_ = 0;  // of a capability; none has these
    Word bits_ = 0;
};

Status map_pages(const Invocation& call) {
    constexpr Word kFirst = NEPTUNE_MapPages_First;
    if (call.length < kFirst + 2 || call.length % 2 != kFirst % 2 || call.extra.count < 1)
        return Error::truncated();
    const Walk walk = TRY(own_pages(call));
    if (call.argument(0) % arch::kPageSize != 0) return Error::plain(seL4_AlignmentError);
    Mapping mapping(call, walk);
    return run(call, (call.length - kFirst) / 2, [&](Word page) { return mapping.map(page); });
}

Status unmap_page(const Invocation& call, Walk& walk, Word number) {
    Cte* slot = TRY(find_frame(call, call.argument(NEPTUNE_UnmapPages_First + number)));
    auto frame = slot->cap.as<FrameCap>();
    const bool mapped = frame.asid != 0;
    if (mapped && frame.asid != walk.space().asid) return Error::invalid_capability(1);

    call.begin();
    const Word address = Word{frame.page} << 12;
    Word* entry = mapped ? walk.find(address).entry : nullptr;
    if (entry && (*entry & kPresent) && (*entry & kAddressMask) == frame.address) {
        *entry = 0;
        walk.forget(address);
    }
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
    if (call.length < kFirst + 1 || call.extra.count < 1) return Error::truncated();
    if (call.length > kFirst + kMost) return Error::range(1, kMost);
    Walk walk = TRY(own_pages(call));
    return run(call, call.length - kFirst, [&](Word page) { return unmap_page(call, walk, page); });
}

}  // namespace

Status decode_vspace(const Invocation& call) {
    if (call.label == NEPTUNE_Label_VSpace_MapPages) return map_pages(call);
    if (call.label == NEPTUNE_Label_VSpace_UnmapPages) return unmap_pages(call);
    return Error::illegal_operation();
}

}  // namespace kernel
