// SPDX-License-Identifier: GPL-3.0-only
//
// The functions that the compiler calls by name. There is no C library below the Executive.
#include <stddef.h>
#include <stdint.h>

// At any address.
using Word [[gnu::aligned(1), gnu::may_alias]] = uint64_t;

extern "C" {

void* memcpy(void* to, const void* from, size_t length) {
    void* start = to;
    size_t words = length / 8;
    size_t bytes = length % 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
    return start;
}

void* memmove(void* to, const void* from, size_t length) {
    if (reinterpret_cast<uintptr_t>(to) - reinterpret_cast<uintptr_t>(from) >= length)
        return memcpy(to, from, length);
    // From the end, for the target lies behind the source and they overlap; with the direction flag clear,
    // which no interrupt's handler needs to expect otherwise.
    auto* target = static_cast<uint8_t*>(to);
    const auto* source = static_cast<const uint8_t*>(from);
    while (length % 8 != 0) {
        --length;
        target[length] = static_cast<const volatile uint8_t*>(source)[length];
    }
    auto* words = static_cast<volatile Word*>(to);
    const auto* from_words = static_cast<const volatile Word*>(from);
    size_t left = length / 8;
    for (; left % 4 != 0; --left)
        words[left - 1] = from_words[left - 1];
    for (; left > 0; left -= 4) {
        uint64_t last = from_words[left - 1];
        uint64_t third = from_words[left - 2];
        uint64_t second = from_words[left - 3];
        uint64_t first = from_words[left - 4];
        words[left - 1] = last;
        words[left - 2] = third;
        words[left - 3] = second;
        words[left - 4] = first;
    }
    return to;
}

void* memset(void* to, int value, size_t length) {
    void* start = to;
    uint64_t pattern = 0x0101010101010101u * static_cast<uint8_t>(value);
    // Whole pages are filled all the time: half as many instructions as by words.
    using Block [[gnu::vector_size(16), gnu::aligned(1), gnu::may_alias]] = uint64_t;
    constexpr size_t kTogether = 32;
    const Block filled = {pattern, pattern};
    for (; length >= kTogether * sizeof filled; length -= kTogether * sizeof filled) {
        auto* blocks = static_cast<volatile Block*>(to);
#pragma clang loop unroll(full)
        for (size_t i = 0; i < kTogether; ++i)
            blocks[i] = filled;
        to = const_cast<Block*>(blocks) + kTogether;
    }
    size_t words = length / 8;
    size_t bytes = length % 8;
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(pattern) : "memory");
    return start;
}

int memcmp(const void* a, const void* b, size_t length) {
    const auto* left = static_cast<const uint8_t*>(a);
    const auto* right = static_cast<const uint8_t*>(b);
    for (size_t i = 0; i < length; ++i)
        if (left[i] != right[i]) return left[i] - right[i];
    return 0;
}

const void* memchr(const void* text, int value, size_t length) {
    const auto* bytes = static_cast<const uint8_t*>(text);
    for (size_t i = 0; i < length; ++i)
        if (bytes[i] == static_cast<uint8_t>(value)) return bytes + i;
    return nullptr;
}

size_t strlen(const char* text) {
    size_t length = 0;
    while (text[length])
        ++length;
    return length;
}
}
