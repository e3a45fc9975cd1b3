// SPDX-License-Identifier: GPL-3.0-only
// Small atomic helpers of the locks.
#pragma once

#include "ntdll/ntdll.hpp"

namespace rtl {

inline ULONG load(volatile ULONG& word) {
    return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
}
inline ULONG64 load(volatile ULONG64& word) {
    return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
}
// Replaces `expected` by `wanted`; otherwise `expected` becomes what is there.
template <typename T>
bool swap_if(volatile T& word, T& expected, T wanted) {
    return __atomic_compare_exchange_n(&word, &expected, wanted, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
// Sleeps while `size` bytes at `address` are as `expected`, until a wake-up of `key`, which need not be the
// address.
NTSTATUS wait_for_change(const volatile void* key, const volatile void* address, const void* expected,
                         SIZE_T size, const LARGE_INTEGER* timeout);

// Set when the process ends and all other threads are gone: whoever waits now waits for a dead thread. Such a
// wait ends the process with `status`, as NT does.
struct Exit {
    volatile bool alone;
    NTSTATUS status;
};
extern Exit process_exit;
// The process ends with this status, and all other threads are gone.
void be_alone(NTSTATUS status);

inline void pause() {
    __builtin_ia32_pause();
}
inline HANDLE this_thread() {
    return teb()->ClientId.UniqueThread;
}

}  // namespace rtl
