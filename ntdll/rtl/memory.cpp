// SPDX-License-Identifier: GPL-3.0-only
// Memory, byte order, checksums, random numbers, encoded pointers.
#include "ntdll/ntdll.hpp"

namespace {

// The multiplier and modulus of NT's generator (a Lehmer sequence modulo 2^31 - 1).
ULONG step(ULONG seed) {
    const ULONGLONG product = static_cast<ULONGLONG>(seed) * 0x7fffffed + 0x7fffffc3;
    return static_cast<ULONG>(product % 0x7fffffff);
}

// A secret of this process that encoded pointers are mixed with.
ULONG_PTR pointer_cookie() {
    static ULONG_PTR cookie;
    if (!cookie) {
        LARGE_INTEGER counter;
        NtQueryPerformanceCounter(&counter, nullptr);
        ULONG_PTR made = static_cast<ULONG_PTR>(counter.QuadPart) * 0x9e3779b97f4a7c15ull;
        made ^= reinterpret_cast<ULONG_PTR>(rtl::teb()) << 16 ^ reinterpret_cast<ULONG_PTR>(rtl::peb());
        cookie = made | 1;
    }
    return cookie;
}

ULONG_PTR rotate(ULONG_PTR value, unsigned count) {
    return value >> count | value << (64 - count);
}

}  // namespace

extern "C" {

SIZE_T NTAPI RtlCompareMemory(const VOID* First, const VOID* Second, SIZE_T Length) {
    const auto* a = static_cast<const char*>(First);
    const auto* b = static_cast<const char*>(Second);
    SIZE_T same = 0;
    while (same < Length && a[same] == b[same])
        ++same;
    return same;
}

SIZE_T NTAPI RtlCompareMemoryUlong(PVOID Source, SIZE_T Length, ULONG Pattern) {
    const auto* words = static_cast<const ULONG*>(Source);
    SIZE_T same = 0;
    while (same < Length / sizeof(ULONG) && words[same] == Pattern)
        ++same;
    return same * sizeof(ULONG);
}

void NTAPI RtlFillMemory(PVOID Destination, SIZE_T Length, UCHAR Fill) {
    __builtin_memset(Destination, Fill, Length);
}

void NTAPI RtlFillMemoryUlong(PVOID Destination, SIZE_T Length, ULONG Pattern) {
    auto* words = static_cast<ULONG*>(Destination);
    for (SIZE_T i = 0; i < Length / sizeof(ULONG); ++i)
        words[i] = Pattern;
}

void NTAPI RtlMoveMemory(PVOID Destination, const VOID* Source, SIZE_T Length) {
    rtl::move(Destination, Source, Length);
}

void NTAPI RtlCopyMemory(PVOID Destination, const VOID* Source, SIZE_T Length) {
    rtl::move(Destination, Source, Length);
}

void NTAPI RtlCopyMemoryNonTemporal(PVOID Destination, const VOID* Source, SIZE_T Length) {
    rtl::move(Destination, Source, Length);
}

void NTAPI RtlZeroMemory(PVOID Destination, SIZE_T Length) {
    rtl::zero(Destination, Length);
}

USHORT NTAPI RtlUshortByteSwap(USHORT Source) {
    return __builtin_bswap16(Source);
}
ULONG NTAPI RtlUlongByteSwap(ULONG Source) {
    return __builtin_bswap32(Source);
}
ULONGLONG NTAPI RtlUlonglongByteSwap(ULONGLONG Source) {
    return __builtin_bswap64(Source);
}

// The CRC of IEEE 802.3, reflected.
ULONG NTAPI RtlComputeCrc32(ULONG Initial, const VOID* Data, ULONG Length) {
    const auto* bytes = static_cast<const UCHAR*>(Data);
    ULONG crc = ~Initial;
    for (ULONG i = 0; i < Length; ++i) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

ULONG NTAPI RtlUniform(PULONG Seed) {
    return *Seed = step(*Seed);
}

ULONG NTAPI RtlRandom(PULONG Seed) {
    *Seed = step(*Seed);
    // One step further mixes the low bits that consecutive seeds share.
    return step(*Seed ^ *Seed >> 15);
}

ULONG NTAPI RtlRandomEx(PULONG Seed) {
    return RtlRandom(Seed);
}

PVOID NTAPI RtlEncodePointer(PVOID Pointer) {
    const ULONG_PTR cookie = pointer_cookie();
    return reinterpret_cast<PVOID>(
        rotate(reinterpret_cast<ULONG_PTR>(Pointer) ^ cookie, static_cast<unsigned>(cookie >> 1 & 31) + 1));
}

PVOID NTAPI RtlDecodePointer(PVOID Pointer) {
    const ULONG_PTR cookie = pointer_cookie();
    return reinterpret_cast<PVOID>(
        rotate(reinterpret_cast<ULONG_PTR>(Pointer), 64 - (static_cast<unsigned>(cookie >> 1 & 31) + 1)) ^
        cookie);
}

// The same in all processes: the shared page's cookie.
PVOID NTAPI RtlEncodeSystemPointer(PVOID Pointer) {
    return reinterpret_cast<PVOID>(reinterpret_cast<ULONG_PTR>(Pointer) ^ USER_SHARED_DATA->Cookie);
}

PVOID NTAPI RtlDecodeSystemPointer(PVOID Pointer) {
    return RtlEncodeSystemPointer(Pointer);
}

}  // extern "C"
