// SPDX-License-Identifier: GPL-3.0-only
//
// The service table (generated from abi/nt/nt.services and abi/wdm/wdm.services) and what the tracer knows of
// each service's arguments. A missing handler is a link error.
#pragma once

#include <stdint.h>

#include "executive/ke/call.hpp"
#include "executive/services.hpp"

namespace ke {

// The arguments of a call: the first four came in registers, the rest lies in the caller's IPC buffer.
struct Words {
    const unsigned long long* first;  // message registers, as seL4 names the type
    const volatile uint64_t* rest;
};

enum class TraceKind : uint8_t {
    Scalar,
    Handle,
    Word,
    Long,
    Quad,
    String,
    ObjectAttributes,
    Buffer,
    Pointer
};
enum class TraceDirection : uint8_t { In, Out, Inout };

struct TraceArgument {
    const char* name;
    TraceKind kind;
    TraceDirection direction;
    bool pointer;
    uint8_t length_argument;  // index of the argument that holds a buffer's length, or 0xff
    uint16_t size;            // bytes: of the argument, or of what it points at, of one element
};

struct Service {
    const char* name;
    NTSTATUS (*plain)(Call& call, const Words& words);
    Task<NTSTATUS> (*blocking)(Call& call, const Words& words);
    const TraceArgument* trace;
    uint8_t argument_count;
    bool driver_only;
};

inline constexpr unsigned service_count = NEPTUNE_SERVICE_COUNT;
extern const Service services[service_count];

}  // namespace ke
