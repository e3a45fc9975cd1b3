// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/object/untyped.hpp"

#include "arch/switch.hpp"
#include "kernel/object/finalise.hpp"
#include "kernel/sched/sched.hpp"

namespace kernel {

namespace {

constexpr Word kClearedUnitBits = 13;                     // UntypedCap::cleared() counts in these
constexpr Word kClearStep = Word{1} << kClearedUnitBits;  // between two looks for interrupts

Cap frame_cap(Word address, FrameSize size, bool device) {
    return FrameCap{.address = address,
                    .size = static_cast<Word>(size),
                    .rights = static_cast<Word>(FrameRights::read_write),
                    .device = device};
}

// The capability of a new object; what is not all zeroes in it is set up. REQUIRES: its memory is zero.
Cap make_object(seL4_ObjectType type, Word address, Word size_bits, bool device) {
    switch (type) {
        case seL4_UntypedObject:
            return UntypedCap{.address = address, .size_bits = size_bits, .device = device};
        case seL4_TCBObject:
            initialise_tcb(*arch::from_physical<Tcb>(address), sched::state.domain);
            return TcbCap{.address = address};
        case seL4_EndpointObject:
            return EndpointCap{.address = address, .write = 1, .read = 1, .grant = 1, .grant_reply = 1};
        case seL4_NotificationObject:
            return NotificationCap{.address = address, .write = 1, .read = 1};
        case seL4_CapTableObject:
            return CNodeCap{.address = address, .radix = size_bits};
        case seL4_X86_PDPTObject:
            return table_cap(CapTag::pdpt, address);
        case seL4_X64_PML4Object:
            arch::copy_kernel_mappings(arch::from_physical<Word>(address));
            return table_cap(CapTag::pml4, address);
        case seL4_X64_HugePageObject:
            return frame_cap(address, FrameSize::huge, device);
        case seL4_X86_4K:
            return frame_cap(address, FrameSize::small, device);
        case seL4_X86_LargePageObject:
            return frame_cap(address, FrameSize::large, device);
        case seL4_X86_PageTableObject:
            return table_cap(CapTag::page_table, address);
        case seL4_X86_PageDirectoryObject:
            return table_cap(CapTag::page_directory, address);
        default:
            return Cap{};
    }
}

// Zeroes the memory of the objects, taking interrupts. Preempted, it leaves behind how far it came: the
// untyped's free index moves up to the first object, and cleared() counts from there.
Status clear(const RetypePlan& plan, UntypedCap untyped) {
    const Word total = plan.count << plan.object_bits;
    const bool resumed = free_offset(untyped) == plan.offset;
    Word done = resumed ? untyped.cleared() << kClearedUnitBits : 0;
    auto* memory = arch::from_physical<std::uint8_t>(untyped.address + plan.offset);
    while (done < total) {
        const Word step = total - done < kClearStep ? total - done : kClearStep;
        __builtin_memset(memory + done, 0, step);
        done += step;
        if (done < total && !preemption_point().ok()) {
            untyped.free_index = plan.offset >> kUntypedUnitBits;
            untyped.set_cleared(done >> kClearedUnitBits);
            plan.untyped.cap = untyped;
            return Error::preempted();
        }
    }
    return {};
}

}  // namespace

bool is_frame_type(seL4_ObjectType type) {
    return type == seL4_X86_4K || type == seL4_X86_LargePageObject || type == seL4_X64_HugePageObject;
}

Word object_bits(seL4_ObjectType type, Word size_bits) {
    switch (type) {
        case seL4_UntypedObject:
            return size_bits;
        case seL4_TCBObject:
            return seL4_TCBBits;
        case seL4_EndpointObject:
            return seL4_EndpointBits;
        case seL4_NotificationObject:
            return seL4_NotificationBits;
        case seL4_CapTableObject:
            return seL4_SlotBits + size_bits;
        case seL4_X64_HugePageObject:
            return seL4_HugePageBits;
        case seL4_X86_LargePageObject:
            return seL4_LargePageBits;
        default:
            return seL4_PageBits;
    }
}

Status retype(const RetypePlan& plan) {
    auto untyped = plan.untyped.cap.as<UntypedCap>();
    if (!untyped.device && plan.type != seL4_UntypedObject) TRY(clear(plan, untyped));
    const Word end = plan.offset + (plan.count << plan.object_bits);
    untyped.free_index = end >> kUntypedUnitBits;
    untyped.set_cleared(0);
    plan.untyped.cap = untyped;
    Word address = untyped.address + plan.offset;
    for (Word i = 0; i < plan.count; i++, address += Word{1} << plan.object_bits) {
        insert_object_cap(plan.untyped, plan.slots[i],
                          make_object(plan.type, address, plan.size_bits, untyped.device));
    }
    return {};
}

}  // namespace kernel
