// SPDX-License-Identifier: GPL-3.0-only
// The C names of the string functions.
#include "abi/nt/ntcrt_more.h"
#include "ntdll/crt/classify.hpp"
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
    return crt::is(c, crt::ClassDigit);
}
int isupper(int c) {
    return crt::is(c, crt::ClassUpper);
}
int islower(int c) {
    return crt::is(c, crt::ClassLower);
}
int isalpha(int c) {
    return crt::is(c, crt::class_letter);
}
int isalnum(int c) {
    return crt::is(c, crt::class_letter | crt::ClassDigit);
}
int isspace(int c) {
    return crt::is(c, crt::ClassSpace);
}
int isxdigit(int c) {
    return crt::is(c, crt::ClassHex);
}
int isprint(int c) {
    return crt::is(c, crt::class_graphic | crt::ClassBlank);
}
int isgraph(int c) {
    return crt::is(c, crt::class_graphic);
}
int ispunct(int c) {
    return crt::is(c, crt::ClassPunctuation);
}
int iscntrl(int c) {
    return crt::is(c, crt::ClassControl);
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
        *p = towlower(*p);
    return s;
}
WCHAR* _wcsupr(WCHAR* s) {
    for (WCHAR* p = s; *p; ++p)
        *p = towupper(*p);
    return s;
}
WCHAR towlower(WCHAR c) {
    return static_cast<WCHAR>(crt::lower(c));
}
WCHAR towupper(WCHAR c) {
    return static_cast<WCHAR>(crt::upper(c));
}
int iswctype(WCHAR c, USHORT mask) {
    return crt::wide_class(c) & mask;
}
int iswdigit(WCHAR c) {
    return iswctype(c, crt::ClassDigit);
}
int iswlower(WCHAR c) {
    return iswctype(c, crt::ClassLower);
}
int iswspace(WCHAR c) {
    return iswctype(c, crt::ClassSpace);
}
int iswxdigit(WCHAR c) {
    return iswctype(c, crt::ClassHex);
}
int iswalpha(WCHAR c) {
    return iswctype(c, crt::class_letter);
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
