// SPDX-License-Identifier: GPL-3.0-only
// runtime: ucrt
// Heaps of Windows, of the C library, and the memory functions of old.
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include "say.h"

static void of_windows(void) {
    HANDLE heap = MADE(HeapCreate(0, 0, 0)), small = MADE(HeapCreate(0, 0x1000, 0x8000));
    unsigned char *block = HeapAlloc(heap, HEAP_ZERO_MEMORY, 100), *bigger;
    PROCESS_HEAP_ENTRY entry = {.lpData = NULL};
    int sum = 0, blocks = 0;
    NUM(HeapSize(heap, 0, block));
    for (int i = 0; i < 100; i++)
        sum |= block[i];
    memset(block, 7, 100);
    bigger = HeapReAlloc(heap, HEAP_ZERO_MEMORY, block, 5000);
    for (int i = 0; i < 5000; i++)
        sum += bigger[i];
    NUM(sum);
    NUM((uintptr_t)bigger % 16);
    YES(HeapReAlloc(heap, HEAP_REALLOC_IN_PLACE_ONLY, bigger, 4000) == bigger);
    NUM(HeapSize(heap, 0, bigger));
    YES(HeapReAlloc(heap, HEAP_REALLOC_IN_PLACE_ONLY, bigger, 0x1000000) != NULL);
    YES(HeapValidate(heap, 0, bigger));
    YES(HeapValidate(heap, 0, NULL));
    YES(HeapLock(heap));
    while (HeapWalk(heap, &entry))
        if (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) blocks++;
    NUM(blocks >= 1);
    YES(HeapUnlock(heap));
    YES(HeapFree(heap, 0, bigger));
    YES(HeapFree(heap, 0, NULL));
    MADE(HeapAlloc(small, 0, 0x10000));
    MADE(HeapAlloc(heap, 0, 0x7fffffffffffffff));
    block = MADE(HeapAlloc(heap, 0, 0x2000000));
    NUM(HeapSize(heap, 0, block));
    NUM(HeapSize(heap, 0, HeapAlloc(heap, 0, 0)));
    YES(HeapDestroy(heap));
    YES(HeapDestroy(small));
    NUM(GetProcessHeaps(0, NULL) >= 1);
}

static void of_the_library(void) {
    char *block = malloc(10), *same;
    NUM(_msize(block));
    same = realloc(block, 3000);
    NUM(_msize(same));
    NUM(_expand(same, 100) == same);
    free(same);
    NUM(calloc(0x4000000000000000, 8) == NULL);
    block = calloc(3, 7);
    NUM(_msize(block));
    NUM(block[20]);
    free(block);
    NUM(realloc(malloc(5), 0) == NULL);
    block = _aligned_malloc(100, 256);
    NUM((uintptr_t)block % 256);
    block = _aligned_realloc(block, 1000, 512);
    NUM((uintptr_t)block % 512);
    _aligned_free(block);
    block = _aligned_offset_malloc(64, 32, 5);
    NUM(((uintptr_t)block + 5) % 32);
    _aligned_free(block);
    NUM(_heapchk() == _HEAPOK);
}

static void of_old(void) {
    HGLOBAL movable = MADE(GlobalAlloc(GMEM_MOVEABLE | GMEM_ZEROINIT, 100)),
            fixed = MADE(GlobalAlloc(GMEM_FIXED, 10));
    char* at = GlobalLock(movable);
    NUM(GlobalFlags(movable) & GMEM_LOCKCOUNT);
    NUM(GlobalHandle(at) == movable);
    strcpy(at, "text");
    YES(GlobalUnlock(movable));
    NUM(GetLastError());
    YES(GlobalUnlock(movable));
    movable = MADE(GlobalReAlloc(movable, 5000, GMEM_MOVEABLE | GMEM_ZEROINIT));
    at = GlobalLock(movable);
    STR(at);
    NUM(at[4999]);
    GlobalUnlock(movable);
    NUM(GlobalSize(movable) >= 5000);
    NUM(GlobalLock(fixed) == fixed);
    NUM(GlobalFree(movable) == NULL);
    NUM(GlobalFree(fixed) == NULL);
    movable = MADE(LocalAlloc(LHND, 10));
    NUM(LocalSize(movable));
    NUM(LocalFree(movable) == NULL);
}

int main(void) {
    of_windows();
    of_the_library();
    of_old();
    return 0;
}
