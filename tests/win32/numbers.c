// SPDX-License-Identifier: GPL-3.0-only
// Mathematics of the C libraries, floating-point control, random numbers, interlocked operations.
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include "say.h"

int main(void) {
    int exponent;
    double whole;
    SLIST_HEADER* list = _aligned_malloc(sizeof(SLIST_HEADER), 16);
    SLIST_ENTRY* entries = _aligned_malloc(3 * sizeof(SLIST_ENTRY), 16);
    LONG value = 5;
    LONGLONG big = 1ll << 40;
    printf("%.10g %.10g %.10g %.10g\n", sin(1), cos(1), tan(1), atan2(1, -1));
    printf("%.10g %.10g %.10g %.10g\n", exp(1), log(10), log10(1000), pow(2, 0.5));
    printf("%.10g %.10g %.10g\n", sinh(1), cosh(1), tanh(1));
    printf("%g %g %g %g\n", floor(-2.5), ceil(-2.5), fabs(-2.5), fmod(-7.5, 2));
    printf("%g %g\n", frexp(40, &exponent), ldexp(0.75, 4));
    NUM(exponent);
    printf("%g %g\n", modf(-3.25, &whole), whole);
    printf("%g %g %g\n", sqrt(2.25), hypot(3, 4), cbrt(27));
    NUM(_isnan(sqrt(-1)) != 0);
    NUM(_finite(1.0 / 3) && !_finite(HUGE_VAL));
    printf("%g %g\n", _copysign(3, -1), _nextafter(1, 2) - 1);
    printf("%g %g %g\n", trunc(-2.7), round(2.5), rint(2.5));
    HEX(_controlfp(0, 0) & (_MCW_RC | _MCW_EM));
    _controlfp(_RC_UP, _MCW_RC);
    printf("%.20g\n", rint(0.1));
    _controlfp(_RC_NEAR, _MCW_RC);
    NUM(abs(-5) + labs(-5) + _abs64(-5));
    NUM(div(-7, 2).rem);
    srand(1);
    printf("%d %d %d\n", rand(), rand(), rand());
    NUM(_rotl(0x80000001, 1));
    HEX(_byteswap_ulong(0x12345678));
    NUM(InterlockedIncrement(&value));
    NUM(InterlockedExchangeAdd(&value, 10));
    NUM(InterlockedCompareExchange(&value, 1, 16));
    NUM(InterlockedAnd(&value, 3));
    NUM(InterlockedExchangeAdd64(&big, 1) == 1ll << 40);
    NUM(MulDiv(1000000, 3000000, 7));
    NUM(MulDiv(1, 1, 0));
    InitializeSListHead(list);
    for (int i = 0; i < 3; i++)
        NUM(InterlockedPushEntrySList(list, &entries[i]) == (i ? &entries[i - 1] : NULL));
    NUM(QueryDepthSList(list));
    NUM(InterlockedPopEntrySList(list) == &entries[2]);
    NUM(InterlockedFlushSList(list) == &entries[1]);
    NUM(InterlockedPopEntrySList(list) == NULL);
    return 0;
}
