// SPDX-License-Identifier: GPL-3.0-only
//
// The addresses that a fuzzing process plays with, the same in each: scratch memory for every slot, pages
// that may not be written, read or touched, and regions that are allocated, freed and protected all the time.
#pragma once

#include "abi/nt/ntdef.h"

namespace torture {

constexpr ULONG64 kArena = 0x1000000000;
// Each slot: kScratchSize bytes that may be written, then as many that may not be touched.
constexpr ULONG64 kScratchSize = 0x10000;
constexpr ULONG64 kScratchStride = 2 * kScratchSize;
constexpr ULONG64 kReadOnly = kArena + 0x1000000;
constexpr ULONG64 kGuarded = kReadOnly + 0x10000;
constexpr ULONG64 kNoAccess = kReadOnly + 0x20000;
constexpr ULONG64 kReserved = kReadOnly + 0x30000;
// Here any thread may map, free and protect, also while another's call uses it.
constexpr ULONG64 kPlay = kArena + 0x2000000;
constexpr ULONG64 kPlayPlaces = 64;
constexpr ULONG64 kPlayStride = 0x10000;

// Each slot has room for one long path.
constexpr ULONG64 kPaths = kArena + 0x8000000;

inline ULONG64 path_scratch(ULONG slot) {
    return kPaths + slot * kScratchSize;
}
inline ULONG64 scratch(ULONG slot) {
    return kArena + slot * kScratchStride;
}

// Lays out everything but the play regions. Called by a process's first thread.
NTSTATUS build_arena(ULONG slots);

}  // namespace torture
