// SPDX-License-Identifier: GPL-3.0-only
// Host tests: the window onto physical memory lies at a fixed address of the test process; the test maps as
// much of it as it uses.
#pragma once
#include <cstdint>

namespace arch {

using Word = std::uint64_t;

inline constexpr Word kPageBits = 12;
inline constexpr Word kPageSize = Word{1} << kPageBits;
inline constexpr Word kWindowBase = 0x2000'0000'0000;
inline constexpr Word kKernelPml4Index = 511;
inline constexpr Word kUserTop = 0x0000'7fff'ffff'ffff;

template <typename T = void>
inline T* from_physical(Word address) {
    return reinterpret_cast<T*>(address + kWindowBase);
}
inline Word to_physical(const void* pointer) {
    return reinterpret_cast<Word>(pointer) - kWindowBase;
}
inline Word window_offset(const void* pointer) {
    return to_physical(pointer);
}

}  // namespace arch
