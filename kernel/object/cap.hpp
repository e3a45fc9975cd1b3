// SPDX-License-Identifier: GPL-3.0-only
//
// A capability: two words that name an object and what its holder may do with it. The tag in the top five
// bits says which of the layouts below applies; its numbers are the contract's (DebugCapIdentify shows them).
// Objects are named by physical address, so a capability means the same in every address space.
#pragma once
#include <cstdint>

#include "arch/memory.hpp"

namespace kernel {

using Word = std::uint64_t;

enum class CapTag : std::uint8_t {
    null = 0,
    frame = 1,
    untyped = 2,
    page_table = 3,
    endpoint = 4,
    page_directory = 5,
    notification = 6,
    pdpt = 7,
    reply = 8,
    pml4 = 9,
    cnode = 10,
    asid_control = 11,
    tcb = 12,
    asid_pool = 13,
    irq_control = 14,
    irq_handler = 16,
    zombie = 18,
    io_port = 19,
    domain = 20,
    io_port_control = 31,
};

struct alignas(16) Cap {
    Word words[2] = {0, 0};

    constexpr Cap() = default;
    constexpr Cap(Word low, Word high) : words{low, high} {}
    // Every layout below is a Cap.
    template <typename Layout>
        requires requires { Layout::kTag; }
    Cap(const Layout& layout) : Cap(__builtin_bit_cast(Cap, layout)) {
        static_assert(sizeof(Layout) == 2 * sizeof(Word));
    }

    CapTag tag() const { return static_cast<CapTag>(words[1] >> 59); }
    bool is(CapTag tag) const { return this->tag() == tag; }
    bool is_null() const { return words[1] == 0; }
    // The upper half of the second word: tag and rights, in one short load.
    std::uint32_t high() const {
        std::uint32_t half;
        __builtin_memcpy(&half, reinterpret_cast<const char*>(this) + 12, sizeof(half));
        return half;
    }

    // The capability seen in the layout of its type. REQUIRES: is(Layout::kTag), or a layout of several tags.
    template <typename Layout>
    Layout as() const {
        return __builtin_bit_cast(Layout, *this);
    }
};

namespace detail {
constexpr Word tag_of(CapTag tag) {
    return static_cast<Word>(tag);
}
}  // namespace detail

// free_index counts 16-byte units from the start. cleared(): as many 8 KiB units behind free_index have been
// zeroed by a Retype that was preempted and will come again.
struct alignas(16) UntypedCap {
    static constexpr CapTag kTag = CapTag::untyped;
    Word free_index : 44 = 0;
    Word cleared_low : 20 = 0;
    Word address : 47 = 0;
    Word size_bits : 6 = 0;
    Word device : 1 = 0;
    Word cleared_high : 5 = 0;
    Word tag : 5 = detail::tag_of(kTag);

