// SPDX-License-Identifier: GPL-3.0-only
// The C library functions ntdll.dll exports. Wide strings are WCHAR (char16_t), whatever wchar_t is.
#pragma once

#include <stdarg.h>

#include "abi/nt/ntdef.h"

NT_BEGIN_C

void* memcpy(void* to, const void* from, size_t size);
void* memmove(void* to, const void* from, size_t size);
void* memset(void* to, int value, size_t size);
int memcmp(const void* a, const void* b, size_t size);
void* memchr(const void* at, int value, size_t size);

size_t strlen(const char* s);
size_t strnlen(const char* s, size_t limit);
char* strcpy(char* to, const char* from);
char* strncpy(char* to, const char* from, size_t limit);
char* strcat(char* to, const char* from);
char* strncat(char* to, const char* from, size_t limit);
int strcmp(const char* a, const char* b);
int strncmp(const char* a, const char* b, size_t limit);
int _stricmp(const char* a, const char* b);
int _strnicmp(const char* a, const char* b, size_t limit);
char* strchr(const char* s, int c);
char* strrchr(const char* s, int c);
char* strstr(const char* s, const char* part);
char* strpbrk(const char* s, const char* set);
size_t strspn(const char* s, const char* set);
size_t strcspn(const char* s, const char* set);
char* _strlwr(char* s);
char* _strupr(char* s);

size_t wcslen(const WCHAR* s);
size_t wcsnlen(const WCHAR* s, size_t limit);
WCHAR* wcscpy(WCHAR* to, const WCHAR* from);
WCHAR* wcsncpy(WCHAR* to, const WCHAR* from, size_t limit);
WCHAR* wcscat(WCHAR* to, const WCHAR* from);
WCHAR* wcsncat(WCHAR* to, const WCHAR* from, size_t limit);
int wcscmp(const WCHAR* a, const WCHAR* b);
int wcsncmp(const WCHAR* a, const WCHAR* b, size_t limit);
int _wcsicmp(const WCHAR* a, const WCHAR* b);
int _wcsnicmp(const WCHAR* a, const WCHAR* b, size_t limit);
WCHAR* wcschr(const WCHAR* s, WCHAR c);
WCHAR* wcsrchr(const WCHAR* s, WCHAR c);
WCHAR* wcsstr(const WCHAR* s, const WCHAR* part);
WCHAR* wcspbrk(const WCHAR* s, const WCHAR* set);
size_t wcsspn(const WCHAR* s, const WCHAR* set);
size_t wcscspn(const WCHAR* s, const WCHAR* set);
WCHAR* _wcslwr(WCHAR* s);
WCHAR* _wcsupr(WCHAR* s);

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
WCHAR towlower(WCHAR c);
WCHAR towupper(WCHAR c);
int iswalpha(WCHAR c);
int iswdigit(WCHAR c);
int iswspace(WCHAR c);
int iswxdigit(WCHAR c);
int iswctype(WCHAR c, USHORT mask);

int abs(int value);
int atoi(const char* s);
LONGLONG _atoi64(const char* s);
LONG strtol(const char* s, char** end, int base);
ULONG strtoul(const char* s, char** end, int base);
LONG wcstol(const WCHAR* s, WCHAR** end, int base);
ULONG wcstoul(const WCHAR* s, WCHAR** end, int base);
int _wtoi(const WCHAR* s);
LONGLONG _wtoi64(const WCHAR* s);
char* _itoa(int value, char* to, int base);
char* _ultoa(ULONG value, char* to, int base);
char* _i64toa(LONGLONG value, char* to, int base);
char* _ui64toa(ULONGLONG value, char* to, int base);
WCHAR* _itow(int value, WCHAR* to, int base);
WCHAR* _ultow(ULONG value, WCHAR* to, int base);
WCHAR* _i64tow(LONGLONG value, WCHAR* to, int base);
WCHAR* _ui64tow(ULONGLONG value, WCHAR* to, int base);

// %s is narrow in the narrow functions and wide in the wide ones; %S the other; %wZ a UNICODE_STRING, %Z a
// STRING. _snprintf writes no terminator when the text fills the buffer, and returns -1 when it does not fit.
int _snprintf(char* to, size_t limit, const char* format, ...);
int _vsnprintf(char* to, size_t limit, const char* format, va_list arguments);
int sprintf(char* to, const char* format, ...);
int vsprintf(char* to, const char* format, va_list arguments);
int _snwprintf(WCHAR* to, size_t limit, const WCHAR* format, ...);
int _vsnwprintf(WCHAR* to, size_t limit, const WCHAR* format, va_list arguments);
int swprintf(WCHAR* to, const WCHAR* format, ...);

void qsort(void* base, size_t count, size_t size, int (*compare)(const void*, const void*));
void* bsearch(const void* key, const void* base, size_t count, size_t size,
              int (*compare)(const void*, const void*));

NT_END_C
