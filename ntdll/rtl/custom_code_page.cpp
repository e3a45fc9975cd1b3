// SPDX-License-Identifier: GPL-3.0-only
// Conversions with a code page of the caller's own, whose table RtlInitCodePageTable has read, and those to
// the OEM code page in upper case.
#include "abi/nt/ntnls.h"
#include "ntdll/ntdll.hpp"

namespace {

constexpr ULONG wide = sizeof(WCHAR);

// How many bytes of the source the next character takes; its value.
ULONG next(const CPTABLEINFO& page, const UCHAR* at, const UCHAR* end, WCHAR& c) {
    const USHORT offset = page.DBCSCodePage && page.DBCSOffsets ? page.DBCSOffsets[*at] : 0;
    if (!offset) {
        c = static_cast<WCHAR>(page.MultiByteTable[*at]);
        return 1;
    }
    // A lead byte that ends the text stands for nothing.
    c = end - at > 1 ? static_cast<WCHAR>(page.DBCSOffsets[offset + at[1]]) : u'\0';
    return end - at > 1 ? 2 : 1;
}

NTSTATUS narrow(const CPTABLEINFO& page, PCHAR to, ULONG room, PULONG written, PCWCH from, ULONG bytes,
                bool upper) {
    const ULONG count = bytes / wide;
    ULONG done = 0, used = 0;
    for (; done < count; ++done) {
        const WCHAR c = upper ? RtlUpcaseUnicodeChar(from[done]) : from[done];
        if (!page.DBCSCodePage) {
            if (used == room) break;
            to[used++] = static_cast<const char*>(page.WideCharTable)[c];
            continue;
        }
        const USHORT value = static_cast<const USHORT*>(page.WideCharTable)[c];
        const ULONG size = value >> 8 ? 2 : 1;
        if (size > room - used) break;
        if (size == 2) to[used++] = static_cast<char>(value >> 8);
        to[used++] = static_cast<char>(value);
    }
    if (written) *written = used;
    return done < count ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlCustomCPToUnicodeN(PCPTABLEINFO CustomCP, PWSTR Destination, ULONG MaximumBytes,
                                     PULONG Bytes, PCSTR Source, ULONG SourceBytes) {
    const auto* at = reinterpret_cast<const UCHAR*>(Source);
    const UCHAR* const end = at + SourceBytes;
    ULONG used = 0;
    while (at < end && used < MaximumBytes / wide)
        at += next(*CustomCP, at, end, Destination[used++]);
    if (Bytes) *Bytes = used * wide;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeToCustomCPN(PCPTABLEINFO CustomCP, PCHAR Destination, ULONG MaximumBytes,
                                     PULONG Bytes, PCWCH Source, ULONG SourceBytes) {
    return narrow(*CustomCP, Destination, MaximumBytes, Bytes, Source, SourceBytes, false);
}

NTSTATUS NTAPI RtlUpcaseUnicodeToCustomCPN(PCPTABLEINFO CustomCP, PCHAR Destination, ULONG MaximumBytes,
                                           PULONG Bytes, PCWCH Source, ULONG SourceBytes) {
    return narrow(*CustomCP, Destination, MaximumBytes, Bytes, Source, SourceBytes, true);
}

}  // extern "C"
