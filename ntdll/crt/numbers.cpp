// SPDX-License-Identifier: GPL-3.0-only
// The C names of the number conversions, sorting and searching.
#include "abi/nt/ntcrt.h"
#include "ntdll/crt/sort.hpp"
#include "ntdll/crt/text.hpp"

namespace {

template <typename C>
LONG signed_long(const C* s, C** end, int base) {
    const auto number = crt::parse_number(s, static_cast<unsigned>(base), 0xffffffffull);
    if (end) *end = const_cast<C*>(number.end);
    const ULONGLONG limit = number.negative ? 0x80000000ull : 0x7fffffffull;
    if (number.overflow || number.magnitude > limit) return number.negative ? -MAXLONG - 1 : MAXLONG;
    return static_cast<LONG>(number.negative ? 0 - number.magnitude : number.magnitude);
}

template <typename C>
ULONG unsigned_long(const C* s, C** end, int base) {
    const auto number = crt::parse_number(s, static_cast<unsigned>(base), 0xffffffffull);
    if (end) *end = const_cast<C*>(number.end);
    if (number.overflow) return MAXULONG;
    return static_cast<ULONG>(number.negative ? 0 - number.magnitude : number.magnitude);
}

template <typename C>
LONGLONG decimal64(const C* s) {
    const auto number = crt::parse_number(s, 10, ~0ull);
    return static_cast<LONGLONG>(number.negative ? 0 - number.magnitude : number.magnitude);
}

// Only base 10 shows a sign, as the C run-time has it.
template <typename C>
C* print_signed(LONGLONG value, ULONGLONG pattern, C* to, int base) {
    const bool negative = base == 10 && value < 0;
    return crt::print_number(negative ? 0 - static_cast<ULONGLONG>(value) : pattern, to,
                             static_cast<unsigned>(base), negative);
}

}  // namespace

extern "C" {

LONG strtol(const char* s, char** end, int base) {
    return signed_long(s, end, base);
}
ULONG strtoul(const char* s, char** end, int base) {
    return unsigned_long(s, end, base);
}
int abs(int value) {
    return value < 0 ? -value : value;
}
int atoi(const char* s) {
    return static_cast<int>(decimal64(s));
}
LONGLONG _atoi64(const char* s) {
    return decimal64(s);
}
char* _itoa(int value, char* to, int base) {
    return print_signed(value, static_cast<ULONG>(value), to, base);
}
char* _ultoa(ULONG value, char* to, int base) {
    return crt::print_number(value, to, static_cast<unsigned>(base));
}
char* _i64toa(LONGLONG value, char* to, int base) {
    return print_signed(value, static_cast<ULONGLONG>(value), to, base);
}
char* _ui64toa(ULONGLONG value, char* to, int base) {
    return crt::print_number(value, to, static_cast<unsigned>(base));
}

void qsort(void* base, size_t count, size_t size, int (*compare)(const void*, const void*)) {
    crt::heap_sort(static_cast<char*>(base), count, size, compare);
}
void* bsearch(const void* key, const void* base, size_t count, size_t size,
              int (*compare)(const void*, const void*)) {
    return crt::binary_search(key, static_cast<const char*>(base), count, size, compare);
}

}  // extern "C"

LONG wcstol(const WCHAR* s, WCHAR** end, int base) {
    return signed_long(s, end, base);
}
ULONG wcstoul(const WCHAR* s, WCHAR** end, int base) {
    return unsigned_long(s, end, base);
}
int _wtoi(const WCHAR* s) {
    return static_cast<int>(decimal64(s));
}
LONGLONG _wtoi64(const WCHAR* s) {
    return decimal64(s);
}
WCHAR* _itow(int value, WCHAR* to, int base) {
    return print_signed(value, static_cast<ULONG>(value), to, base);
}
WCHAR* _ultow(ULONG value, WCHAR* to, int base) {
    return crt::print_number(value, to, static_cast<unsigned>(base));
}
WCHAR* _i64tow(LONGLONG value, WCHAR* to, int base) {
    return print_signed(value, static_cast<ULONGLONG>(value), to, base);
}
WCHAR* _ui64tow(ULONGLONG value, WCHAR* to, int base) {
    return crt::print_number(value, to, static_cast<unsigned>(base));
}
