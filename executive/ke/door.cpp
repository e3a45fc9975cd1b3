// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/door.hpp"

#include <algorithm>

#include "abi/nt/neptune.h"
#include "executive/ke/page_in.hpp"
#include "executive/ke/slice.hpp"

namespace ke {

namespace {

constexpr uint64_t kPageSize = 4096;
constexpr uint8_t kOne = 0xff;  // TraceArgument::length_argument

// An argument by value, without what a register may hold beyond its type.
uint64_t scalar(const Service& service, const Words& words, unsigned index) {
    uint64_t word =
        index < NEPTUNE_CALL_LENGTH ? words.first[index] : words.rest[index - NEPTUNE_CALL_LENGTH];
    unsigned bits = service.trace[index].size * 8u;
    return bits < 64 ? word & ((uint64_t{1} << bits) - 1) : word;
}

}  // namespace

NTSTATUS bring_in_arguments(Call& call, const Service& service, const Words& words) {
    UserMemory& memory = call.memory();
    Slice slice;
    for (unsigned i = 0; i < service.argument_count; ++i) {
        const TraceArgument& argument = service.trace[i];
        if (!argument.pointer) continue;
        uint64_t address = i < NEPTUNE_CALL_LENGTH ? words.first[i] : words.rest[i - NEPTUNE_CALL_LENGTH];
        uint64_t count =
            argument.length_argument == kOne ? 1 : scalar(service, words, argument.length_argument);
        uint64_t bytes = std::min<uint64_t>(count, kDoorWindow / argument.size) * argument.size;
        if (address == 0 || bytes == 0 || address > kHighestUserAddress) continue;
        Access access = argument.direction == TraceDirection::In ? Access::Read : Access::Write;
        uint64_t last = (address + bytes - 1) / kPageSize;
        for (uint64_t page = address / kPageSize; page <= last; ++page) {
            NTSTATUS status = memory.touch(page * kPageSize, access);
            if (PageIn::left(status)) return status;
            if (!NT_SUCCESS(status)) break;
            // Those that were there cost little; so the next slice gets further than this.
            if (status != STATUS_SUCCESS && slice.over()) return call.again(call.progress());
        }
    }
    return STATUS_SUCCESS;
}

}  // namespace ke
