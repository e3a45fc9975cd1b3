// SPDX-License-Identifier: GPL-3.0-only
// The memory functions the compiler itself calls. 16 bytes at a time, unaligned.
#include "abi/nt/ntcrt.h"

namespace {

typedef long long Block __attribute__((vector_size(16), aligned(1), may_alias));
constexpr size_t block = sizeof(Block);

Block load(const char* at) {
    return *reinterpret_cast<const Block*>(at);
}
void store(char* at, Block value) {
    *reinterpret_cast<Block*>(at) = value;
}

// As many at once as make the loop around them cost little. Each is loaded before the next is stored, for a
// copy to a lower address that overlaps.
constexpr size_t together = 16 * block;

void copy_together(char* to, const char* from) {
#pragma clang loop unroll(full)
    for (size_t i = 0; i < together; i += block)
        store(to + i, load(from + i));
}
void fill_together(char* to, Block value) {
#pragma clang loop unroll(full)
    for (size_t i = 0; i < together; i += block)
        store(to + i, value);
}

}  // namespace

extern "C" {

void* memcpy(void* to, const void* from, size_t size) {
    return memmove(to, from, size);
}

void* memmove(void* to, const void* from, size_t size) {
    char* t = static_cast<char*>(to);
    const char* f = static_cast<const char*>(from);
    if (static_cast<size_t>(t - f) >= size) {
        for (; size >= together; size -= together, t += together, f += together)
            copy_together(t, f);
        for (; size >= block; size -= block, t += block, f += block)
            store(t, load(f));
        while (size--)
            *t++ = *f++;
    } else {
        t += size;
        f += size;
        for (; size >= block; size -= block)
            store(t -= block, load(f -= block));
        while (size--)
            *--t = *--f;
    }
    return to;
}

void* memset(void* to, int value, size_t size) {
    char* t = static_cast<char*>(to);
    const long long word = static_cast<long long>(0x0101010101010101ull * static_cast<unsigned char>(value));
    const Block filled = {word, word};
    for (; size >= together; size -= together, t += together)
        fill_together(t, filled);
    for (; size >= block; size -= block, t += block)
        store(t, filled);
    while (size--)
        *t++ = static_cast<char>(value);
    return to;
}

int memcmp(const void* a, const void* b, size_t size) {
    const unsigned char* x = static_cast<const unsigned char*>(a);
    const unsigned char* y = static_cast<const unsigned char*>(b);
    for (; size; --size, ++x, ++y) {
        if (*x != *y) return *x < *y ? -1 : 1;
    }
    return 0;
}

void* memchr(const void* at, int value, size_t size) {
    const unsigned char* p = static_cast<const unsigned char*>(at);
    for (; size; --size, ++p) {
        if (*p == static_cast<unsigned char>(value)) return const_cast<unsigned char*>(p);
    }
    return nullptr;
}

}  // extern "C"
