// SPDX-License-Identifier: GPL-3.0-only
// The C names of the string functions.
#include "abi/nt/ntcrt.h"
#include "ntdll/crt/format.hpp"
#include "ntdll/crt/text.hpp"

extern "C" {

size_t strlen(const char* s) {
    return crt::length(s);
}
size_t strnlen(const char* s, size_t limit) {
    return crt::length(s, limit);
}
char* strcpy(char* to, const char* from) {
    return crt::copy(to, from);
}
char* strncpy(char* to, const char* from, size_t limit) {
    return crt::copy(to, from, limit);
}
char* strcat(char* to, const char* from) {
    return crt::append(to, from);
}
char* strncat(char* to, const char* from, size_t limit) {
    return crt::append(to, from, limit);
}
int strcmp(const char* a, const char* b) {
    return crt::compare(a, b);
}
int strncmp(const char* a, const char* b, size_t limit) {
    return crt::compare(a, b, limit);
}
int _stricmp(const char* a, const char* b) {
    return crt::compare_folded(a, b);
}
int _strnicmp(const char* a, const char* b, size_t limit) {
    return crt::compare_folded(a, b, limit);
}
char* strchr(const char* s, int c) {
    return crt::find(s, static_cast<char>(c));
}
char* strrchr(const char* s, int c) {
    return crt::find_last(s, static_cast<char>(c));
}
char* strstr(const char* s, const char* part) {
    return crt::find_text(s, part);
}
char* strpbrk(const char* s, const char* set) {
    return crt::find_any(s, set);
}
size_t strspn(const char* s, const char* set) {
    return crt::span(s, set, true);
}
size_t strcspn(const char* s, const char* set) {
    return crt::span(s, set, false);
}
char* _strlwr(char* s) {
    for (char* p = s; *p; ++p)
        *p = static_cast<char>(crt::lower(crt::code(*p)));
    return s;
}
char* _strupr(char* s) {
    for (char* p = s; *p; ++p)
        *p = static_cast<char>(crt::upper(crt::code(*p)));
    return s;
}

int isdigit(int c) {
    return c >= '0' && c <= '9';
}
int isupper(int c) {
    return c >= 'A' && c <= 'Z';
}
int islower(int c) {
    return c >= 'a' && c <= 'z';
}
int isalpha(int c) {
    return isupper(c) || islower(c);
}
int isalnum(int c) {
    return isalpha(c) || isdigit(c);
}
int isspace(int c) {
    return crt::space(c);
}
int isxdigit(int c) {
    return crt::digit(c) < 16;
}
int isprint(int c) {
    return c >= ' ' && c < 0x7f;
}
int isgraph(int c) {
    return c > ' ' && c < 0x7f;
}
int ispunct(int c) {
    return isgraph(c) && !isalnum(c);
}
int iscntrl(int c) {
    return (c >= 0 && c < ' ') || c == 0x7f;
}
int tolower(int c) {
    return crt::lower(c);
}
int toupper(int c) {
    return crt::upper(c);
}

int _vsnprintf(char* to, size_t limit, const char* format, va_list arguments) {
    return crt::format_count(to, limit, format, arguments);
}
int _snprintf(char* to, size_t limit, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int size = crt::format_count(to, limit, format, arguments);
    va_end(arguments);
    return size;
}
int vsprintf(char* to, const char* format, va_list arguments) {
    return crt::format_count(to, 0x7fffffff, format, arguments);
}
int sprintf(char* to, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int size = crt::format_count(to, 0x7fffffff, format, arguments);
    va_end(arguments);
    return size;
}

}  // extern "C"

