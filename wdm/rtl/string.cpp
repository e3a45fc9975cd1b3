// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/rtl/string.hpp"

#include "wdm/platform/platform.hpp"

namespace rtl {
namespace {

WCHAR upper(WCHAR c) {
    return c >= u'a' && c <= u'z' ? static_cast<WCHAR>(c - 32) : c;
}

}  // namespace

bool duplicate(const UNICODE_STRING& source, UNICODE_STRING& copy) {
    return concatenate(source, {}, copy);
}

bool concatenate(const UNICODE_STRING& first, const UNICODE_STRING& second, UNICODE_STRING& result) {
    result = {};
    SIZE_T length = SIZE_T{first.Length} + second.Length;
    if (length + sizeof(WCHAR) > UNICODE_STRING_MAX_BYTES) return false;
    auto* memory = static_cast<UCHAR*>(platform::allocate(length + sizeof(WCHAR)));
    if (memory == nullptr) return false;
    if (first.Length != 0) __builtin_memcpy(memory, first.Buffer, first.Length);
    if (second.Length != 0) __builtin_memcpy(memory + first.Length, second.Buffer, second.Length);
    memory[length] = memory[length + 1] = 0;
    result = {static_cast<USHORT>(length), static_cast<USHORT>(length + sizeof(WCHAR)),
              reinterpret_cast<PWSTR>(memory)};
    return true;
}

void free(UNICODE_STRING& string) {
    if (string.Buffer != nullptr) platform::release(string.Buffer);
    string = {};
}

bool equal_ignoring_case(const UNICODE_STRING& a, const UNICODE_STRING& b) {
    if (a.Length != b.Length) return false;
    for (USHORT i = 0; i < a.Length / sizeof(WCHAR); i++)
        if (upper(a.Buffer[i]) != upper(b.Buffer[i])) return false;
    return true;
}

}  // namespace rtl
