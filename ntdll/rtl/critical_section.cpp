// SPDX-License-Identifier: GPL-3.0-only
// Critical sections, with the LockCount that debuggers and programs know since Windows Server 2003 SP1: bit 0
// is clear while the section is held, bit 1 while a thread that was woken has not run yet, and the other bits
// are the ones' complement of the number of waiters. Who leaves hands nothing over: the thread it wakes
// competes with whoever comes, so that no section is held by a thread that does not run.
#include "ntdll/rtl/sync.hpp"

namespace rtl {
namespace {

constexpr LONG free_bit = 1;
constexpr LONG quiet_bit = 2;
constexpr LONG one_waiter = 4;
constexpr LONG nobody = -1;

// The debug records of sections that were made with one, as RtlCriticalSectionList links them.
RTL_SRWLOCK records_lock;
LIST_ENTRY records = {&records, &records};

PRTL_CRITICAL_SECTION_DEBUG no_record() {
    return reinterpret_cast<PRTL_CRITICAL_SECTION_DEBUG>(~static_cast<ULONG_PTR>(0));
}

// Programs write into the record (names of their locks), so that there is a real one wherever there is a
// heap.
NTSTATUS add_record(RTL_CRITICAL_SECTION* section) {
    section->DebugInfo = no_record();
    if (!process_heap()) return STATUS_SUCCESS;
    auto* record = static_cast<PRTL_CRITICAL_SECTION_DEBUG>(
        RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, sizeof(RTL_CRITICAL_SECTION_DEBUG)));
    if (!record) return STATUS_NO_MEMORY;
    record->CriticalSection = section;
    section->DebugInfo = record;
    ExclusiveGuard guard(records_lock);
    InsertTailList(&records, &record->ProcessLocksList);
    return STATUS_SUCCESS;
}

// A record that the program itself brought along is linked to nothing but itself, and is not ours to free.
void drop_record(RTL_CRITICAL_SECTION* section) {
    PRTL_CRITICAL_SECTION_DEBUG record = section->DebugInfo;
    if (!record || record == no_record()) return;
    section->DebugInfo = nullptr;
    {
        ExclusiveGuard guard(records_lock);
        LIST_ENTRY& links = record->ProcessLocksList;
        if (!links.Flink || links.Flink == &links || links.Flink->Blink != &links) return;
        RemoveEntryList(&links);
    }
    RtlFreeHeap(process_heap(), 0, record);
}

// Spinning is for more than one processor only, as documented.
ULONG_PTR spin_count(ULONG count) {
    return peb()->NumberOfProcessors > 1 ? count & 0x00ffffff : 0;
}

volatile LONG& word_of(RTL_CRITICAL_SECTION* section) {
    return section->LockCount;
}
// The wake-up that a leaving thread left for one waiter: 0 or 1.
volatile ULONG& token_of(RTL_CRITICAL_SECTION* section) {
    return *reinterpret_cast<volatile ULONG*>(&section->LockSemaphore);
}

void take_ownership(RTL_CRITICAL_SECTION* section) {
    section->OwningThread = this_thread();
    section->RecursionCount = 1;
}

bool take_free(RTL_CRITICAL_SECTION* section) {
    LONG seen = nobody;
    return swap_if<LONG>(word_of(section), seen, nobody & ~free_bit);
}

bool spin(RTL_CRITICAL_SECTION* section) {
    for (ULONG_PTR left = section->SpinCount & 0x00ffffff; left; --left) {
        LONG seen = __atomic_load_n(&word_of(section), __ATOMIC_RELAXED);
        if ((seen & free_bit) && swap_if<LONG>(word_of(section), seen, seen & ~free_bit)) return true;
        pause();
    }
    return false;
}

void wait_for_token(RTL_CRITICAL_SECTION* section) {
    volatile ULONG& word = token_of(section);
    const ULONG none = 0;
    while (!__atomic_exchange_n(&word, 0, __ATOMIC_ACQUIRE))
        wait_for_change(&word, &word, &none, sizeof(none), nullptr);
}

// Takes the section, or counts the caller among its waiters: true when it was taken.
bool take_or_queue(RTL_CRITICAL_SECTION* section) {
    volatile LONG& word = word_of(section);
    for (LONG seen = __atomic_load_n(&word, __ATOMIC_RELAXED);;) {
        const bool free = seen & free_bit;
        if (swap_if<LONG>(word, seen, free ? seen & ~free_bit : seen - one_waiter)) return free;
    }
}

// What a woken waiter does: takes the section and is none any more, or lets others be woken, and waits again.
bool take_when_woken(RTL_CRITICAL_SECTION* section) {
    volatile LONG& word = word_of(section);
    for (LONG seen = __atomic_load_n(&word, __ATOMIC_RELAXED);;) {
        const bool free = seen & free_bit;
        const LONG quiet = seen | quiet_bit;
        if (swap_if<LONG>(word, seen, free ? (quiet & ~free_bit) + one_waiter : quiet)) return free;
    }
}

void enter_contended(RTL_CRITICAL_SECTION* section) {
    if (spin(section)) return;
    PRTL_CRITICAL_SECTION_DEBUG record = section->DebugInfo;
    if (record && record != no_record()) ++record->ContentionCount;
    if (take_or_queue(section)) return;
    do {
        wait_for_token(section);
    } while (!take_when_woken(section));
}

void release(RTL_CRITICAL_SECTION* section) {
    volatile LONG& word = word_of(section);
    LONG seen = nobody & ~free_bit;
    if (swap_if<LONG>(word, seen, nobody)) return;
    for (;;) {
        const bool wake = (seen & quiet_bit) && seen >> 2 != nobody;
        const LONG freed = seen | free_bit;
        if (!swap_if<LONG>(word, seen, wake ? freed & ~quiet_bit : freed)) continue;
        if (!wake) return;
        __atomic_store_n(&token_of(section), 1, __ATOMIC_RELEASE);
        return RtlWakeAddressSingle(&section->LockSemaphore);
    }
}

}  // namespace
}  // namespace rtl

