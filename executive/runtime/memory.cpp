// SPDX-License-Identifier: GPL-3.0-only
//
// The functions that the compiler calls by name. There is no C library below the Executive.
#include <stddef.h>
#include <stdint.h>

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
    auto* target = static_cast<volatile uint8_t*>(to);
    const auto* source = static_cast<const uint8_t*>(from);
    while (length-- > 0)
        target[length] = source[length];
    return to;
}

void* memset(void* to, int value, size_t length) {
    void* start = to;
    uint64_t pattern = 0x0101010101010101u * static_cast<uint8_t>(value);
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
