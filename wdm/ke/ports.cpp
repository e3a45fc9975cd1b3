// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/ke/ports.hpp"

#include "wdm/platform/executive.hpp"
#include "wdm/platform/platform.hpp"

namespace ke {
namespace {

constexpr ULONG kMaximumRanges = 16;

struct Range {
    USHORT first, last;
    ULONG cptr;
};

constinit Range ranges[kMaximumRanges]{};
constinit ULONG range_count = 0;  // grows only; entries below it are complete
constinit platform::Lock ranges_lock;

const Range* find(USHORT first, USHORT last) {
    ULONG count = __atomic_load_n(&range_count, __ATOMIC_ACQUIRE);
    for (ULONG i = 0; i < count; i++)
        if (ranges[i].first <= first && last <= ranges[i].last) return &ranges[i];
    return nullptr;
}

const Range* claim(USHORT first, USHORT last) {
    platform::Guard guard(ranges_lock);
    if (const Range* known = find(first, last)) return known;
    if (range_count == kMaximumRanges) return nullptr;
    ULONG cptr = 0;
    if (platform::claim_ports(first, last, cptr) < 0) return nullptr;
    ranges[range_count] = {first, last, cptr};
    const Range* made = &ranges[range_count];
    __atomic_store_n(&range_count, range_count + 1, __ATOMIC_RELEASE);
    return made;
}

const Range* owned(USHORT port, ULONG bytes) {
    auto last = static_cast<USHORT>(port + bytes - 1);
    const Range* range = find(port, last);
    return range != nullptr ? range : claim(port, last);
}

}  // namespace

void claim_ports(USHORT first, USHORT last) {
    claim(first, last);
}

bool read_port(USHORT port, ULONG bytes, ULONG& value) {
    const Range* range = owned(port, bytes);
    if (range != nullptr) value = platform::port_read(range->cptr, port, bytes);
    return range != nullptr;
}

bool write_port(USHORT port, ULONG bytes, ULONG value) {
    const Range* range = owned(port, bytes);
    if (range != nullptr) platform::port_write(range->cptr, port, bytes, value);
    return range != nullptr;
}

}  // namespace ke
