// SPDX-License-Identifier: GPL-3.0-only
//
// What a driver host holds while it works on something for the Executive: a lease, by a number that is never
// used again. It lies in what is lent, an Irp or a ControlRequest, so that lending takes no memory; the
// HostChannel keeps its leases in the order of their numbers.
#pragma once

#include "base/list.hpp"
#include "base/tree.hpp"
#include "executive/mm/edge_pages.hpp"
#include "executive/prelude.hpp"

namespace io {

class ControlRecord;
enum class ControlKind : uint8_t;

struct Lease : TreeLink<struct LeaseTag>,
               ListLink<struct CancelTag> {  // to be cancelled, when there is room to say so
    explicit Lease(bool of_control) : is_control(of_control) {}

    const bool is_control;  // a ControlRequest, else an Irp
    bool overdue = false;   // at hand when its host was ended for it
    uint32_t entry = 0;     // of the ring, in which it was submitted
    uint64_t id = 0;        // 0: not lent
    uint64_t since = 0;     // interrupt time

    bool lent() const { return id != 0; }
};

struct LeaseId {
    uint64_t operator()(const Lease& lease) const { return lease.id; }
};

// Where a host sees a buffer.
struct Window {
    uint64_t base = 0;   // in its space; 0: none is open
    uint64_t pages = 0;  // that count for its host
    mm::EdgePages edges;
};

struct Windows {
    Window input;
    Window output;
};

// What else belongs to the lease of an Irp.
struct DataLease {
    Own<Windows> windows{};  // null when all its data goes through the ring
    bool output_inline = false;
    ControlKind control_kind{};   // what it leaves behind in its driver
    Own<ControlRecord> record{};  // of one that sets state
};

}  // namespace io