size_t wcslen(const WCHAR* s) {
    return crt::length(s);
}
size_t wcsnlen(const WCHAR* s, size_t limit) {
    return crt::length(s, limit);
}
WCHAR* wcscpy(WCHAR* to, const WCHAR* from) {
    return crt::copy(to, from);
}
WCHAR* wcsncpy(WCHAR* to, const WCHAR* from, size_t limit) {
    return crt::copy(to, from, limit);
}
WCHAR* wcscat(WCHAR* to, const WCHAR* from) {
    return crt::append(to, from);
}
WCHAR* wcsncat(WCHAR* to, const WCHAR* from, size_t limit) {
    return crt::append(to, from, limit);
}
int wcscmp(const WCHAR* a, const WCHAR* b) {
    return crt::compare(a, b);
}
int wcsncmp(const WCHAR* a, const WCHAR* b, size_t limit) {
    return crt::compare(a, b, limit);
}
int _wcsicmp(const WCHAR* a, const WCHAR* b) {
    return crt::compare_folded(a, b);
}
int _wcsnicmp(const WCHAR* a, const WCHAR* b, size_t limit) {
    return crt::compare_folded(a, b, limit);
}
WCHAR* wcschr(const WCHAR* s, WCHAR c) {
    return crt::find(s, c);
}
WCHAR* wcsrchr(const WCHAR* s, WCHAR c) {
    return crt::find_last(s, c);
}
WCHAR* wcsstr(const WCHAR* s, const WCHAR* part) {
    return crt::find_text(s, part);
}
WCHAR* wcspbrk(const WCHAR* s, const WCHAR* set) {
    return crt::find_any(s, set);
}
size_t wcsspn(const WCHAR* s, const WCHAR* set) {
    return crt::span(s, set, true);
}
size_t wcscspn(const WCHAR* s, const WCHAR* set) {
    return crt::span(s, set, false);
}
WCHAR* _wcslwr(WCHAR* s) {
    for (WCHAR* p = s; *p; ++p)
        *p = RtlDowncaseUnicodeChar(*p);
    return s;
}
WCHAR* _wcsupr(WCHAR* s) {
    for (WCHAR* p = s; *p; ++p)
        *p = RtlUpcaseUnicodeChar(*p);
    return s;
}
WCHAR towlower(WCHAR c) {
    return RtlDowncaseUnicodeChar(c);
}
WCHAR towupper(WCHAR c) {
    return RtlUpcaseUnicodeChar(c);
}
int iswdigit(WCHAR c) {
    return isdigit(c);
}
int iswspace(WCHAR c) {
    return crt::space(c) || c == 0xa0;
}
int iswxdigit(WCHAR c) {
    return c < 0x80 && isxdigit(c);
}
int iswalpha(WCHAR c) {
    return c < 0x80 ? isalpha(c) : RtlUpcaseUnicodeChar(c) != c || RtlDowncaseUnicodeChar(c) != c;
}
// The character classes of the C run-time: upper 1, lower 2, digit 4, space 8, punctuation 0x10, control
// 0x20, blank 0x40, hex 0x80, alpha 0x100.
int iswctype(WCHAR c, USHORT mask) {
    USHORT kind = 0;
    if (RtlDowncaseUnicodeChar(c) != c) kind |= 0x101;
    if (RtlUpcaseUnicodeChar(c) != c) kind |= 0x102;
    if (isdigit(c)) kind |= 0x04;
    if (iswspace(c)) kind |= 0x08;
    if (c < 0x80 && ispunct(c)) kind |= 0x10;
    if (iscntrl(c)) kind |= 0x20;
    if (c == ' ' || c == '\t') kind |= 0x40;
    if (iswxdigit(c)) kind |= 0x80;
    return kind & mask;
}

int _vsnwprintf(WCHAR* to, size_t limit, const WCHAR* format, va_list arguments) {
    return crt::format_count(to, limit, format, arguments);
}
int _snwprintf(WCHAR* to, size_t limit, const WCHAR* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int size = crt::format_count(to, limit, format, arguments);
    va_end(arguments);
    return size;
}
int swprintf(WCHAR* to, const WCHAR* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int size = crt::format_count(to, 0x7fffffff, format, arguments);
    va_end(arguments);
    return size;
}
