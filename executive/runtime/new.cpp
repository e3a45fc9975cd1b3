// SPDX-License-Identifier: GPL-3.0-only
//
// Allocation never throws here: only the forms that may answer null exist.
#include <new>

#include "executive/mm/heap.hpp"

void* operator new(size_t size, const std::nothrow_t&) noexcept {
    return mm::heap_allocate(size);
}
void* operator new[](size_t size, const std::nothrow_t&) noexcept {
    return mm::heap_allocate(size);
}
void operator delete(void* pointer) noexcept {
    mm::heap_free(pointer);
}
void operator delete[](void* pointer) noexcept {
    mm::heap_free(pointer);
}
void operator delete(void* pointer, size_t) noexcept {
    mm::heap_free(pointer);
}
void operator delete[](void* pointer, size_t) noexcept {
    mm::heap_free(pointer);
}
