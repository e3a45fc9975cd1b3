// SPDX-License-Identifier: GPL-3.0-only
// The printf family of each C library, and scanf's.
#define __USE_MINGW_ANSI_STDIO 0
#pragma GCC diagnostic ignored "-Wformat"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <wchar.h>
#include "say.h"

int main(void) {
    char text[64], word[16];
    wchar_t wide[64];
    int a = 0, b = 0, count;
    double d = 0;
    long long big = 0;
    printf("[%d] [%5d] [%-5d] [%05d] [%+d] [% d] [%x] [%#X] [%o] [%u]\n", -7, 42, 42, 42, 42, 42, 255, 255, 8,
           -1);
    printf("[%hd] [%ld] [%I64d] [%I64x] [%lld] [%Iu]\n", 70000, 100000L, 1ll << 40, ~0ll, -1ll << 40,
           (size_t)77);
    printf("[%.3d] [%8.3d] [%-8.3d] [%.0d]\n", 5, 5, 5, 0);
    printf("[%f] [%.0f] [%#.0f] [%10.2f] [%-10.2f] [%+.1f]\n", 3.14159, 2.5, 3.0, 2.345, 2.345, 0.05);
    printf("[%e] [%.2E] [%g] [%g] [%G] [%#g]\n", 12345.678, 0.00012, 0.0001, 1e10, 1e-10, 1.0);
    printf("[%g] [%g] [%g] [%.17g]\n", 100000.0, 1000000.0, 123456789.0, 0.1);
    printf("[%a]\n", 1.5);
    printf("[%s] [%10s] [%-10s] [%.2s] [%c%c] [%%] [%s]\n", "text", "right", "left", "cut", 'a', 98,
           (char*)NULL);
    printf("[%ls] [%S] [%hs] [%lc] [%C]\n", L"wide", L"also", "narrow", L'w', L'x');
    printf("[%*d] [%-*d] [%.*f]\n", 6, 1, 6, 2, 2, 3.14159);
    printf("[%p] [%p]\n", (void*)0x1234abcd, (void*)0);
    NUM(snprintf(text, 5, "%s", "longer"));
    STR(text);
    NUM(_snprintf(text, 5, "%s", "short"));
    printf("%.5s\n", text);
    NUM(_snprintf(text, 5, "%s", "longer than that"));
    NUM(_scprintf("%d %s", 12345, "abc"));
    NUM(_snwprintf(wide, 64, L"%s %S %d", L"wide", "narrow", 5));
    WSTR(wide);
    count = sscanf("12 0x1f word 3.5 77", "%d %x %s %lf %I64d", &a, &b, word, &d, &big);
    printf("%d: %d %d %s %g %d\n", count, a, b, word, d, (int)big);
    count = sscanf("abc123,x", "%[a-z]%d%*c%c", word, &a, text);
    printf("%d: %s %d %c\n", count, word, a, text[0]);
    count = sscanf("12", "%1d%1d%d", &a, &b, &a);
    printf("%d: %d %d\n", count, a, b);
    NUM(sscanf("", "%d", &a));
    NUM(sscanf("x", "%d", &a));
    NUM(sscanf("5%", "%d%%%n", &a, &b));
    NUM(b);
    NUM(swscanf(L"17 drei", L"%d %ls", &a, wide));
    WSTR(wide);
    NUM(strtol("  -0x7fz", NULL, 0));
    NUM(strtol("99999999999", NULL, 10));
    NUM(errno == ERANGE);
    NUM(strtoul("-1", NULL, 10));
    NUM(_strtoi64("9223372036854775808", NULL, 10));
    NUM(_atoi64("-123456789012"));
    printf("%g %g %g %g\n", atof("1e3x"), strtod("  .5", NULL), strtod("1e400", NULL) == HUGE_VAL ? 1.0 : 0.0,
           atof("-"));
    STR(_itoa(-255, text, 16));
    STR(_itoa(-255, text, 10));
    STR(_i64toa(1ll << 40, text, 36));
    STR(_ultoa(4000000000u, text, 2));
    STR(_gcvt(1234.5678, 6, text));
    STR(_ecvt(3.14159, 4, &a, &b));
    NUM(a);
    STR(_fcvt(3.14159, 2, &a, &b));
    return 0;
}
