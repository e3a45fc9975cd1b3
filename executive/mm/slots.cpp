// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/slots.hpp"

#include "executive/ke/page_in.hpp"
#include "executive/mm/chunks.hpp"
#include "executive/mm/page_tables.hpp"

namespace mm {

namespace {

constexpr SlotNumber kBootSlot = 1u << 27;
static_assert(kBootSlot >= kBootFrame);  // no page's number has this bit

// Slots never used yet, as ranges; used ones that are free again, on a stack kept in frames.
struct Range {
    SlotNumber next;
    SlotNumber end;
};

// One frame of the stack; they are chained for good, in the order they were made.
struct StackFrame {
    static constexpr uint32_t kSlots = (kPageSize - 2 * sizeof(void*)) / sizeof(SlotNumber);
    StackFrame* below;
    StackFrame* above;
    SlotNumber slots[kSlots];
};
static_assert(sizeof(StackFrame) == kPageSize);

constinit Range boot_range = {0, 0};
constinit Range page_range = {0, 0};
constinit uint32_t next_chunk;
constinit StackFrame* top_frame;  // that of the next slot to push
constinit StackFrame* last_frame;
constinit uint32_t in_top;  // slots in top_frame
constinit uint64_t stack_size;
constinit uint64_t stack_capacity;
constinit uint64_t taken;

// The stack always has room for every slot that is out, so that giving one back cannot fail. Its frames are
// an account of their own: one for kSlots that were out at once. Who makes it grow reaches for them no deeper
// into memory than for its own.
Result<void> reserve_stack() {
    if (taken + stack_size < stack_capacity) return {};
    FrameNumber frame = TRY(allocate_client_frame());
    auto* made = reinterpret_cast<StackFrame*>(alias(frame));
    made->below = last_frame;
    (last_frame ? last_frame->above : top_frame) = made;
    last_frame = made;
    stack_capacity += StackFrame::kSlots;
    return {};
}

SlotNumber pop_slot() {
    if (in_top == 0) {
        top_frame = top_frame->below;
        in_top = StackFrame::kSlots;
    }
    --stack_size;
    return top_frame->slots[--in_top];
}

void push_slot(SlotNumber slot) {
    if (in_top == StackFrame::kSlots) {
        top_frame = top_frame->above;
        in_top = 0;
    }
    ++stack_size;
    top_frame->slots[in_top++] = slot;
}

// The next chunk's spare slots, taking memory when all chunks at hand are used up.
bool next_page_range() {
    while (next_chunk >= chunk_total())
        if (!grow(true)) return false;
    PageNumber first = next_chunk++ << kChunkPageBits;
    page_range = {first, first + chunk_of(first).page_count()};
    if (first == 0) ++page_range.next;  // number 0 is "none"
    return true;
}

}  // namespace

void add_boot_slots(CPtr first, CPtr end) {
    boot_range = {kBootSlot | static_cast<SlotNumber>(first), kBootSlot | static_cast<SlotNumber>(end)};
}

// One that was used before needs no more room on the stack, and where there is none for a new one, somebody
// gives up his: so a page that was promised is mapped, whatever others hold.
Result<SlotNumber> take_slot() {
    if (stack_size > 0) {
        ++taken;
        return pop_slot();
    }
    Result<void> room = reserve_stack();
    if (!room && ke::PageIn::left(room.error())) return room.failure();
    Range* range = boot_range.next < boot_range.end ? &boot_range : &page_range;
    bool fresh = room && (range->next != range->end || next_page_range());
    bool given_up = !fresh && take_back_slots() && stack_size > 0;
    if (!fresh && !given_up) return fail(STATUS_INSUFFICIENT_RESOURCES);
    ++taken;
    return fresh ? range->next++ : pop_slot();
}

void give_slot(SlotNumber slot) {
    --taken;
    push_slot(slot);
}

CPtr slot_pointer(SlotNumber slot) {
    return slot & kBootSlot ? slot & ~kBootSlot : page_slot(slot, Slot::Spare);
}

SlotNumber slot_number(CPtr pointer) {
    uint32_t top = static_cast<uint32_t>(pointer >> cspace().inner_bits());
    if (top == 0) return kBootSlot | static_cast<SlotNumber>(pointer);
    PageNumber first = (top - 1) << kChunkPageBits;
    return first | (static_cast<PageNumber>(pointer) & (chunk_of(first).page_count() - 1));
}

}  // namespace mm
