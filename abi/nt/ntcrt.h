// SPDX-License-Identifier: GPL-3.0-only
// The C library functions ntdll.dll exports, beyond those of <string.h>. Wide strings are WCHAR (char16_t):
// in C++ the wide functions are overloads beside those of <wchar.h>, under the same exported names.
#pragma once

#include <stdarg.h>
#include <string.h>

#include "abi/nt/ntdef.h"

#ifdef __cplusplus
#define NT_CRT(name) __asm__(#name)
#else
#define NT_CRT(name)
#endif

NT_BEGIN_C

size_t strnlen(const char* s, size_t limit);
int _stricmp(const char* a, const char* b);
int _strnicmp(const char* a, const char* b, size_t limit);
char* _strlwr(char* s);
char* _strupr(char* s);
int isalpha(int c);
int isdigit(int c);
int isalnum(int c);
int isspace(int c);
int isupper(int c);
int islower(int c);
int isxdigit(int c);
int isprint(int c);
int ispunct(int c);
int iscntrl(int c);
int isgraph(int c);
int tolower(int c);
int toupper(int c);
int abs(int value);
int atoi(const char* s);
LONGLONG _atoi64(const char* s);
LONG strtol(const char* s, char** end, int base);
ULONG strtoul(const char* s, char** end, int base);
char* _itoa(int value, char* to, int base);
char* _ultoa(ULONG value, char* to, int base);
char* _i64toa(LONGLONG value, char* to, int base);
char* _ui64toa(ULONGLONG value, char* to, int base);
// %s is narrow in the narrow functions and wide in the wide ones, %S the other; %wZ is a UNICODE_STRING, %Z a
// STRING. _snprintf writes no terminator when the text fills the buffer, and returns -1 when it does not fit.
int _snprintf(char* to, size_t limit, const char* format, ...);
int _vsnprintf(char* to, size_t limit, const char* format, va_list arguments);
int sprintf(char* to, const char* format, ...);
int vsprintf(char* to, const char* format, va_list arguments);
void qsort(void* base, size_t count, size_t size, int (*compare)(const void*, const void*));
void* bsearch(const void* key, const void* base, size_t count, size_t size,
              int (*compare)(const void*, const void*));

NT_END_C

size_t wcslen(const WCHAR* s) NT_CRT(wcslen);
size_t wcsnlen(const WCHAR* s, size_t limit) NT_CRT(wcsnlen);
WCHAR* wcscpy(WCHAR* to, const WCHAR* from) NT_CRT(wcscpy);
WCHAR* wcsncpy(WCHAR* to, const WCHAR* from, size_t limit) NT_CRT(wcsncpy);
WCHAR* wcscat(WCHAR* to, const WCHAR* from) NT_CRT(wcscat);
WCHAR* wcsncat(WCHAR* to, const WCHAR* from, size_t limit) NT_CRT(wcsncat);
int wcscmp(const WCHAR* a, const WCHAR* b) NT_CRT(wcscmp);
int wcsncmp(const WCHAR* a, const WCHAR* b, size_t limit) NT_CRT(wcsncmp);
int _wcsicmp(const WCHAR* a, const WCHAR* b) NT_CRT(_wcsicmp);
int _wcsnicmp(const WCHAR* a, const WCHAR* b, size_t limit) NT_CRT(_wcsnicmp);
WCHAR* wcschr(const WCHAR* s, WCHAR c) NT_CRT(wcschr);
WCHAR* wcsrchr(const WCHAR* s, WCHAR c) NT_CRT(wcsrchr);
WCHAR* wcsstr(const WCHAR* s, const WCHAR* part) NT_CRT(wcsstr);
WCHAR* wcspbrk(const WCHAR* s, const WCHAR* set) NT_CRT(wcspbrk);
size_t wcsspn(const WCHAR* s, const WCHAR* set) NT_CRT(wcsspn);
size_t wcscspn(const WCHAR* s, const WCHAR* set) NT_CRT(wcscspn);
WCHAR* _wcslwr(WCHAR* s) NT_CRT(_wcslwr);
WCHAR* _wcsupr(WCHAR* s) NT_CRT(_wcsupr);
WCHAR towlower(WCHAR c) NT_CRT(towlower);
WCHAR towupper(WCHAR c) NT_CRT(towupper);
int iswalpha(WCHAR c) NT_CRT(iswalpha);
int iswdigit(WCHAR c) NT_CRT(iswdigit);
int iswspace(WCHAR c) NT_CRT(iswspace);
int iswxdigit(WCHAR c) NT_CRT(iswxdigit);
int iswctype(WCHAR c, USHORT mask) NT_CRT(iswctype);
LONG wcstol(const WCHAR* s, WCHAR** end, int base) NT_CRT(wcstol);
ULONG wcstoul(const WCHAR* s, WCHAR** end, int base) NT_CRT(wcstoul);
int _wtoi(const WCHAR* s) NT_CRT(_wtoi);
LONGLONG _wtoi64(const WCHAR* s) NT_CRT(_wtoi64);
WCHAR* _itow(int value, WCHAR* to, int base) NT_CRT(_itow);
WCHAR* _ultow(ULONG value, WCHAR* to, int base) NT_CRT(_ultow);
WCHAR* _i64tow(LONGLONG value, WCHAR* to, int base) NT_CRT(_i64tow);
WCHAR* _ui64tow(ULONGLONG value, WCHAR* to, int base) NT_CRT(_ui64tow);
int _snwprintf(WCHAR* to, size_t limit, const WCHAR* format, ...) NT_CRT(_snwprintf);
int _vsnwprintf(WCHAR* to, size_t limit, const WCHAR* format, va_list arguments) NT_CRT(_vsnwprintf);
int swprintf(WCHAR* to, const WCHAR* format, ...) NT_CRT(swprintf);
