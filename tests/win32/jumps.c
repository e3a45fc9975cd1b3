// SPDX-License-Identifier: GPL-3.0-only
// setjmp, signals, what runs at the end of a program.
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include "say.h"

static jmp_buf place;
static volatile int got;

static void deep(int depth) {
    if (depth == 0) longjmp(place, 7);
    deep(depth - 1);
    got++;
}

static void caught(int number) {
    got = number;
    signal(number, SIG_DFL);
}

static void faulted(int number) {
    signal(SIGSEGV, faulted);
    longjmp(place, number);
}

static void first(void) {
    printf("registered first\n");
}
static void second(void) {
    printf("registered second\n");
}

int main(void) {
    volatile int kept = 5;
    int came = setjmp(place);
    if (came == 0) {
        kept = 6;
        deep(10);
    }
    printf("%d %d %d\n", came, kept, got);
    came = setjmp(place);
    if (came == 0) longjmp(place, 0);
    NUM(came);
    NUM(signal(SIGINT, caught) == SIG_DFL);
    NUM(raise(SIGINT));
    NUM(got);
    NUM(signal(SIGTERM, SIG_IGN) == SIG_DFL);
    NUM(raise(SIGTERM));
    NUM(signal(77, caught) == SIG_ERR);
    signal(SIGSEGV, faulted);
    came = setjmp(place);
    if (came == 0) *(volatile int*)0 = 1;
    NUM(came);
    NUM(signal(SIGABRT, caught) == SIG_DFL);
    NUM(raise(SIGABRT));
    NUM(got);
    atexit(first);
    atexit(second);
    exit(300);
}
