// SPDX-License-Identifier: GPL-3.0-only
// The functions that know the size of their target. ntdll has no invalid parameter handler: an error empties
// the target.
#pragma once

#include <stdarg.h>

#include "ntdll/crt/format.hpp"
#include "ntdll/crt/text.hpp"

namespace crt {

constexpr int error_invalid = 22;    // EINVAL
constexpr int error_range = 34;      // ERANGE
constexpr int error_truncated = 80;  // STRUNCATE
constexpr SIZE_T truncate = ~static_cast<SIZE_T>(0);

// _snprintf_s: at most `count` characters, or as many as fit with _TRUNCATE, and a terminator. -1 when that
// was not all; and with an emptied target when `count` allows what has no room.
template <typename C>
int format_secure(C* to, SIZE_T size, SIZE_T count, const C* text, va_list arguments) {
    if (!to || !size || !text) return -1;
    const SIZE_T room = count < size ? count + 1 : size;
    const SIZE_T length = format(to, room, text, arguments);
    if (length < room) return static_cast<int>(length);
    to[count < size || count == truncate ? room - 1 : 0] = 0;
    return -1;
}

// strcpy_s, strncpy_s, strcat_s, strncat_s: appends at `used` of `size`.
template <typename C>
int append_secure(C* to, SIZE_T size, SIZE_T used, const C* from, SIZE_T limit) {
    if (!to || !size) return error_invalid;
    if (!from && limit) {
        to[0] = 0;
        return error_invalid;
    }
    // No terminator within the target.
    if (used >= size) {
        to[0] = 0;
        return error_invalid;
    }
    const SIZE_T room = size - used;
    const SIZE_T length = limit ? crt::length(from, limit < room ? limit : room) : 0;
    if (length < room) {
        rtl::copy(to + used, from, length * sizeof(C));
        to[used + length] = 0;
        return 0;
    }
    if (limit == truncate) {
        rtl::copy(to + used, from, (room - 1) * sizeof(C));
        to[size - 1] = 0;
        return error_truncated;
    }
    to[0] = 0;
    return error_range;
}

}  // namespace crt
