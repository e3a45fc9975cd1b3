// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/object/cap_rules.hpp"

#include "kernel/api/lookup.hpp"

namespace kernel {

namespace {

struct Region {
    Word first = 1;
    Word last = 0;  // inclusive; before `first`: no memory
    bool contains(const Region& other) const {
        return other.first <= other.last && first <= other.first && other.last <= last;
    }
};

Region region(Word address, Word bits) {
    return {address, address + low_bits(bits)};
}

// The memory of the object a capability names; none for those without.
Region region_of(const Cap& cap) {
    switch (cap.tag()) {
        case CapTag::untyped: {
            const auto untyped = cap.as<UntypedCap>();
            return region(untyped.address, untyped.size_bits);
        }
        case CapTag::frame: {
            const auto frame = cap.as<FrameCap>();
            return region(frame.address, frame_bits(static_cast<FrameSize>(frame.size)));
        }
        case CapTag::endpoint:
            return region(cap.as<EndpointCap>().address, seL4_EndpointBits);
        case CapTag::notification:
            return region(cap.as<NotificationCap>().address, seL4_NotificationBits);
        case CapTag::cnode: {
            const auto cnode = cap.as<CNodeCap>();
            return region(cnode.address, Word{cnode.radix} + seL4_SlotBits);
        }
        case CapTag::tcb:
            return region(cap.as<TcbCap>().address, seL4_TCBBits);
        case CapTag::zombie: {
            const auto zombie = cap.as<ZombieCap>();
            if (zombie.radix == ZombieCap::kTcbRadix)
                return region(zombie.address & ~low_bits(seL4_TCBBits), seL4_TCBBits);
            return region(zombie.address, Word{zombie.radix} + seL4_SlotBits);
        }
        case CapTag::page_table:
        case CapTag::page_directory:
        case CapTag::pdpt:
        case CapTag::pml4:
            return region(cap.as<TableCap>().address, seL4_PageBits);
        case CapTag::asid_pool:
            return region(cap.as<AsidPoolCap>().address, seL4_ASIDPoolBits);
        default:
            return {};
    }
}

bool same_address(const Cap& a, const Cap& b) {
    return a.tag() == b.tag() && a.as<TcbCap>().address == b.as<TcbCap>().address;
}

bool same_words(const Cap& a, const Cap& b) {
    return a.words[1] == b.words[1] && a.words[0] == b.words[0];
}

}  // namespace

bool same_region(const Cap& a, const Cap& b) {
    switch (a.tag()) {
        case CapTag::untyped:
        case CapTag::frame:
            if (a.is(CapTag::frame) && !b.is(CapTag::frame)) return false;
            return region_of(a).contains(region_of(b));
        case CapTag::cnode:
            return same_address(a, b) && a.as<CNodeCap>().radix == b.as<CNodeCap>().radix;
        case CapTag::endpoint:
        case CapTag::notification:
        case CapTag::reply:
        case CapTag::tcb:
        case CapTag::page_table:
        case CapTag::page_directory:
        case CapTag::pdpt:
        case CapTag::pml4:
        case CapTag::asid_pool:
            return same_address(a, b);
        case CapTag::irq_handler:
        case CapTag::io_port:
            return same_words(a, b);
        case CapTag::irq_control:
            return b.is(CapTag::irq_control) || b.is(CapTag::irq_handler);
        case CapTag::io_port_control:
            return b.is(CapTag::io_port_control) || b.is(CapTag::io_port);
        case CapTag::asid_control:
        case CapTag::domain:
            return a.tag() == b.tag();
        case CapTag::null:
        case CapTag::zombie:
            return false;
    }
    return false;
}

bool same_object(const Cap& a, const Cap& b) {
    if (a.tag() != b.tag()) return false;
    if (a.is(CapTag::untyped)) return false;
    if (a.is(CapTag::frame)) {
        const auto x = a.as<FrameCap>(), y = b.as<FrameCap>();
        return x.address == y.address && x.size == y.size && x.device == y.device;
    }
    return same_region(a, b);
}

Cap mask_rights(const Cap& cap, Rights rights) {
    switch (cap.tag()) {
        case CapTag::endpoint: {
            auto endpoint = cap.as<EndpointCap>();
            endpoint.write &= rights.write;
            endpoint.read &= rights.read;
            endpoint.grant &= rights.grant;
            endpoint.grant_reply &= rights.grant_reply;
            return endpoint;
        }
        case CapTag::notification: {
            auto notification = cap.as<NotificationCap>();
            notification.write &= rights.write;
            notification.read &= rights.read;
            return notification;
        }
        case CapTag::reply: {
            auto reply = cap.as<ReplyCap>();
            reply.grant &= rights.grant;
            return reply;
        }
        case CapTag::frame: {
            auto frame = cap.as<FrameCap>();
            frame.rights =
                static_cast<Word>(mask_frame_rights(static_cast<FrameRights>(frame.rights), rights));
            return frame;
        }
        default:
            return cap;
    }
}

FrameRights mask_frame_rights(FrameRights have, Rights rights) {
    if (have == FrameRights::kernel_only || !rights.read) return FrameRights::kernel_only;
    if (have == FrameRights::read_write && rights.write) return FrameRights::read_write;
    return FrameRights::read_only;
}

Result<Cap> derive(const Cte& slot, const Cap& cap) {
    switch (cap.tag()) {
        case CapTag::zombie:
        case CapTag::irq_control:
        case CapTag::io_port_control:
        case CapTag::reply:
            return Cap{};
        case CapTag::untyped:
            if (has_children(slot)) return Error::plain(seL4_RevokeFirst);
            return cap;
        case CapTag::page_table:
        case CapTag::page_directory:
        case CapTag::pdpt:
        case CapTag::pml4:
            if (cap.as<TableCap>().asid == 0) return Error::illegal_operation();
            return cap;
        case CapTag::frame: {
            auto frame = cap.as<FrameCap>();
            frame.asid = 0;
            frame.page = 0;
            return Cap(frame);
        }
        default:
            return cap;
    }
}

Cap update_data(const Cap& cap, bool keep_badge, Word data) {
    switch (cap.tag()) {
        case CapTag::endpoint:
        case CapTag::notification: {
            if (keep_badge || cap.words[0] != 0) return Cap{};
            Cap badged = cap;
            badged.words[0] = data;
            return badged;
        }
        case CapTag::cnode: {
            auto cnode = cap.as<CNodeCap>();
            const Word guard_size = data & 63;
            if (guard_size + cnode.radix > 64) return Cap{};
            cnode.guard_size = guard_size;
            cnode.guard = (data >> 6) & low_bits(guard_size);
            return cnode;
        }
        default:
            return cap;
    }
}

}  // namespace kernel
