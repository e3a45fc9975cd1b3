// SPDX-License-Identifier: GPL-3.0-only
//
// The Executive's capability space: one top CNode whose slot 0 is the CNode the kernel gave us at boot and
// whose other slots are the CNodes of memory chunks. A CPtr is 0..0 | top index | index inside; boot slots
// keep their numbers.
#pragma once

#include "executive/ke/kernel.hpp"

namespace mm {

using ke::CPtr;

class CSpace {
public:
    // `ram_pages` sizes the top CNode, `untyped` holds at least 2^(top bits + 5) bytes more than nothing else
    // needs.
    Result<void> build(const seL4_BootInfo& boot_info, unsigned top_bits, CPtr untyped);

    CPtr root() const { return root_; }
    // The top CNode as Retype wants it, and where in it and in the inner node a slot is.
    CPtr plain() const { return plain_; }
    unsigned top_bits() const { return top_bits_; }
    uint32_t top_index(CPtr slot) const { return static_cast<uint32_t>(slot >> inner_bits_); }
    uint64_t inner_index(CPtr slot) const { return slot & ((uint64_t{1} << inner_bits_) - 1); }
    // The guard of root() as the CSpace of a thread.
    seL4_Word root_guard() const;
    // Both are capabilities of this CSpace; 0: faults go nowhere.
    Result<void> set_fault_endpoints(CPtr serving, CPtr helpers);
    CPtr helper_fault_endpoint() const { return helper_fault_endpoint_; }
    unsigned inner_bits() const { return inner_bits_; }
    // The last slot of the top CNode: no inner node but the near capability (ke::copy_near).
    uint32_t near_index() const { return (1u << top_bits_) - 1; }
    Result<CPtr> copy_near(CPtr capability);
    CPtr pointer(uint32_t top_index, uint64_t inner) const {
        return static_cast<CPtr>(top_index) << inner_bits_ | inner;
    }
    // Makes a CNode of 2^radix slots the inner node at `top_index`.
    Result<void> add_node(uint32_t top_index, CPtr untyped, unsigned radix);
    // Retypes into the inner node at `top_index`, from slot `offset` on.
    seL4_Error retype(CPtr untyped, seL4_Word type, unsigned bits, uint32_t top_index, uint64_t offset,
                      unsigned count);
    // Retypes into one slot anywhere.
    seL4_Error retype_into(CPtr untyped, seL4_Word type, unsigned bits, CPtr slot);

private:
    CPtr root_ = 0;   // guarded: resolves 64-bit CPtrs
    CPtr plain_ = 0;  // unguarded: its own slots, depth top_bits_
    unsigned top_bits_ = 0;
    unsigned inner_bits_ = 0;
    CPtr scratch_ = 0;
    CPtr helper_fault_endpoint_ = 0;
};

CSpace& cspace();

}  // namespace mm
