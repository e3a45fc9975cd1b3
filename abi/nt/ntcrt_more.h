// SPDX-License-Identifier: GPL-3.0-only
// More of the C library of ntdll.dll. The functions ending in _s know their target's size in characters and
// leave it terminated; what fails returns an errno (22, 34, 80 for truncated) or -1.
#pragma once

#include "abi/nt/ntcrt.h"

NT_BEGIN_C

LONG atol(const char* s);
char* _ltoa(LONG value, char* to, int base);
int sscanf(const char* text, const char* format, ...);
int _snprintf_s(char* to, size_t size, size_t count, const char* format, ...);
int _vsnprintf_s(char* to, size_t size, size_t count, const char* format, va_list arguments);
int sprintf_s(char* to, size_t size, const char* format, ...);
int vsprintf_s(char* to, size_t size, const char* format, va_list arguments);
int strcpy_s(char* to, size_t size, const char* from);
int strncpy_s(char* to, size_t size, const char* from, size_t count);
int strcat_s(char* to, size_t size, const char* from);
int strncat_s(char* to, size_t size, const char* from, size_t count);
int _memicmp(const void* a, const void* b, size_t size);

NT_END_C

LONG _wtol(const WCHAR* s) NT_CRT(_wtol);
WCHAR* _ltow(LONG value, WCHAR* to, int base) NT_CRT(_ltow);
int iswlower(WCHAR c) NT_CRT(iswlower);
int _snwprintf_s(WCHAR* to, size_t size, size_t count, const WCHAR* format, ...) NT_CRT(_snwprintf_s);
int _vsnwprintf_s(WCHAR* to, size_t size, size_t count, const WCHAR* format, va_list arguments)
    NT_CRT(_vsnwprintf_s);
int swprintf_s(WCHAR* to, size_t size, const WCHAR* format, ...) NT_CRT(swprintf_s);
int vswprintf_s(WCHAR* to, size_t size, const WCHAR* format, va_list arguments) NT_CRT(vswprintf_s);
int wcscpy_s(WCHAR* to, size_t size, const WCHAR* from) NT_CRT(wcscpy_s);
int wcsncpy_s(WCHAR* to, size_t size, const WCHAR* from, size_t count) NT_CRT(wcsncpy_s);
int wcscat_s(WCHAR* to, size_t size, const WCHAR* from) NT_CRT(wcscat_s);
int wcsncat_s(WCHAR* to, size_t size, const WCHAR* from, size_t count) NT_CRT(wcsncat_s);
