// SPDX-License-Identifier: GPL-3.0-only
// Critical sections. LockCount counts threads that hold or want the section; LockSemaphore holds the
// hand-over token that a leaving thread leaves for one waiter, so ownership passes in order and the fast path
// is one instruction.
#include "ntdll/rtl/sync.hpp"

namespace rtl {
namespace {

volatile ULONG& token(RTL_CRITICAL_SECTION* section) {
    return *reinterpret_cast<volatile ULONG*>(&section->LockSemaphore);
}

void take_ownership(RTL_CRITICAL_SECTION* section) {
    section->OwningThread = this_thread();
    section->RecursionCount = 1;
}

void wait_for_token(RTL_CRITICAL_SECTION* section) {
    volatile ULONG& word = token(section);
    for (;;) {
        ULONG present = load(word);
        while (present) {
            if (swap_if(word, present, present - 1)) return;
        }
        const ULONG none = 0;
        RtlWaitOnAddress(&word, &none, sizeof(none), nullptr);
    }
}

void pass_token(RTL_CRITICAL_SECTION* section) {
    __atomic_fetch_add(&token(section), 1, __ATOMIC_RELEASE);
    RtlWakeAddressSingle(&section->LockSemaphore);
}

}  // namespace
}  // namespace rtl

extern "C" {

NTSTATUS NTAPI RtlInitializeCriticalSectionEx(PRTL_CRITICAL_SECTION CriticalSection, ULONG SpinCount,
                                              ULONG Flags) {
    if (Flags & RTL_CRITICAL_SECTION_FLAG_STATIC_INIT) return STATUS_NOT_SUPPORTED;
    // No debug record is kept: -1 is what "none" looks like.
    CriticalSection->DebugInfo = reinterpret_cast<PRTL_CRITICAL_SECTION_DEBUG>(~static_cast<ULONG_PTR>(0));
    CriticalSection->LockCount = -1;
    CriticalSection->RecursionCount = 0;
    CriticalSection->OwningThread = nullptr;
    CriticalSection->LockSemaphore = nullptr;
    CriticalSection->SpinCount = SpinCount & 0x00ffffff;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlInitializeCriticalSection(PRTL_CRITICAL_SECTION CriticalSection) {
    return RtlInitializeCriticalSectionEx(CriticalSection, 0, 0);
}

NTSTATUS NTAPI RtlInitializeCriticalSectionAndSpinCount(PRTL_CRITICAL_SECTION CriticalSection,
                                                        ULONG SpinCount) {
    return RtlInitializeCriticalSectionEx(CriticalSection, SpinCount, 0);
}

ULONG NTAPI RtlSetCriticalSectionSpinCount(PRTL_CRITICAL_SECTION CriticalSection, ULONG SpinCount) {
    const ULONG old = static_cast<ULONG>(CriticalSection->SpinCount);
    CriticalSection->SpinCount = SpinCount;
    return old;
}

NTSTATUS NTAPI RtlEnterCriticalSection(PRTL_CRITICAL_SECTION CriticalSection) {
    if (__atomic_add_fetch(&CriticalSection->LockCount, 1, __ATOMIC_ACQ_REL) != 0) {
        if (CriticalSection->OwningThread == rtl::this_thread()) {
            ++CriticalSection->RecursionCount;
            return STATUS_SUCCESS;
        }
        rtl::wait_for_token(CriticalSection);
    }
    rtl::take_ownership(CriticalSection);
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlTryEnterCriticalSection(PRTL_CRITICAL_SECTION CriticalSection) {
    LONG free = -1;
    if (rtl::swap_if<LONG>(*const_cast<volatile LONG*>(&CriticalSection->LockCount), free, 0)) {
        rtl::take_ownership(CriticalSection);
        return TRUE;
    }
    if (CriticalSection->OwningThread != rtl::this_thread()) return FALSE;
    __atomic_add_fetch(&CriticalSection->LockCount, 1, __ATOMIC_RELAXED);
    ++CriticalSection->RecursionCount;
    return TRUE;
}

NTSTATUS NTAPI RtlLeaveCriticalSection(PRTL_CRITICAL_SECTION CriticalSection) {
    if (CriticalSection->OwningThread != rtl::this_thread()) return STATUS_RESOURCE_NOT_OWNED;
    if (--CriticalSection->RecursionCount > 0) {
        __atomic_sub_fetch(&CriticalSection->LockCount, 1, __ATOMIC_RELAXED);
        return STATUS_SUCCESS;
    }
    CriticalSection->OwningThread = nullptr;
    if (__atomic_sub_fetch(&CriticalSection->LockCount, 1, __ATOMIC_ACQ_REL) >= 0)
        rtl::pass_token(CriticalSection);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDeleteCriticalSection(PRTL_CRITICAL_SECTION CriticalSection) {
    CriticalSection->LockCount = -1;
    CriticalSection->RecursionCount = 0;
    CriticalSection->OwningThread = nullptr;
    CriticalSection->LockSemaphore = nullptr;
    return STATUS_SUCCESS;
}

ULONG NTAPI RtlIsCriticalSectionLocked(PRTL_CRITICAL_SECTION CriticalSection) {
    return CriticalSection->RecursionCount != 0;
}

ULONG NTAPI RtlIsCriticalSectionLockedByThread(PRTL_CRITICAL_SECTION CriticalSection) {
    return CriticalSection->OwningThread == rtl::this_thread() && CriticalSection->RecursionCount;
}

}  // extern "C"
