// SPDX-License-Identifier: GPL-3.0-only
// The C string functions, once for narrow and wide characters. crt/exports.cpp gives them their C names.
#pragma once

#include "ntdll/ntdll.hpp"

namespace crt {

template <typename C>
struct Unsigned;
template <>
struct Unsigned<char> {
    using Type = unsigned char;
};
template <>
struct Unsigned<WCHAR> {
    using Type = USHORT;
};
template <typename C>
constexpr int code(C c) {
    return static_cast<typename Unsigned<C>::Type>(c);
}

constexpr int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}
constexpr int upper(int c) {
    return c >= 'a' && c <= 'z' ? c - 32 : c;
}
constexpr bool space(int c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
// The value of a digit in any base up to 36, or 255.
constexpr unsigned digit(int c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    const int l = lower(c);
    return l >= 'a' && l <= 'z' ? static_cast<unsigned>(l - 'a' + 10) : 255;
}

template <typename C>
SIZE_T length(const C* s, SIZE_T limit = ~static_cast<SIZE_T>(0)) {
    SIZE_T count = 0;
    while (count < limit && s[count])
        ++count;
    return count;
}

template <typename C>
C* copy(C* to, const C* from) {
    C* at = to;
    while ((*at++ = *from++)) {
    }
    return to;
}

// strncpy: pads with zeros, and leaves no terminator when `from` is `limit` long or longer.
template <typename C>
C* copy(C* to, const C* from, SIZE_T limit) {
    SIZE_T i = 0;
    for (; i < limit && from[i]; ++i)
        to[i] = from[i];
    for (; i < limit; ++i)
        to[i] = 0;
    return to;
}

template <typename C>
C* append(C* to, const C* from, SIZE_T limit = ~static_cast<SIZE_T>(0)) {
    C* at = to + length(to);
    for (; limit && *from; --limit)
        *at++ = *from++;
    *at = 0;
    return to;
}

template <typename C>
int compare(const C* a, const C* b, SIZE_T limit = ~static_cast<SIZE_T>(0)) {
    for (; limit; --limit, ++a, ++b) {
        if (*a != *b) return code(*a) < code(*b) ? -1 : 1;
        if (!*a) break;
    }
    return 0;
}

template <typename C>
int compare_folded(const C* a, const C* b, SIZE_T limit = ~static_cast<SIZE_T>(0)) {
    for (; limit; --limit, ++a, ++b) {
        const int x = lower(code(*a));
        const int y = lower(code(*b));
        if (x != y) return x - y;
        if (!x) break;
    }
    return 0;
}

template <typename C>
C* find(const C* s, C c) {
    for (;; ++s) {
        if (*s == c) return const_cast<C*>(s);
        if (!*s) return nullptr;
    }
}

template <typename C>
C* find_last(const C* s, C c) {
    const C* found = nullptr;
    for (;; ++s) {
        if (*s == c) found = s;
        if (!*s) return const_cast<C*>(found);
    }
}

template <typename C>
C* find_text(const C* s, const C* part) {
    const SIZE_T size = length(part);
    for (;; ++s) {
        if (compare(s, part, size) == 0) return const_cast<C*>(s);
        if (!*s) return nullptr;
    }
}

// How many leading characters are in `set` (inside true) or are not.
template <typename C>
SIZE_T span(const C* s, const C* set, bool inside) {
    SIZE_T count = 0;
    while (s[count] && (find(set, s[count]) != nullptr) == inside)
        ++count;
    return count;
}

template <typename C>
C* find_any(const C* s, const C* set) {
    s += span(s, set, false);
    return *s ? const_cast<C*>(s) : nullptr;
}

template <typename C>
struct Number {
    ULONGLONG magnitude;
    bool negative;
    bool overflow;
    const C* end;  // where the digits stop; the start of the text when there are none
};

// White space, a sign, a base prefix, digits. base 0 means: by the prefix.
template <typename C>
Number<C> parse_number(const C* s, unsigned base, ULONGLONG limit) {
    Number<C> result = {0, false, false, s};
    const C* at = s;
    while (space(code(*at)))
        ++at;
    if (*at == '-' || *at == '+') result.negative = *at++ == '-';
    if ((base == 0 || base == 16) && *at == '0' && lower(code(at[1])) == 'x' && digit(code(at[2])) < 16) {
        at += 2;
        base = 16;
    }
    if (base == 0) base = *at == '0' ? 8 : 10;
    for (; digit(code(*at)) < base; result.end = ++at) {
        const unsigned value = digit(code(*at));
        if (result.magnitude > (limit - value) / base) {
            result.overflow = true;
        } else {
            result.magnitude = result.magnitude * base + value;
        }
    }
    return result;
}

// The digits of `value` into `to`, terminated; returns `to`. base 2 to 36.
template <typename C>
C* print_number(ULONGLONG value, C* to, unsigned base, bool negative = false) {
    C reversed[65];
    unsigned count = 0;
    do {
        const unsigned d = static_cast<unsigned>(value % base);
        reversed[count++] = static_cast<C>(d < 10 ? '0' + d : 'a' + d - 10);
        value /= base;
    } while (value);
    C* at = to;
    if (negative) *at++ = '-';
    while (count)
        *at++ = reversed[--count];
    *at = 0;
    return to;
}

}  // namespace crt
