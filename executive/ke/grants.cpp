// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/grants.hpp"

#include "abi/nt/neptune.h"
#include "executive/ke/kernel.hpp"

namespace ke {

namespace {

constexpr uint32_t kFirst = NEPTUNE_CPTR(NEPTUNE_SLOT_GRANTS);
constexpr unsigned kSlots = 1u << NEPTUNE_GRANTS_RADIX;
static_assert(kSlots == 64, "used_ has a bit for each");

}  // namespace

Result<Own<Grants>> Grants::create() {
    NodeResources resources = TRY(allocate_node(NEPTUNE_GRANTS_RADIX));
    Own<Grants> grants(new (std::nothrow) Grants(resources));
    if (grants) return grants;
    free_node(resources);
    return fail(STATUS_INSUFFICIENT_RESOURCES);
}

Grants::~Grants() {
    free_node(resources_);
}

Result<uint32_t> Grants::add(CPtr source) {
    auto slot = static_cast<unsigned>(__builtin_ctzll(~used_ ? ~used_ : 1));
    if (used_ >> slot & 1) return fail(STATUS_INSUFFICIENT_RESOURCES);
    seL4_Error error = seL4_CNode_Copy(resources_.node, slot, NEPTUNE_GRANTS_RADIX, cspace_root(), source,
                                       kDepth, seL4_AllRights);
    if (error) return fail(from_kernel(error));
    used_ |= uint64_t{1} << slot;
    return kFirst + slot;
}

void Grants::remove(uint32_t pointer) {
    uint32_t slot = pointer - kFirst;
    if (slot >= kSlots || !(used_ >> slot & 1)) return;
    used_ &= ~(uint64_t{1} << slot);
    seL4_CNode_Delete(resources_.node, slot, NEPTUNE_GRANTS_RADIX);
}

}  // namespace ke
