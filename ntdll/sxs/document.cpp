// SPDX-License-Identifier: GPL-3.0-only
// The bytes of a manifest as text.
#include "ntdll/sxs/manifest.hpp"

namespace sxs {
namespace {

// Surrogates come in pairs.
bool paired(const WCHAR* text, SIZE_T count) {
    for (SIZE_T i = 0; i < count; ++i) {
        if (text[i] < 0xd800 || text[i] > 0xdfff) continue;
        if (text[i] > 0xdbff || i + 1 == count || text[i + 1] < 0xdc00 || text[i + 1] > 0xdfff) return false;
        ++i;
    }
    return true;
}

NTSTATUS from_utf16(const UCHAR* bytes, SIZE_T size, bool big, Arena& arena, Text& text) {
    if (size % sizeof(WCHAR)) return STATUS_SXS_CANT_GEN_ACTCTX;
    const SIZE_T count = size / sizeof(WCHAR);
    auto* room = arena.make<WCHAR>(count + 1);
    if (!room) return STATUS_NO_MEMORY;
    for (SIZE_T i = 0; i < count; ++i) {
        const UCHAR low = bytes[2 * i + big];
        const UCHAR high = bytes[2 * i + !big];
        room[i] = static_cast<WCHAR>(high << 8 | low);
    }
    if (!paired(room, count)) return STATUS_SXS_CANT_GEN_ACTCTX;
    text = {room, count};
    return STATUS_SUCCESS;
}

NTSTATUS from_utf8(const UCHAR* bytes, SIZE_T size, Arena& arena, Text& text) {
    auto* room = arena.make<WCHAR>(size + 1);
    if (!room) return STATUS_NO_MEMORY;
    ULONG used = 0;
    // A status that says that something was replaced is no good either.
    const NTSTATUS status =
        size ? RtlUTF8ToUnicodeN(room, static_cast<ULONG>(size * sizeof(WCHAR)), &used,
                                 reinterpret_cast<const char*>(bytes), static_cast<ULONG>(size))
             : STATUS_SUCCESS;
    if (status != STATUS_SUCCESS) return STATUS_SXS_CANT_GEN_ACTCTX;
    text = {room, used / sizeof(WCHAR)};
    return STATUS_SUCCESS;
}

}  // namespace

NTSTATUS decode_document(const void* data, SIZE_T size, Arena& arena, Text& text) {
    const auto* bytes = static_cast<const UCHAR*>(data);
    if (size > 0x1000000) return STATUS_SXS_CANT_GEN_ACTCTX;
    if (size >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe) return from_utf16(bytes, size, false, arena, text);
    if (size >= 2 && bytes[0] == 0xfe && bytes[1] == 0xff) return from_utf16(bytes, size, true, arena, text);
    return from_utf8(bytes, size, arena, text);
}

}  // namespace sxs
