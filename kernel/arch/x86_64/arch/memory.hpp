// SPDX-License-Identifier: GPL-3.0-only
// The kernel's own address space. It is the last PML4 entry, the same in every VSpace:
//   kWindowBase  physical memory 0 .. 510 GiB, data only
//   kImageBase   the kernel image, linked at kImageBase + physical address, one 4 KiB protection per section
// Pointers to kernel objects are always window pointers.
#pragma once
#include <cstdint>

namespace arch {

using Word = std::uint64_t;

inline constexpr Word kPageBits = 12;
inline constexpr Word kPageSize = Word{1} << kPageBits;
inline constexpr Word kWindowBase = 0xffff'ff80'0000'0000;
inline constexpr Word kImageBase = 0xffff'ffff'8000'0000;
inline constexpr Word kWindowSize = kImageBase - kWindowBase;  // 510 GiB
inline constexpr Word kKernelPml4Index = 511;
inline constexpr Word kUserTop = 0x0000'7fff'ffff'ffff;

template <typename T = void>
inline T* from_physical(Word address) {
    return reinterpret_cast<T*>(address + kWindowBase);
}

// `pointer` lies in the window, or in the kernel image.
inline Word to_physical(const void* pointer) {
    const Word address = reinterpret_cast<Word>(pointer);
    return address >= kImageBase ? address - kImageBase : address - kWindowBase;
}

// The same for a pointer known to be in the window: what capabilities keep as an object's address.
inline Word window_offset(const void* pointer) {
    return reinterpret_cast<Word>(pointer) & ~kWindowBase;
}

}  // namespace arch
