// SPDX-License-Identifier: GPL-3.0-only
// The C names of scanning, of the functions that know their target's size, and of some conversions.
#include "abi/nt/ntcrt_more.h"
#include "ntdll/crt/scan.hpp"
#include "ntdll/crt/secure.hpp"

namespace {

constexpr SIZE_T all = ~static_cast<SIZE_T>(0) - 1;

template <typename C>
LONG decimal(const C* s) {
    const auto number = crt::parse_number(s, 10, ~0ull);
    return static_cast<LONG>(number.negative ? 0 - number.magnitude : number.magnitude);
}
template <typename C>
C* print(LONG value, C* to, int base) {
    const bool negative = base == 10 && value < 0;
    const ULONG pattern = static_cast<ULONG>(value);
    return crt::print_number(negative ? 0 - pattern : pattern, to, static_cast<unsigned>(base), negative);
}

}  // namespace

extern "C" {

LONG atol(const char* s) {
    return decimal(s);
}
char* _ltoa(LONG value, char* to, int base) {
    return print(value, to, base);
}
int sscanf(const char* text, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int count = crt::scan(text, format, arguments);
    va_end(arguments);
    return count;
}
int _vsnprintf_s(char* to, size_t size, size_t count, const char* format, va_list arguments) {
    return crt::format_secure(to, size, count, format, arguments);
}
int _snprintf_s(char* to, size_t size, size_t count, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int result = crt::format_secure(to, size, count, format, arguments);
    va_end(arguments);
    return result;
}
int vsprintf_s(char* to, size_t size, const char* format, va_list arguments) {
    return crt::format_secure(to, size, all, format, arguments);
}
int sprintf_s(char* to, size_t size, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int result = crt::format_secure(to, size, all, format, arguments);
    va_end(arguments);
    return result;
}
int strcpy_s(char* to, size_t size, const char* from) {
    return crt::append_secure(to, size, 0, from, all);
}
int strncpy_s(char* to, size_t size, const char* from, size_t count) {
    return crt::append_secure(to, size, 0, from, count);
}
int strcat_s(char* to, size_t size, const char* from) {
    return crt::append_secure(to, size, to ? crt::length(to, size) : 0, from, all);
}
int strncat_s(char* to, size_t size, const char* from, size_t count) {
    return crt::append_secure(to, size, to ? crt::length(to, size) : 0, from, count);
}
int _memicmp(const void* a, const void* b, size_t size) {
    const auto* x = static_cast<const unsigned char*>(a);
    const auto* y = static_cast<const unsigned char*>(b);
    for (; size; --size, ++x, ++y) {
        if (const int difference = crt::lower(*x) - crt::lower(*y)) return difference;
    }
    return 0;
}

}  // extern "C"

LONG _wtol(const WCHAR* s) {
    return decimal(s);
}
WCHAR* _ltow(LONG value, WCHAR* to, int base) {
    return print(value, to, base);
}
int _vsnwprintf_s(WCHAR* to, size_t size, size_t count, const WCHAR* format, va_list arguments) {
    return crt::format_secure(to, size, count, format, arguments);
}
int _snwprintf_s(WCHAR* to, size_t size, size_t count, const WCHAR* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int result = crt::format_secure(to, size, count, format, arguments);
    va_end(arguments);
    return result;
}
int vswprintf_s(WCHAR* to, size_t size, const WCHAR* format, va_list arguments) {
    return crt::format_secure(to, size, all, format, arguments);
}
int swprintf_s(WCHAR* to, size_t size, const WCHAR* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int result = crt::format_secure(to, size, all, format, arguments);
    va_end(arguments);
    return result;
}
int wcscpy_s(WCHAR* to, size_t size, const WCHAR* from) {
    return crt::append_secure(to, size, 0, from, all);
}
int wcsncpy_s(WCHAR* to, size_t size, const WCHAR* from, size_t count) {
    return crt::append_secure(to, size, 0, from, count);
}
int wcscat_s(WCHAR* to, size_t size, const WCHAR* from) {
    return crt::append_secure(to, size, to ? crt::length(to, size) : 0, from, all);
}
int wcsncat_s(WCHAR* to, size_t size, const WCHAR* from, size_t count) {
    return crt::append_secure(to, size, to ? crt::length(to, size) : 0, from, count);
}