extern "C" {

NTSTATUS NTAPI RtlInitializeCriticalSectionEx(PRTL_CRITICAL_SECTION CriticalSection, ULONG SpinCount,
                                              ULONG Flags) {
    if (Flags & RTL_CRITICAL_SECTION_FLAG_STATIC_INIT) return STATUS_NOT_SUPPORTED;
    CriticalSection->LockCount = rtl::nobody;
    CriticalSection->RecursionCount = 0;
    CriticalSection->OwningThread = nullptr;
    CriticalSection->LockSemaphore = nullptr;
    CriticalSection->SpinCount = rtl::spin_count(SpinCount);
    CriticalSection->DebugInfo = rtl::no_record();
    return Flags & RTL_CRITICAL_SECTION_FLAG_NO_DEBUG_INFO ? STATUS_SUCCESS
                                                           : rtl::add_record(CriticalSection);
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
    CriticalSection->SpinCount = rtl::spin_count(SpinCount);
    return old;
}

NTSTATUS NTAPI RtlEnterCriticalSection(PRTL_CRITICAL_SECTION CriticalSection) {
    if (!rtl::take_free(CriticalSection)) {
        if (CriticalSection->OwningThread == rtl::this_thread()) {
            ++CriticalSection->RecursionCount;
            return STATUS_SUCCESS;
        }
        rtl::enter_contended(CriticalSection);
    }
    rtl::take_ownership(CriticalSection);
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlTryEnterCriticalSection(PRTL_CRITICAL_SECTION CriticalSection) {
    if (CriticalSection->OwningThread == rtl::this_thread()) {
        ++CriticalSection->RecursionCount;
        return TRUE;
    }
    volatile LONG& word = rtl::word_of(CriticalSection);
    LONG seen = __atomic_load_n(&word, __ATOMIC_RELAXED);
    while (seen & rtl::free_bit) {
        if (!rtl::swap_if<LONG>(word, seen, seen & ~rtl::free_bit)) continue;
        rtl::take_ownership(CriticalSection);
        return TRUE;
    }
    return FALSE;
}

NTSTATUS NTAPI RtlLeaveCriticalSection(PRTL_CRITICAL_SECTION CriticalSection) {
    if (CriticalSection->OwningThread != rtl::this_thread()) return STATUS_RESOURCE_NOT_OWNED;
    if (--CriticalSection->RecursionCount > 0) return STATUS_SUCCESS;
    CriticalSection->OwningThread = nullptr;
    rtl::release(CriticalSection);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDeleteCriticalSection(PRTL_CRITICAL_SECTION CriticalSection) {
    rtl::drop_record(CriticalSection);
    CriticalSection->LockCount = rtl::nobody;
    CriticalSection->RecursionCount = 0;
    CriticalSection->OwningThread = nullptr;
    CriticalSection->LockSemaphore = nullptr;
    CriticalSection->SpinCount = 0;
    return STATUS_SUCCESS;
}

ULONG NTAPI RtlIsCriticalSectionLocked(PRTL_CRITICAL_SECTION CriticalSection) {
    return CriticalSection->RecursionCount != 0;
}

ULONG NTAPI RtlIsCriticalSectionLockedByThread(PRTL_CRITICAL_SECTION CriticalSection) {
    return CriticalSection->OwningThread == rtl::this_thread() && CriticalSection->RecursionCount;
}

}  // extern "C"
