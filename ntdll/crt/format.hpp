// SPDX-License-Identifier: GPL-3.0-only
// printf formatting for narrow and wide text: flags, width, precision, d i u o x X p c s C S Z % and the
// sizes h l ll w I64 I32 z. No floating point.
#pragma once

#include <stdarg.h>

#include "ntdll/ntdll.hpp"

namespace crt {

// Formats into at most `limit` characters. Returns the length of the whole text, which may be more than
// `limit`; a terminator is written only if it fits.
SIZE_T format(char* to, SIZE_T limit, const char* text, va_list arguments);
SIZE_T format(WCHAR* to, SIZE_T limit, const WCHAR* text, va_list arguments);

// The rules of _vsnprintf: -1 when it does not fit, and then all `limit` characters are written.
template <typename C>
int format_count(C* to, SIZE_T limit, const C* text, va_list arguments) {
    const SIZE_T size = format(to, limit, text, arguments);
    return size <= limit ? static_cast<int>(size) : -1;
}

}  // namespace crt
