// SPDX-License-Identifier: GPL-3.0-only
#include "abi/sel4/sel4.h"
#include "executive/ke/kernel.hpp"
#include "executive/mm/boot.hpp"
#include "executive/mm/frames.hpp"

namespace mm {

namespace {

constexpr uint64_t kTextMemory = 0xb8000;
constexpr size_t kTextLength = 80 * 25 * 2;
constexpr CPtr kBootNode = seL4_CapInitThreadCNode;
constexpr unsigned kPageBits = 12;

// Empty slots of the boot CNode from the last one down.
class EarlySlots {
public:
    explicit EarlySlots(const seL4_BootInfo& boot_info)
        : first_(boot_info.empty.start), next_(boot_info.empty.end - ke::kEarlySlots) {}
    Result<CPtr> take() {
        if (next_ == first_) return fail(STATUS_NO_SUCH_DEVICE);
        return --next_;
    }

private:
    CPtr first_;
    CPtr next_;
};

Result<CPtr> retype(CPtr untyped, seL4_Word type, unsigned bits, EarlySlots& slots) {
    CPtr slot = TRY(slots.take());
    seL4_Error error = seL4_Untyped_Retype(untyped, type, bits, kBootNode, 0, 0, slot, 1);
    if (error) return fail(STATUS_NO_SUCH_DEVICE);
    return slot;
}

Result<CPtr> text_frame(const seL4_BootInfo& boot_info, EarlySlots& slots) {
    seL4_SlotRegion region = boot_info.untyped;
    CPtr piece = region.start;
    const seL4_UntypedDesc* found = boot_info.untypedList;
    auto holds = [](const seL4_UntypedDesc& untyped) {
        return untyped.isDevice && untyped.paddr <= kTextMemory &&
               kTextMemory - untyped.paddr < uint64_t{1} << untyped.sizeBits;
    };
    while (piece < region.end && !holds(*found))
        ++piece, ++found;
    if (piece == region.end) return fail(STATUS_NO_SUCH_DEVICE);
    uint64_t physical = found->paddr;
    // Halves come out of an untyped from its begin on.
    for (unsigned bits = found->sizeBits; bits-- > kPageBits;) {
        CPtr half = TRY(retype(piece, seL4_UntypedObject, bits, slots));
        if (kTextMemory - physical >= uint64_t{1} << bits) {
            half = TRY(retype(piece, seL4_UntypedObject, bits, slots));
            physical += uint64_t{1} << bits;
        }
        piece = half;
    }
    return retype(piece, seL4_X86_4K, 0, slots);
}

}  // namespace

Result<std::span<uint8_t>> map_text_screen(const seL4_BootInfo& boot_info, const BootImage& image) {
    EarlySlots slots(boot_info);
    CPtr frame = TRY(text_frame(boot_info, slots));
    CPtr below_stack = boot_info.userImageFrames.start + (image.stack_guard - image.start) / kPageSize;
    seL4_X86_Page_Unmap(below_stack);
    seL4_Error error = seL4_X86_Page_Map(frame, seL4_CapInitThreadVSpace, image.stack_guard, seL4_ReadWrite,
                                         seL4_X86_Uncacheable);
    if (error) return fail(STATUS_NO_SUCH_DEVICE);
    return std::span<uint8_t>(reinterpret_cast<uint8_t*>(image.stack_guard), kTextLength);
}

uint64_t ram_given(const seL4_BootInfo& boot_info) {
    uint64_t bytes = 0;
    seL4_SlotRegion region = boot_info.untyped;
    for (CPtr slot = region.start; slot < region.end && slot - region.start < seL4_MaxBootInfoUntypeds;
         ++slot) {
        const seL4_UntypedDesc& untyped = boot_info.untypedList[slot - region.start];
        if (!untyped.isDevice) bytes += uint64_t{1} << untyped.sizeBits;
    }
    return bytes;
}

}  // namespace mm
