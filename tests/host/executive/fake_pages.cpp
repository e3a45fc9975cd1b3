// SPDX-License-Identifier: GPL-3.0-only
//
// Frames in address spaces, one by one and in runs.
#include "abi/sel4/extensions.h"
#include "tests/host/executive/fake_invocation.hpp"
#include "tests/host/executive/fake_sizes.hpp"

namespace fake {

namespace {

// An interrupt comes after so many pages of a run.
constexpr int kPagesWithoutInterrupt = 5;

}  // namespace

seL4_Error Invocation::map_at(Slot& slot, Object* space, uint64_t address, seL4_Word rights,
                              seL4_Word attributes) {
    if (!space || space->type != seL4_X64_PML4Object || !space->has_asid) return seL4_InvalidCapability;
    if (address & 0xfff) return seL4_AlignmentError;
    if (slot.space && slot.space != space) return seL4_InvalidCapability;
    if (slot.space && slot.address != address) return seL4_InvalidArgument;
    for (int level = 0; level < 3; ++level)
        if (!space->tables[level].contains(address >> kLevelShift[level]))
            return failed_lookup(kLevelShift[level]);
    auto at = space->pages.find(address);
    if (at != space->pages.end() && at->second != &slot) give_up("a mapping is replaced silently", address);
    space->pages[address] = &slot;
    slot.space = space;
    slot.address = address;
    slot.map_rights = slot.rights & rights;
    slot.map_attributes = attributes;
    bool host = slot.object->physical == kHostPage;
    if (space == kernel_.own_space_ && !host) kernel_.map_own(address, *slot.object, true);
    return seL4_NoError;
}

seL4_Error Invocation::map_page() {
    return map_at(slot_, extra(0)->object, words_[0], words_[1], words_[2]);
}

seL4_Error Invocation::map_pages() {
    int count = static_cast<int>(length_ - NEPTUNE_MapPages_First) / 2, done = 0;
    seL4_Error error = seL4_NoError;
    seL4_Word given[] = {words_[0], words_[1], words_[2]};
    for (; done < count && done < kPagesWithoutInterrupt; ++done) {
        seL4_Word index = message(NEPTUNE_MapPages_First + 2 * done),
                  copy = message(NEPTUNE_MapPages_First + 2 * done + 1);
        if (index == 0) continue;
        Slot* source = kernel_.resolve_in(*extra(0), index, 64);
        Slot* target = copy ? kernel_.resolve_in(*extra(0), copy, 64) : source;
        if (!source || !target || !source->object)
            error = failed_lookup(0);
        else if (copy && target->object)
            error = seL4_DeleteFirst;
        if (error) break;
        if (copy) {
            kernel_.put(*target, source->object, source->original ? source : source->parent, false);
            target->rights = source->rights;
        }
        error =
            map_at(*target, slot_.object, given[0] + static_cast<uint64_t>(done) * 4096, given[1], given[2]);
        if (error && copy) kernel_.clear(*target);
        if (error) break;
    }
    if (done == 0 && error) return error;
    words_[0] = static_cast<seL4_Word>(done);
    return seL4_NoError;
}

seL4_Error Invocation::unmap_pages() {
    int count = static_cast<int>(length_) - NEPTUNE_UnmapPages_First, done = 0;
    seL4_Word mask = words_[0];
    for (; done < count && done < kPagesWithoutInterrupt; ++done) {
        Slot* slot = kernel_.resolve_in(*extra(0), message(NEPTUNE_UnmapPages_First + done), 64);
        if (!slot || !slot->object || (slot->space && slot->space != slot_.object)) break;
        mask >> done & 1 ? kernel_.clear(*slot) : kernel_.unmap(*slot);
    }
    if (done == 0) return seL4_InvalidCapability;
    words_[0] = static_cast<seL4_Word>(done);
    return seL4_NoError;
}

}  // namespace fake