    Word cleared() const { return Word{cleared_low} | Word{cleared_high} << 20; }
    void set_cleared(Word units) {
        cleared_low = units & 0xfffff;
        cleared_high = units >> 20;
    }
};

struct alignas(16) EndpointCap {
    static constexpr CapTag kTag = CapTag::endpoint;
    Word badge = 0;
    Word address : 39 = 0;
    Word unused : 9 = 0;
    Word write : 1 = 0;
    Word read : 1 = 0;
    Word grant : 1 = 0;
    Word grant_reply : 1 = 0;
    Word unused2 : 7 = 0;
    Word tag : 5 = detail::tag_of(kTag);
    // The same bits as Cap::high() shows them.
    static constexpr std::uint32_t kTagMask = 31u << 27, kTagBits = 4u << 27;
    static constexpr std::uint32_t kWrite = 1u << 16, kRead = 1u << 17, kGrant = 1u << 18,
                                   kGrantReply = 1u << 19;
};

struct alignas(16) NotificationCap {
    static constexpr CapTag kTag = CapTag::notification;
    Word badge = 0;
    Word address : 39 = 0;
    Word unused : 9 = 0;
    Word write : 1 = 0;
    Word read : 1 = 0;
    Word unused2 : 9 = 0;
    Word tag : 5 = detail::tag_of(kTag);
};

// The right to answer one call of a thread; the master stays with that thread and is the parent of the one
// handed out.
struct alignas(16) ReplyCap {
    static constexpr CapTag kTag = CapTag::reply;
    Word unused0 = 0;
    Word address : 39 = 0;  // of the Tcb
    Word unused : 17 = 0;
    Word master : 1 = 0;
    Word grant : 1 = 0;
    Word unused2 : 1 = 0;
    Word tag : 5 = detail::tag_of(kTag);
};

// Radix and guard size fill a byte each, and the last byte is the tag alone: the fast path reads them one by
// one.
struct alignas(16) CNodeCap {
    static constexpr CapTag kTag = CapTag::cnode;
    Word guard = 0;
    Word address : 39 = 0;
    Word unused : 1 = 0;
    Word radix : 8 = 0;
    Word guard_size : 8 = 0;
    Word unused2 : 3 = 0;
    Word tag : 5 = detail::tag_of(kTag);
    static constexpr unsigned kRadixByte = 13, kGuardSizeByte = 14;
};

struct alignas(16) TcbCap {
    static constexpr CapTag kTag = CapTag::tcb;
    Word unused0 = 0;
    Word address : 39 = 0;
    Word unused : 20 = 0;
    Word tag : 5 = detail::tag_of(kTag);
};

// A CNode or Tcb being taken apart: `slots` of them are still to be emptied. radix says what it was:
// kTcbRadix or a CNode's.
struct alignas(16) ZombieCap {
    static constexpr CapTag kTag = CapTag::zombie;
    static constexpr Word kTcbRadix = 63;
    Word slots = 0;
    Word address : 39 = 0;  // of the first slot
    Word unused : 14 = 0;
    Word radix : 6 = 0;
    Word tag : 5 = detail::tag_of(kTag);
};

enum class FrameSize : std::uint8_t { small = 0, large = 1, huge = 2 };
enum class FrameRights : std::uint8_t { kernel_only = 1, read_only = 2, read_write = 3 };

// asid 0: not mapped. `page` is the virtual address it is mapped at, over 4096.
struct alignas(16) FrameCap {
    static constexpr CapTag kTag = CapTag::frame;
    Word asid : 12 = 0;
    Word page : 36 = 0;
    Word unused0 : 16 = 0;
    Word address : 47 = 0;
    Word size : 2 = 0;
    Word rights : 2 = 0;
    Word device : 1 = 0;
    Word unused : 7 = 0;
    Word tag : 5 = detail::tag_of(kTag);
};

// Page table, page directory, PDPT and PML4 share one layout. asid 0: not mapped; a PML4 is never mapped, its
// asid is its own.
struct alignas(16) TableCap {
    static constexpr CapTag kTag = CapTag::page_table;  // or one of the others
    Word asid : 12 = 0;
    Word page : 36 = 0;
    Word unused0 : 16 = 0;
    Word address : 39 = 0;
    Word unused : 20 = 0;
    Word tag : 5 = 0;
};
inline constexpr unsigned kTagByte = 15;  // of a Cap; in a CNodeCap or TableCap nothing else is in it
constexpr std::uint8_t tag_byte(CapTag tag) {
    return static_cast<std::uint8_t>(static_cast<unsigned>(tag) << 3);
}
constexpr TableCap table_cap(CapTag tag, Word address) {
    return {.address = address, .tag = static_cast<Word>(tag)};
}

struct alignas(16) AsidPoolCap {
    static constexpr CapTag kTag = CapTag::asid_pool;
    Word base = 0;  // its first ASID
    Word address : 39 = 0;
    Word unused : 20 = 0;
    Word tag : 5 = detail::tag_of(kTag);
};

struct alignas(16) IrqHandlerCap {
    static constexpr CapTag kTag = CapTag::irq_handler;
    Word irq = 0;
    Word unused : 59 = 0;
    Word tag : 5 = detail::tag_of(kTag);
};

struct alignas(16) IoPortCap {
    static constexpr CapTag kTag = CapTag::io_port;
    Word first : 16 = 0;
    Word last : 16 = 0;  // inclusive
    Word unused0 : 32 = 0;
    Word unused : 59 = 0;
    Word tag : 5 = detail::tag_of(kTag);
};

// The control capabilities: IRQControl, ASIDControl, IOPortControl, DomainSet. Nothing but a tag.
constexpr Cap control_cap(CapTag tag) {
    return Cap(0, static_cast<Word>(tag) << 59);
}

}  // namespace kernel
