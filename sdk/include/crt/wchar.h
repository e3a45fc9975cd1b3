// SPDX-License-Identifier: GPL-3.0-only
//
// The part of <wchar.h> that libc++'s headers name; wide text goes through NT's own Rtl functions.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int mbstate_t;
typedef int wint_t;
struct tm;
#define WEOF (-1)

size_t wcslen(const wchar_t* text);
wchar_t* wcschr(const wchar_t* in, wchar_t value);
wchar_t* wcsrchr(const wchar_t* in, wchar_t value);
wchar_t* wcspbrk(const wchar_t* in, const wchar_t* any);
wchar_t* wcsstr(const wchar_t* in, const wchar_t* what);
wchar_t* wmemchr(const wchar_t* in, wchar_t value, size_t count);
int wmemcmp(const wchar_t* left, const wchar_t* right, size_t count);
wchar_t* wmemcpy(wchar_t* to, const wchar_t* from, size_t count);
wchar_t* wmemmove(wchar_t* to, const wchar_t* from, size_t count);
wchar_t* wmemset(wchar_t* to, wchar_t value, size_t count);

#ifdef __cplusplus
}
#endif
