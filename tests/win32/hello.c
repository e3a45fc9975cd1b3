// SPDX-License-Identifier: GPL-3.0-only
// Text on both standard streams, and an exit code.
#include <stdio.h>

int main(void) {
    printf("hello, %s %d %.2f\n", "world", 42, 2.5);
    fprintf(stderr, "and to standard error\n");
    return 7;
}
