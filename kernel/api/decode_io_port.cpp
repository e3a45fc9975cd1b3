// SPDX-License-Identifier: GPL-3.0-only
//
// Invocations of IOPortControl and of ranges of I/O ports.
#include "abi/sel4/labels.h"
#include "arch/cpu.hpp"
#include "kernel/api/invocation.hpp"
#include "kernel/object/io_port.hpp"

namespace kernel {

namespace {

constexpr Word kPortMask = 0xffff;

struct Access {
    Word bytes;
    bool write;
};

Word read_port(std::uint16_t port, Word bytes) {
    return bytes == 1 ? arch::in8(port) : bytes == 2 ? arch::in16(port) : arch::in32(port);
}

void write_port(std::uint16_t port, Word bytes, Word value) {
    if (bytes == 1) return arch::out8(port, static_cast<std::uint8_t>(value));
    if (bytes == 2) return arch::out16(port, static_cast<std::uint16_t>(value));
    arch::out32(port, static_cast<std::uint32_t>(value));
}

}  // namespace

Status decode_io_port_control(const Invocation& call) {
    if (call.label != seL4_Label_IOPortControl_Issue) return Error::illegal_operation();
    if (call.length < 4 || call.extra.count < 1) return Error::truncated();
    const Word first = call.argument(0) & kPortMask, last = call.argument(1) & kPortMask;
    if (last < first) return Error::invalid_argument(1);
    if (!io_ports_are_free(first, last)) return Error::plain(seL4_RevokeFirst);
    Cte* target = TRY(lookup_empty_target(call.extra.slots[0]->cap, call.argument(2), call.argument(3)));

    call.begin();
    claim_io_ports(first, last);
    insert_derived_cap(IoPortCap{.first = first, .last = last}, call.slot, *target);
    return {};
}

Status decode_io_port(const Invocation& call) {
    if (call.label < seL4_Label_IOPort_In8 || call.label > seL4_Label_IOPort_Out32)
        return Error::illegal_operation();
    const Word kind = call.label - seL4_Label_IOPort_In8;
    const Access access{Word{1} << kind % 3, kind >= 3};
    if (call.length < (access.write ? Word{2} : Word{1})) return Error::truncated();
    const Word port = call.argument(0) & kPortMask;
    const auto range = call.cap.as<IoPortCap>();
    if (port < range.first || port + access.bytes - 1 > range.last) return Error::illegal_operation();

    call.begin();
    if (access.write) {
        write_port(static_cast<std::uint16_t>(port), access.bytes, call.argument(1));
    } else {
        call.answer(read_port(static_cast<std::uint16_t>(port), access.bytes));
    }
    return {};
}

}  // namespace kernel
