// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/services/process_world.hpp"

#include <string.h>

#include "abi/nt/neptune.h"
#include "abi/nt/ntdll.h"
#include "tests/torture/services/arena.hpp"
#include "tests/torture/services/handles.hpp"
#include "tests/torture/services/worker.hpp"

namespace torture {
namespace {

constexpr ULONG64 kStraddle = kScratchSize - 4;  // an object there ends where nothing may be touched
constexpr ULONG64 kOthersPercent = 25;           // of an ordinary user's targets
PRTL_USER_PROCESS_PARAMETERS child_parameters = nullptr;

}  // namespace

void set_parameters(PRTL_USER_PROCESS_PARAMETERS parameters) {
    child_parameters = parameters;
}

ULONG64 ProcessWorld::take(ULONG64 size) {
    const ULONG64 rounded = (size + 7) & ~7ull;
    if (used_ + rounded > kScratchSize) used_ = 0;
    const ULONG64 at = scratch(slot_) + used_;
    used_ += rounded;
    return at;
}

ULONG64 ProcessWorld::place(const void* bytes, ULONG size, bool ends_at_edge) {
    const ULONG64 at = ends_at_edge ? scratch(slot_) + kScratchSize - size : take(size);
    memcpy(reinterpret_cast<void*>(at), bytes, size);
    return at;
}

ULONG64 ProcessWorld::room(ULONG64 size) {
    if (size >= kScratchSize) return scratch(slot_);
    return chance(10) ? scratch(slot_) + kScratchSize - size : take(size < 64 ? 64 : size);
}

ULONG64 ProcessWorld::wild_pointer() {
    switch (below(20)) {
        case 0:
            return below(0x10000);
        case 1:
            return kReadOnly + below(4096);
        case 2:
            return kGuarded + below(4096);
        case 3:
            return kNoAccess + below(4096);
        case 4:
            return kReserved + below(0x10000);
        case 5:
            return NEPTUNE_USER_SHARED_DATA + below(4096);
        case 6:
            return 0x800000000000 - below(32);
        case 7:
            return 0xffff800000000000 + random() % (1ull << 40);
        case 8:
            return ~below(64);
        case 9:
            return 0x800000000000 + below(0x10000);
        case 10:
            return scratch(slot_) + kStraddle;
        case 11:
            return scratch(slot_) + kScratchSize + below(4096);
        case 12:
            return scratch(static_cast<ULONG>(below(kSlots))) + below(kScratchSize);
        case 13:
        case 14:
            return kPlay + below(kPlayPlaces * kPlayStride);
        case 15:
            return reinterpret_cast<ULONG64>(&work) + below(4096);
        case 16:
            return chance(10) ? reinterpret_cast<ULONG64>(NtCurrentTeb()) + below(0x3000) : random();
        case 17:
            return chance(10) ? reinterpret_cast<ULONG64>(__builtin_frame_address(0)) + below(512) : 0;
        default:
            return random();
    }
}

ULONG64 ProcessWorld::region() {
    if (chance(10)) return scratch(slot_) + below(kScratchSize);
    if (chance(10)) return kReserved + (below(16) << 12);
    return kPlay + below(kPlayPlaces) * kPlayStride + (chance(30) ? below(16) << 12 : 0);
}

ULONG64 ProcessWorld::handle(Object type) {
    if (type == Object::kProcess && chance(60)) return ~0ull;
    if (type == Object::kThread && chance(15)) return ~1ull;
    if (type == Object::kToken && chance(20)) return ~3ull - below(3);
    if (const ULONG64 kept = kept_handle(*this, type)) return kept;
    return type == Object::kProcess ? ~0ull : kept_handle(*this, Object::Any);
}

ULONG64 ProcessWorld::wild_handle() {
    switch (below(6)) {
        case 0:
            return 0;
        case 1:
            return below(64) * 4;
        case 2:
            return ~below(8);
        case 3:
            return kept_handle(*this, Object::Any) + below(4);
        case 4:
            return random();
        default:
            return kept_handle(*this, Object::Any);
    }
}

CLIENT_ID ProcessWorld::client() {
    const ULONG others = orders().others_count;
    if (ordinary() && others && chance(kOthersPercent)) return orders().others[below(others)];
    return shared().clients[below(kMostClients)];
}

ULONG64 ProcessWorld::routine(Routine kind) {
    return kind == Routine::Apc ? reinterpret_cast<ULONG64>(&apc) : reinterpret_cast<ULONG64>(&passer_by);
}

void ProcessWorld::context(CONTEXT& context) {
    RtlCaptureContext(&context);
    constexpr ULONG kParts[] = {CONTEXT_FULL, CONTEXT_ALL, CONTEXT_CONTROL, CONTEXT_INTEGER,
                                CONTEXT_DEBUG_REGISTERS};
    context.ContextFlags = any_of(kParts);
    // A thread that takes this on ends, on its own stack or on memory of ours.
    context.Rip = reinterpret_cast<ULONG64>(&passer_by);
    context.Rsp = scratch(slot_) + kScratchSize / 2 + 8;
    // Where nobody comes by, or nowhere that could be.
    context.Dr0 = NEPTUNE_USER_SHARED_DATA + 0xff8;
    context.Dr1 = random() | 1ull << 63;
    context.Dr2 = context.Dr3 = context.Dr6 = 0;
    context.Dr7 = chance(50) ? 0 : random() & 0xffff'ff0f;
}

ULONG64 ProcessWorld::process_parameters() {
    return reinterpret_cast<ULONG64>(child_parameters);
}

}  // namespace torture
