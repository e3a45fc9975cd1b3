// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/slots.hpp"

#include "executive/mm/chunks.hpp"

namespace mm {

namespace {

constexpr SlotNumber kBootSlot = 1u << 31;

// Slots never used yet, as ranges; used ones that are free again, on a stack kept in frames.
struct Range {
    SlotNumber next;
    SlotNumber end;
};

constexpr uint32_t kStackFrames = 512;
constexpr uint32_t kPerFrame = kPageSize / sizeof(SlotNumber);

constinit Range boot_range = {0, 0};
constinit Range page_range = {0, 0};
constinit uint32_t next_chunk;
constinit SlotNumber* stack_frames[kStackFrames];
constinit uint32_t stack_size;
constinit uint32_t stack_capacity;
constinit uint32_t taken;

// The stack always has room for every slot that is out, so that giving one back cannot fail.
bool reserve_stack() {
    if (taken + stack_size < stack_capacity) return true;
    uint32_t frame_index = stack_capacity / kPerFrame;
    if (frame_index >= kStackFrames) return false;
    Result<FrameNumber> frame = allocate_frame();
    if (!frame) return false;
    stack_frames[frame_index] = reinterpret_cast<SlotNumber*>(alias(*frame));
    stack_capacity += kPerFrame;
    return true;
}

SlotNumber& stack_at(uint32_t index) {
    return stack_frames[index / kPerFrame][index % kPerFrame];
}

// The next chunk's spare slots, taking memory when all chunks at hand are used up.
bool next_page_range() {
    if (next_chunk >= chunk_total() && !add_chunk()) return false;
    PageNumber first = next_chunk++ << kChunkPageBits;
    page_range = {first, first + chunk_of(first).page_count};
    if (first == 0) ++page_range.next;  // number 0 is "none"
    return true;
}

}  // namespace

void add_boot_slots(CPtr first, CPtr end) {
    boot_range = {kBootSlot | static_cast<SlotNumber>(first), kBootSlot | static_cast<SlotNumber>(end)};
}

Result<SlotNumber> take_slot() {
    if (!reserve_stack()) return fail(STATUS_INSUFFICIENT_RESOURCES);
    if (stack_size > 0) {
        ++taken;
        return stack_at(--stack_size);
    }
    Range* range = boot_range.next < boot_range.end ? &boot_range : &page_range;
    if (range->next == range->end && !next_page_range()) return fail(STATUS_INSUFFICIENT_RESOURCES);
    ++taken;
    return range->next++;
}

void give_slot(SlotNumber slot) {
    --taken;
    stack_at(stack_size++) = slot;
}

CPtr slot_pointer(SlotNumber slot) {
    return slot & kBootSlot ? slot & ~kBootSlot : page_slot(slot, Slot::Spare);
}

SlotNumber slot_number(CPtr pointer) {
    uint32_t top = static_cast<uint32_t>(pointer >> cspace().inner_bits());
    if (top == 0) return kBootSlot | static_cast<SlotNumber>(pointer);
    PageNumber first = (top - 1) << kChunkPageBits;
    return first | (static_cast<PageNumber>(pointer) & (chunk_of(first).page_count - 1));
}

}  // namespace mm
