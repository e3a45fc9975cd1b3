// SPDX-License-Identifier: GPL-3.0-only
// The four functions that compilers call by name. The string instructions are what today's CPUs do best.
#include <cstddef>
#include <cstdint>

extern "C" {

void* memcpy(void* target, const void* source, std::size_t size) {
    void* to = target;
    std::size_t words = size / 8;
    size %= 8;
    asm volatile("rep movsq" : "+D"(to), "+S"(source), "+c"(words) : : "memory");
    asm volatile("rep movsb" : "+D"(to), "+S"(source), "+c"(size) : : "memory");
    return target;
}

void* memmove(void* target, const void* source, std::size_t size) {
    if (reinterpret_cast<std::uintptr_t>(target) - reinterpret_cast<std::uintptr_t>(source) >= size) {
        return memcpy(target, source, size);
    }
    auto* to = static_cast<unsigned char*>(target) + size - 1;
    auto* from = static_cast<const unsigned char*>(source) + size - 1;
    asm volatile("std; rep movsb; cld" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
    return target;
}

void* memset(void* target, int value, std::size_t size) {
    void* to = target;
    const std::uint64_t pattern = 0x0101010101010101 * static_cast<unsigned char>(value);
    std::size_t words = size / 8;
    size %= 8;
    asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
    asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(pattern) : "memory");
    return target;
}

int memcmp(const void* left, const void* right, std::size_t size) {
    const auto* a = static_cast<const unsigned char*>(left);
    const auto* b = static_cast<const unsigned char*>(right);
    for (std::size_t i = 0; i < size; ++i) {
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}
}
