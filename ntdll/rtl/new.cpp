// SPDX-License-Identifier: GPL-3.0-only
// C++ allocation for the toolkit in base/, on the process heap.
#include <new>

#include "ntdll/ntdll.hpp"

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return RtlAllocateHeap(rtl::process_heap(), 0, size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return RtlAllocateHeap(rtl::process_heap(), 0, size);
}
void operator delete(void* data) noexcept {
    RtlFreeHeap(rtl::process_heap(), 0, data);
}
void operator delete(void* data, std::size_t) noexcept {
    RtlFreeHeap(rtl::process_heap(), 0, data);
}
void operator delete[](void* data) noexcept {
    RtlFreeHeap(rtl::process_heap(), 0, data);
}
