// SPDX-License-Identifier: GPL-3.0-only
// Slim reader/writer locks and condition variables. A lock is one word: how many readers hold it (or the
// writer's mark) in the low half, how many writers wait in the high half. Waiting writers keep new readers
// out.
#include "ntdll/rtl/sync.hpp"

namespace rtl {
namespace {

constexpr ULONG writer = 0xffffffff;

struct State {
    ULONG owners;
    ULONG writers_waiting;
};

union Word {
    ULONG64 value;
    State state;
};

volatile ULONG64& word_of(PRTL_SRWLOCK lock) {
    return *reinterpret_cast<volatile ULONG64*>(&lock->Ptr);
}
const void* owners_of(PRTL_SRWLOCK lock) {
    return &lock->Ptr;
}
const void* writers_of(PRTL_SRWLOCK lock) {
    return reinterpret_cast<const char*>(&lock->Ptr) + 4;
}

// Applies `change` to the lock's state until it sticks; `change` returns false to leave it as it is.
template <typename Change>
bool update(PRTL_SRWLOCK lock, State& result, Change change) {
    Word present = {load(word_of(lock))};
    for (;;) {
        Word wanted = present;
        const bool done = change(wanted.state);
        result = wanted.state;
        if (wanted.value == present.value) return done;
        if (swap_if(word_of(lock), present.value, wanted.value)) return done;
    }
}

void wake_after_release(PRTL_SRWLOCK lock, const State& state) {
    if (state.owners) return;
    if (state.writers_waiting) {
        RtlWakeAddressSingle(writers_of(lock));
    } else {
        RtlWakeAddressAll(owners_of(lock));
    }
}

bool try_exclusive(State& state) {
    if (state.owners) return false;
    state.owners = writer;
    return true;
}

bool try_shared(State& state) {
    if (state.owners == writer || state.writers_waiting) return false;
    ++state.owners;
    return true;
}

volatile ULONG& sequence_of(PRTL_CONDITION_VARIABLE variable) {
    return *reinterpret_cast<volatile ULONG*>(&variable->Ptr);
}

NTSTATUS wait_for_signal(PRTL_CONDITION_VARIABLE variable, ULONG seen, const LARGE_INTEGER* timeout) {
    return RtlWaitOnAddress(&sequence_of(variable), &seen, sizeof(seen), timeout);
}

}  // namespace
}  // namespace rtl

extern "C" {

void NTAPI RtlInitializeSRWLock(PRTL_SRWLOCK Lock) {
    Lock->Ptr = nullptr;
}

BOOLEAN NTAPI RtlTryAcquireSRWLockExclusive(PRTL_SRWLOCK Lock) {
    rtl::State state;
    return rtl::update(Lock, state, rtl::try_exclusive);
}

BOOLEAN NTAPI RtlTryAcquireSRWLockShared(PRTL_SRWLOCK Lock) {
    rtl::State state;
    return rtl::update(Lock, state, rtl::try_shared);
}

void NTAPI RtlAcquireSRWLockExclusive(PRTL_SRWLOCK Lock) {
    using namespace rtl;
    State state;
    if (update(Lock, state, try_exclusive)) return;
    update(Lock, state, [](State& s) { return ++s.writers_waiting; });
    for (;;) {
        const bool taken = update(Lock, state, [](State& s) {
            if (s.owners) return false;
            s.owners = writer;
            --s.writers_waiting;
            return true;
        });
        if (taken) return;
        wait_for_change(writers_of(Lock), &Lock->Ptr, &state, sizeof(state), nullptr);
    }
}

void NTAPI RtlAcquireSRWLockShared(PRTL_SRWLOCK Lock) {
    using namespace rtl;
    State state;
    while (!update(Lock, state, try_shared)) {
        wait_for_change(owners_of(Lock), &Lock->Ptr, &state, sizeof(state), nullptr);
    }
}

void NTAPI RtlReleaseSRWLockExclusive(PRTL_SRWLOCK Lock) {
    using namespace rtl;
    State state;
    if (!update(Lock, state, [](State& s) {
            if (s.owners != writer) return false;
            s.owners = 0;
            return true;
        })) {
        RtlRaiseStatus(STATUS_RESOURCE_NOT_OWNED);
    }
    wake_after_release(Lock, state);
}

void NTAPI RtlReleaseSRWLockShared(PRTL_SRWLOCK Lock) {
    using namespace rtl;
    State state;
    if (!update(Lock, state, [](State& s) {
            if (!s.owners || s.owners == writer) return false;
            --s.owners;
            return true;
        })) {
        RtlRaiseStatus(STATUS_RESOURCE_NOT_OWNED);
    }
    wake_after_release(Lock, state);
}

void NTAPI RtlInitializeConditionVariable(PRTL_CONDITION_VARIABLE Variable) {
    Variable->Ptr = nullptr;
}

void NTAPI RtlWakeConditionVariable(PRTL_CONDITION_VARIABLE Variable) {
    __atomic_fetch_add(&rtl::sequence_of(Variable), 1, __ATOMIC_ACQ_REL);
    RtlWakeAddressSingle(Variable);
}

void NTAPI RtlWakeAllConditionVariable(PRTL_CONDITION_VARIABLE Variable) {
    __atomic_fetch_add(&rtl::sequence_of(Variable), 1, __ATOMIC_ACQ_REL);
    RtlWakeAddressAll(Variable);
}

NTSTATUS NTAPI RtlSleepConditionVariableCS(PRTL_CONDITION_VARIABLE Variable,
                                           PRTL_CRITICAL_SECTION CriticalSection,
                                           const LARGE_INTEGER* Timeout) {
    const ULONG seen = rtl::load(rtl::sequence_of(Variable));
    RtlLeaveCriticalSection(CriticalSection);
    const NTSTATUS status = rtl::wait_for_signal(Variable, seen, Timeout);
    RtlEnterCriticalSection(CriticalSection);
    return status;
}

NTSTATUS NTAPI RtlSleepConditionVariableSRW(PRTL_CONDITION_VARIABLE Variable, PRTL_SRWLOCK Lock,
                                            const LARGE_INTEGER* Timeout, ULONG Flags) {
    const bool shared = Flags & RTL_CONDITION_VARIABLE_LOCKMODE_SHARED;
    const ULONG seen = rtl::load(rtl::sequence_of(Variable));
    (shared ? RtlReleaseSRWLockShared : RtlReleaseSRWLockExclusive)(Lock);
    const NTSTATUS status = rtl::wait_for_signal(Variable, seen, Timeout);
    (shared ? RtlAcquireSRWLockShared : RtlAcquireSRWLockExclusive)(Lock);
    return status;
}

}  // extern "C"
