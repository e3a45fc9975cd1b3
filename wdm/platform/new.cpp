// SPDX-License-Identifier: GPL-3.0-only
//
// operator new for the containers of base/.
#include <new>

#include "wdm/platform/platform.hpp"

void* operator new(size_t size, const std::nothrow_t&) noexcept {
    return platform::allocate(size);
}

void* operator new[](size_t size, const std::nothrow_t&) noexcept {
    return platform::allocate(size);
}

void operator delete(void* block) noexcept {
    if (block != nullptr) platform::release(block);
}

void operator delete[](void* block) noexcept {
    if (block != nullptr) platform::release(block);
}

void operator delete(void* block, size_t) noexcept {
    if (block != nullptr) platform::release(block);
}

void operator delete[](void* block, size_t) noexcept {
    if (block != nullptr) platform::release(block);
}
