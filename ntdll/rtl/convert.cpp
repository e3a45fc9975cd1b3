// SPDX-License-Identifier: GPL-3.0-only
// Conversions between Unicode, the two code pages and UTF-8.
#include "abi/nt/ntnls.h"
#include "ntdll/rtl/codepage.hpp"

namespace rtl {
namespace {

NTSTATUS widen(const CodePage& page, PWSTR to, ULONG room, PULONG written, PCSTR from, ULONG size) {
    const ULONG fitting = room / sizeof(WCHAR) < size ? room / static_cast<ULONG>(sizeof(WCHAR)) : size;
    for (ULONG i = 0; i < fitting; ++i)
        to[i] = page.to_unicode(static_cast<unsigned char>(from[i]));
    if (written) *written = fitting * static_cast<ULONG>(sizeof(WCHAR));
    return STATUS_SUCCESS;
}

NTSTATUS narrow(const CodePage& page, PCHAR to, ULONG room, PULONG written, PCWCH from, ULONG size,
                bool upper) {
    const ULONG count = size / sizeof(WCHAR);
    const ULONG fitting = room < count ? room : count;
    for (ULONG i = 0; i < fitting; ++i) {
        to[i] = page.from_unicode(upper ? RtlUpcaseUnicodeChar(from[i]) : from[i]);
    }
    if (written) *written = fitting;
    return fitting < count ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

NTSTATUS widen(const CodePage& page, PUNICODE_STRING to, const STRING* from, bool allocate) {
    const ULONG bytes = from->Length * static_cast<ULONG>(sizeof(WCHAR));
    const ULONG needed = bytes + sizeof(WCHAR);
    if (needed > 0xffff) return STATUS_INVALID_PARAMETER_2;
    if (allocate) {
        to->Buffer = static_cast<PWSTR>(RtlAllocateHeap(process_heap(), 0, needed));
        if (!to->Buffer) return STATUS_NO_MEMORY;
        to->MaximumLength = static_cast<USHORT>(needed);
    }
    to->Length = static_cast<USHORT>(bytes);  // where it does not fit, what it takes
    if (bytes > to->MaximumLength) return STATUS_BUFFER_OVERFLOW;
    widen(page, to->Buffer, bytes, nullptr, from->Buffer, from->Length);
    if (needed <= to->MaximumLength) to->Buffer[from->Length] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS narrow(const CodePage& page, PSTRING to, PCUNICODE_STRING from, bool allocate, bool upper) {
    const ULONG count = from->Length / sizeof(WCHAR);
    NTSTATUS status = STATUS_SUCCESS;
    if (allocate) {
        to->Buffer = static_cast<PCHAR>(RtlAllocateHeap(process_heap(), 0, count + 1));
        if (!to->Buffer) return STATUS_NO_MEMORY;
        to->MaximumLength = static_cast<USHORT>(count + 1);
    } else if (count >= to->MaximumLength) {
        if (!to->MaximumLength) return STATUS_BUFFER_OVERFLOW;
        status = STATUS_BUFFER_OVERFLOW;
    }
    const ULONG room = to->MaximumLength - 1u;
    ULONG written;
    narrow(page, to->Buffer, room, &written, from->Buffer, from->Length, upper);
    to->Length = static_cast<USHORT>(written);
    to->Buffer[written] = 0;
    return status;
}

constexpr ULONG replacement = 0xfffd;
constexpr ULONG invalid = 0xffffffff;

// The next character of UTF-8 text, `invalid` for a bad sequence (of which one byte is then skipped).
ULONG next_utf8(const unsigned char*& at, const unsigned char* end) {
    const unsigned char lead = *at++;
    if (lead < 0x80) return lead;
    const unsigned more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    constexpr ULONG smallest[] = {0, 0x80, 0x800, 0x10000};
    if (lead < 0xc2 || lead > 0xf4 || static_cast<SIZE_T>(end - at) < more) return invalid;
    ULONG c = lead & (0x3fu >> more);
    for (unsigned i = 0; i < more; ++i) {
        if ((at[i] & 0xc0) != 0x80) return invalid;
        c = c << 6 | (at[i] & 0x3fu);
    }
    if (c < smallest[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return invalid;
    at += more;
    return c;
}

// The next character of UTF-16 text, `invalid` for half a surrogate pair.
ULONG next_utf16(const WCHAR*& at, const WCHAR* end) {
    const ULONG c = *at++;
    if (c < 0xd800 || c >= 0xe000) return c;
    if (c >= 0xdc00 || at == end || *at < 0xdc00 || *at >= 0xe000) return invalid;
    return 0x10000 + ((c - 0xd800) << 10) + (*at++ - 0xdc00u);
}

unsigned encode_utf8(ULONG c, char (&bytes)[4]) {
    if (c < 0x80) {
        bytes[0] = static_cast<char>(c);
        return 1;
    }
    const unsigned count = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (unsigned i = count - 1; i > 0; --i, c >>= 6)
        bytes[i] = static_cast<char>(0x80 | (c & 0x3f));
    bytes[0] = static_cast<char>((0xf00u >> count & 0xf0u) | c);
    return count;
}

}  // namespace
}  // namespace rtl

using rtl::ansi_code_page;
using rtl::oem_code_page;

extern "C" {

WCHAR NTAPI RtlAnsiCharToUnicodeChar(PUCHAR* SourceCharacter) {
    return ansi_code_page.to_unicode(*(*SourceCharacter)++);
}

NTSTATUS NTAPI RtlMultiByteToUnicodeN(PWSTR Destination, ULONG MaximumBytes, PULONG Bytes, PCSTR Source,
                                      ULONG SourceBytes) {
    return rtl::widen(ansi_code_page, Destination, MaximumBytes, Bytes, Source, SourceBytes);
}
NTSTATUS NTAPI RtlOemToUnicodeN(PWSTR Destination, ULONG MaximumBytes, PULONG Bytes, PCSTR Source,
                                ULONG SourceBytes) {
    return rtl::widen(oem_code_page, Destination, MaximumBytes, Bytes, Source, SourceBytes);
}
NTSTATUS NTAPI RtlMultiByteToUnicodeSize(PULONG Bytes, PCSTR, ULONG SourceBytes) {
    *Bytes = SourceBytes * static_cast<ULONG>(sizeof(WCHAR));
    return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlUnicodeToMultiByteN(PCHAR Destination, ULONG MaximumBytes, PULONG Bytes, PCWCH Source,
                                      ULONG SourceBytes) {
    return rtl::narrow(ansi_code_page, Destination, MaximumBytes, Bytes, Source, SourceBytes, false);
}
NTSTATUS NTAPI RtlUpcaseUnicodeToMultiByteN(PCHAR Destination, ULONG MaximumBytes, PULONG Bytes, PCWCH Source,
                                            ULONG SourceBytes) {
    return rtl::narrow(ansi_code_page, Destination, MaximumBytes, Bytes, Source, SourceBytes, true);
}
NTSTATUS NTAPI RtlUnicodeToOemN(PCHAR Destination, ULONG MaximumBytes, PULONG Bytes, PCWCH Source,
                                ULONG SourceBytes) {
    return rtl::narrow(oem_code_page, Destination, MaximumBytes, Bytes, Source, SourceBytes, false);
}
NTSTATUS NTAPI RtlUnicodeToMultiByteSize(PULONG Bytes, PCWCH, ULONG SourceBytes) {
    *Bytes = SourceBytes / sizeof(WCHAR);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING Destination, PCANSI_STRING Source,
                                            BOOLEAN Allocate) {
    return rtl::widen(ansi_code_page, Destination, Source, Allocate);
}
NTSTATUS NTAPI RtlOemStringToUnicodeString(PUNICODE_STRING Destination, PCOEM_STRING Source,
                                           BOOLEAN Allocate) {
    return rtl::widen(oem_code_page, Destination, Source, Allocate);
}
NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING Destination, PCUNICODE_STRING Source,
                                            BOOLEAN Allocate) {
    return rtl::narrow(ansi_code_page, Destination, Source, Allocate, false);
}
NTSTATUS NTAPI RtlUnicodeStringToOemString(POEM_STRING Destination, PCUNICODE_STRING Source,
                                           BOOLEAN Allocate) {
    return rtl::narrow(oem_code_page, Destination, Source, Allocate, false);
}
NTSTATUS NTAPI RtlUpcaseUnicodeStringToOemString(POEM_STRING Destination, PCUNICODE_STRING Source,
                                                 BOOLEAN Allocate) {
    return rtl::narrow(oem_code_page, Destination, Source, Allocate, true);
}
NTSTATUS NTAPI RtlUpcaseUnicodeStringToAnsiString(PANSI_STRING Destination, PCUNICODE_STRING Source,
                                                  BOOLEAN Allocate) {
    return rtl::narrow(ansi_code_page, Destination, Source, Allocate, true);
}
NTSTATUS NTAPI RtlUpcaseUnicodeToOemN(PCHAR Destination, ULONG MaximumBytes, PULONG Bytes, PCWCH Source,
                                      ULONG SourceBytes) {
    return rtl::narrow(oem_code_page, Destination, MaximumBytes, Bytes, Source, SourceBytes, true);
}
NTSTATUS NTAPI RtlUpcaseUnicodeStringToCountedOemString(POEM_STRING Destination, PCUNICODE_STRING Source,
                                                        BOOLEAN Allocate) {
    const auto count = static_cast<USHORT>(Source->Length / sizeof(WCHAR));
    if (Allocate && !count) {
        *Destination = {};
        return STATUS_SUCCESS;
    }
    if (Allocate) {
        Destination->Buffer = static_cast<PCHAR>(RtlAllocateHeap(rtl::process_heap(), 0, count));
        if (!Destination->Buffer) return STATUS_NO_MEMORY;
        Destination->MaximumLength = count;
    } else if (Destination->MaximumLength < count) {
        return STATUS_BUFFER_OVERFLOW;
    }
    Destination->Length = count;
    return rtl::narrow(oem_code_page, Destination->Buffer, count, nullptr, Source->Buffer, Source->Length,
                       true);
}

// Sizes include the terminator.
ULONG NTAPI RtlAnsiStringToUnicodeSize(PCANSI_STRING Source) {
    return (Source->Length + 1u) * static_cast<ULONG>(sizeof(WCHAR));
}
ULONG NTAPI RtlOemStringToUnicodeSize(PCOEM_STRING Source) {
    return (Source->Length + 1u) * static_cast<ULONG>(sizeof(WCHAR));
}
ULONG NTAPI RtlUnicodeStringToAnsiSize(PCUNICODE_STRING Source) {
    return Source->Length / static_cast<ULONG>(sizeof(WCHAR)) + 1;
}
ULONG NTAPI RtlUnicodeStringToOemSize(PCUNICODE_STRING Source) {
    return Source->Length / static_cast<ULONG>(sizeof(WCHAR)) + 1;
}

// Destination null: only measures. STATUS_SOME_NOT_MAPPED: bad sequences became U+FFFD.
NTSTATUS NTAPI RtlUTF8ToUnicodeN(PWSTR Destination, ULONG MaximumBytes, PULONG Bytes, PCSTR Source,
                                 ULONG SourceBytes) {
    const auto* at = reinterpret_cast<const unsigned char*>(Source);
    const unsigned char* end = at + SourceBytes;
    const ULONG room = Destination ? MaximumBytes / static_cast<ULONG>(sizeof(WCHAR)) : MAXULONG;
    NTSTATUS status = STATUS_SUCCESS;
    ULONG used = 0;
    while (at < end) {
        ULONG c = rtl::next_utf8(at, end);
        if (c == rtl::invalid) {
            c = rtl::replacement;
            status = STATUS_SOME_NOT_MAPPED;
        }
        const ULONG size = c < 0x10000 ? 1 : 2;
        if (size > room - used) {
            status = STATUS_BUFFER_TOO_SMALL;
            break;
        }
        if (Destination && size == 1) Destination[used] = static_cast<WCHAR>(c);
        if (Destination && size == 2) {
            Destination[used] = static_cast<WCHAR>(0xd800 + ((c - 0x10000) >> 10));
            Destination[used + 1] = static_cast<WCHAR>(0xdc00 + ((c - 0x10000) & 0x3ff));
        }
        used += size;
    }
    if (Bytes) *Bytes = used * static_cast<ULONG>(sizeof(WCHAR));
    return status;
}

NTSTATUS NTAPI RtlUnicodeToUTF8N(PCHAR Destination, ULONG MaximumBytes, PULONG Bytes, PCWCH Source,
                                 ULONG SourceBytes) {
    const WCHAR* at = Source;
    const WCHAR* end = at + SourceBytes / sizeof(WCHAR);
    const ULONG room = Destination ? MaximumBytes : MAXULONG;
    NTSTATUS status = STATUS_SUCCESS;
    ULONG used = 0;
    while (at < end) {
        ULONG c = rtl::next_utf16(at, end);
        if (c == rtl::invalid) {
            c = rtl::replacement;
            status = STATUS_SOME_NOT_MAPPED;
        }
        char bytes[4];
        const unsigned size = rtl::encode_utf8(c, bytes);
        if (size > room - used) {
            status = STATUS_BUFFER_TOO_SMALL;
            break;
        }
        if (Destination) rtl::copy(Destination + used, bytes, size);
        used += size;
    }
    if (Bytes) *Bytes = used;
    return status;
}

// Looks at byte order marks, zero bytes and control characters; Result narrows and receives the tests that
// held.
BOOLEAN NTAPI RtlIsTextUnicode(const VOID* Buffer, INT Size, PINT Result) {
    constexpr INT statistics = 0x2, controls = 0x4, signature = 0x8, odd_length = 0x200, null_bytes = 0x1000;
    const auto* text = static_cast<const WCHAR*>(Buffer);
    const INT count = Size / static_cast<INT>(sizeof(WCHAR));
    INT found = 0;
    if (Size & 1) found |= odd_length;
    if (count && text[0] == 0xfeff) found |= signature;
    INT ascii = 0;
    for (INT i = 0; i < count; ++i) {
        if (text[i] < 0x80) ++ascii;
        if (text[i] == '\r' || text[i] == '\n' || text[i] == ' ' || text[i] == '\t') found |= controls;
        if (!(text[i] & 0xff) || !(text[i] >> 8)) found |= null_bytes;
    }
    if (count && ascii > count / 2) found |= statistics;
    if (Result) found &= *Result;
    if (Result) *Result = found;
    return (found & odd_length) == 0 && (found & (signature | controls | statistics)) != 0;
}

}  // extern "C"
