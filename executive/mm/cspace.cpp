// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/cspace.hpp"

#include "executive/ke/crash.hpp"

namespace mm {

namespace {

constinit CSpace space;

seL4_Word guard(unsigned bits) {
    return seL4_CNode_CapData_new(0, bits).words[0];
}

NTSTATUS check(seL4_Error error) {
    return ke::from_kernel(error);
}

}  // namespace

CSpace& cspace() {
    return space;
}

Result<void> CSpace::build(const seL4_BootInfo& boot_info, unsigned top_bits, CPtr untyped) {
    unsigned boot_bits = static_cast<unsigned>(boot_info.initThreadCNodeSizeBits);
    inner_bits_ = boot_bits > 11 ? boot_bits : 11;
    top_bits_ = top_bits;
    plain_ = boot_info.empty.start;
    root_ = boot_info.empty.start + 1;
    scratch_ = boot_info.empty.start + 2;

    constexpr CPtr kBootNode = seL4_CapInitThreadCNode;
    if (NTSTATUS status =
            check(seL4_Untyped_Retype(untyped, seL4_CapTableObject, top_bits, kBootNode, 0, 0, plain_, 1)))
        return fail(status);
    if (NTSTATUS status = check(seL4_CNode_Mint(kBootNode, root_, ke::kDepth, kBootNode, plain_, ke::kDepth,
                                                seL4_AllRights, guard(64 - top_bits - inner_bits_))))
        return fail(status);
    if (NTSTATUS status =
            check(seL4_CNode_Mint(plain_, 0, static_cast<seL4_Uint8>(top_bits), kBootNode, kBootNode,
                                  ke::kDepth, seL4_AllRights, guard(inner_bits_ - boot_bits))))
        return fail(status);
    return set_fault_endpoints(0, 0);
}

Result<void> CSpace::set_fault_endpoints(CPtr serving, CPtr helpers) {
    helper_fault_endpoint_ = helpers;
    seL4_Error error =
        seL4_TCB_SetSpace(seL4_CapInitThreadTCB, serving, root_, root_guard(), seL4_CapInitThreadVSpace, 0);
    return error ? Result<void>(fail(STATUS_UNSUCCESSFUL)) : Result<void>();
}

seL4_Word CSpace::root_guard() const {
    return guard(64 - top_bits_ - inner_bits_);
}

Result<void> CSpace::add_node(uint32_t top_index, CPtr untyped, unsigned radix) {
    if (seL4_Error error = retype_into(untyped, seL4_CapTableObject, radix, scratch_))
        return fail(check(error));
    seL4_Error error = seL4_CNode_Mutate(plain_, top_index, static_cast<seL4_Uint8>(top_bits_), root_,
                                         scratch_, ke::kDepth, guard(inner_bits_ - radix));
    if (error) return fail(check(error));
    return {};
}

Result<CPtr> CSpace::copy_near(CPtr capability) {
    seL4_Error error = seL4_CNode_Copy(plain_, near_index(), static_cast<seL4_Uint8>(top_bits_), root_,
                                       capability, ke::kDepth, seL4_AllRights);
    if (error) return fail(check(error));
    return pointer(near_index(), 0);
}

seL4_Error CSpace::retype(CPtr untyped, seL4_Word type, unsigned bits, uint32_t top_index, uint64_t offset,
                          unsigned count) {
    return seL4_Untyped_Retype(untyped, type, bits, plain_, top_index, top_bits_, offset, count);
}

seL4_Error CSpace::retype_into(CPtr untyped, seL4_Word type, unsigned bits, CPtr slot) {
    return retype(untyped, type, bits, top_index(slot), inner_index(slot), 1);
}

}  // namespace mm

namespace ke {

CPtr cspace_root() {
    return mm::cspace().root();
}

Result<CPtr> copy_near(CPtr capability) {
    return mm::cspace().copy_near(capability);
}

Result<void> set_fault_endpoints(CPtr serving, CPtr helpers) {
    return mm::cspace().set_fault_endpoints(serving, helpers);
}

}  // namespace ke
