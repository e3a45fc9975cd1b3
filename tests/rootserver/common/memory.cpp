// SPDX-License-Identifier: GPL-3.0-only
// The four functions that compilers call by name.
#include <cstddef>

extern "C" {

void* memcpy(void* target, const void* source, std::size_t size) {
    auto* to = static_cast<volatile char*>(target);
    const auto* from = static_cast<const char*>(source);
    for (std::size_t i = 0; i < size; ++i)
        to[i] = from[i];
    return target;
}

void* memmove(void* target, const void* source, std::size_t size) {
    auto* to = static_cast<volatile char*>(target);
    const auto* from = static_cast<const volatile char*>(source);
    if (to < from) return memcpy(target, source, size);
    for (std::size_t i = size; i > 0; --i)
        to[i - 1] = from[i - 1];
    return target;
}

void* memset(void* target, int value, std::size_t size) {
    auto* to = static_cast<volatile char*>(target);
    for (std::size_t i = 0; i < size; ++i)
        to[i] = static_cast<char>(value);
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
