// SPDX-License-Identifier: GPL-3.0-only
// What every part of ntdll starts from: the native API's types, the services, and a few shared tools.
// ntdll has no allocator below its own heap and no constructors; all state is in static, zero-filled objects.
#pragma once

#include "abi/nt/neptune.h"
#include "abi/nt/nt.h"
#include "abi/nt/ntldr.h"
#include "abi/nt/ntrtl.h"
#include "nt/services.h"

namespace rtl {

inline PTEB teb() {
    return NtCurrentTeb();
}
inline PPEB peb() {
    return NtCurrentTeb()->ProcessEnvironmentBlock;
}
inline PVOID process_heap() {
    return peb()->ProcessHeap;
}

inline void copy(void* to, const void* from, SIZE_T size) {
    __builtin_memcpy(to, from, size);
}
inline void move(void* to, const void* from, SIZE_T size) {
    __builtin_memmove(to, from, size);
}
inline void zero(void* at, SIZE_T size) {
    __builtin_memset(at, 0, size);
}

inline SIZE_T length(const WCHAR* text) {
    SIZE_T count = 0;
    while (text[count])
        ++count;
    return count;
}
inline SIZE_T length(const char* text) {
    SIZE_T count = 0;
    while (text[count])
        ++count;
    return count;
}

// The smallest multiple of `unit` (a power of two) not below `value`; wraps at the end of the address space.
constexpr ULONG_PTR round_up(ULONG_PTR value, ULONG_PTR unit) {
    return (value + unit - 1) & ~(unit - 1);
}
constexpr ULONG_PTR round_down(ULONG_PTR value, ULONG_PTR unit) {
    return value & ~(unit - 1);
}

template <typename T>
T* at(void* base, SIZE_T offset) {
    return reinterpret_cast<T*>(static_cast<char*>(base) + offset);
}

// Holds a critical section for a scope.
class Guard {
public:
    explicit Guard(RTL_CRITICAL_SECTION& section) : section_(section) { RtlEnterCriticalSection(&section_); }
    ~Guard() { RtlLeaveCriticalSection(&section_); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

private:
    RTL_CRITICAL_SECTION& section_;
};

// Holds a slim lock exclusively for a scope.
class ExclusiveGuard {
public:
    explicit ExclusiveGuard(RTL_SRWLOCK& lock) : lock_(lock) { RtlAcquireSRWLockExclusive(&lock_); }
    ~ExclusiveGuard() { RtlReleaseSRWLockExclusive(&lock_); }
    ExclusiveGuard(const ExclusiveGuard&) = delete;
    ExclusiveGuard& operator=(const ExclusiveGuard&) = delete;

private:
    RTL_SRWLOCK& lock_;
};

class SharedGuard {
public:
    explicit SharedGuard(RTL_SRWLOCK& lock) : lock_(lock) { RtlAcquireSRWLockShared(&lock_); }
    ~SharedGuard() { RtlReleaseSRWLockShared(&lock_); }
    SharedGuard(const SharedGuard&) = delete;
    SharedGuard& operator=(const SharedGuard&) = delete;

private:
    RTL_SRWLOCK& lock_;
};

}  // namespace rtl
