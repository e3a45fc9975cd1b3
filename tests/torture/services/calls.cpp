// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/services/calls.hpp"

#include "abi/nt/ntdll.h"
#include "nt/service_stubs.hpp"
#include "tests/torture/services/left_out.hpp"

namespace torture {
namespace {

void count_status(ULONG status) {
    Status* table = shared().statuses;
    const ULONG start = (status * 0x9e3779b1u) >> 23;  // a value below kMostStatuses
    for (ULONG i = 0; i < kMostStatuses; ++i) {
        Status& entry = table[(start + i) % kMostStatuses];
        if (!entry.count) entry.status = status;
        if (entry.status != status) continue;
        __atomic_fetch_add(&entry.count, 1, __ATOMIC_RELAXED);
        return;
    }
}

// The sums of the weights so far, in the order of the table.
ULONG weight_until[service_table::count];
bool some_give = false;  // a handle

bool gives_handle(const service_table::Service& service) {
    for (unsigned i = 0; i < service.count; ++i)
        if (torture::gives_handle(service.arguments[i])) return true;
    return false;
}

}  // namespace

unsigned index_of(const char* name) {
    for (unsigned i = 0; i < service_table::count; ++i)
        if (same(service_table::services[i].name, name)) return i;
    __builtin_trap();
}

bool gives_handle(const service_table::Argument& argument) {
    return argument.type == service_table::Type::kHANDLE &&
           argument.direction == service_table::Direction::Out;
}

void weigh_services() {
    ULONG total = 0;
    for (unsigned i = 0; i < service_table::count; ++i) {
        const service_table::Service& service = service_table::services[i];
        const ULONG share = orders().left_out[i] ? 0 : weight(service, orders().ordinary);
        weight_until[i] = total += share;
        if (share && gives_handle(service)) some_give = true;
    }
}

unsigned any_giver(World& world) {
    for (;;) {
        const unsigned service = any_service(world);
        if (!some_give || gives_handle(service_table::services[service])) return service;
    }
}

unsigned any_service(World& world) {
    const ULONG roll = static_cast<ULONG>(world.below(weight_until[service_table::count - 1]));
    unsigned low = 0;
    unsigned high = service_table::count - 1;
    while (low < high) {
        const unsigned middle = (low + high) / 2;
        if (weight_until[middle] > roll)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

NTSTATUS call(ThreadPage& page, unsigned service, const Words& words) {
    Record& record = page.ring[page.calls % kRecords];
    record.service = static_cast<USHORT>(service);
    record.state = kInside;
    for (unsigned i = 0; i < service_table::most_arguments; ++i)
        record.arguments[i] = words.value[i];
    add(shared().calls[service]);
    page.calls = page.calls + 1;
    const ULONG64* v = words.value;
    const NTSTATUS status =
        service_table::stub(service)(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11],
                                     v[12], v[13], v[14], v[15], v[16]);
    record.status = static_cast<ULONG>(status);
    record.state = kDone;
    count_status(static_cast<ULONG>(status));
    return status;
}

}  // namespace torture
