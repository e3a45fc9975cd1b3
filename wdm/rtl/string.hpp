// SPDX-License-Identifier: GPL-3.0-only
//
// Counted UTF-16 strings as the runtime itself needs them. Lengths given are in characters.
#pragma once

#include "abi/nt/ntdef.h"

namespace rtl {

inline UNICODE_STRING string_of(const WCHAR* text, SIZE_T length) {
    auto bytes = static_cast<USHORT>(length * sizeof(WCHAR));
    return {bytes, bytes, const_cast<PWSTR>(text)};
}

// Copies to new memory, terminated; false when there is none. `copy` is empty then.
bool duplicate(const UNICODE_STRING& source, UNICODE_STRING& copy);
bool concatenate(const UNICODE_STRING& first, const UNICODE_STRING& second, UNICODE_STRING& result);
void free(UNICODE_STRING& string);
// Case is ignored for the letters that device names use (ASCII).
bool equal_ignoring_case(const UNICODE_STRING& a, const UNICODE_STRING& b);

}  // namespace rtl
