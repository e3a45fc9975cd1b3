// SPDX-License-Identifier: GPL-3.0-only
// What the toolkit in base/ asks of a program: allocation, here on the process heap, and an end for what
// cannot be.
#include <new>

#include "base/assert.hpp"
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

// How the standard library says that what may not be was asked for, without exceptions.
namespace std::inline __1 {

[[noreturn]] void __libcpp_verbose_abort(const char*, ...) {
    RtlRaiseStatus(STATUS_ASSERTION_FAILURE);
    __builtin_trap();
}

}  // namespace std::inline __1

namespace base {

void assertion_failed(const char*, const char*, int) {
    RtlRaiseStatus(STATUS_ASSERTION_FAILURE);
    __builtin_trap();
}

}  // namespace base
