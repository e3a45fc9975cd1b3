// SPDX-License-Identifier: GPL-3.0-only
// One-time initialisation. The low two bits of the word are the state, the rest the context: 0 untouched, 1
// running (others wait for it), 3 running in the asynchronous form (others may run too), 2 done.
#include "ntdll/rtl/sync.hpp"

namespace rtl {
namespace {

enum : ULONG64 { Untouched = 0, Busy = 1, Done = 2, RunningAsync = 3, StateMask = 3 };

volatile ULONG64& word_of(PRTL_RUN_ONCE once) {
    return *reinterpret_cast<volatile ULONG64*>(&once->Ptr);
}

void wake(PRTL_RUN_ONCE once) {
    RtlWakeAddressAll(once);
}

}  // namespace
}  // namespace rtl

extern "C" {

void NTAPI RtlRunOnceInitialize(PRTL_RUN_ONCE RunOnce) {
    RunOnce->Ptr = nullptr;
}

// STATUS_SUCCESS: done, the context is set. STATUS_PENDING: the caller is to initialise and call
// RtlRunOnceComplete.
ULONG NTAPI RtlRunOnceBeginInitialize(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID* Context) {
    using namespace rtl;
    if ((Flags & RTL_RUN_ONCE_CHECK_ONLY) && (Flags & RTL_RUN_ONCE_ASYNC)) {
        return static_cast<ULONG>(STATUS_INVALID_PARAMETER);
    }
    const bool async = Flags & RTL_RUN_ONCE_ASYNC;
    for (;;) {
        ULONG64 word = load(word_of(RunOnce));
        const ULONG64 state = word & StateMask;
        if (state == Done) {
            if (Context) *Context = reinterpret_cast<PVOID>(word & ~StateMask);
            return STATUS_SUCCESS;
        }
        if (Flags & RTL_RUN_ONCE_CHECK_ONLY) return static_cast<ULONG>(STATUS_UNSUCCESSFUL);
        if (state == Untouched) {
            if (swap_if<ULONG64>(word_of(RunOnce), word, async ? RunningAsync : Busy)) return STATUS_PENDING;
        } else if (async != (state == RunningAsync)) {
            return static_cast<ULONG>(STATUS_INVALID_PARAMETER);
        } else if (async) {
            return STATUS_PENDING;
        } else {
            RtlWaitOnAddress(RunOnce, &word, sizeof(word), nullptr);
        }
    }
}

ULONG NTAPI RtlRunOnceComplete(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID Context) {
    using namespace rtl;
    const ULONG64 value = reinterpret_cast<ULONG64>(Context);
    const bool failed = Flags & RTL_RUN_ONCE_INIT_FAILED;
    const bool async = Flags & RTL_RUN_ONCE_ASYNC;
    if ((value & StateMask) || (failed && (Context || async)))
        return static_cast<ULONG>(STATUS_INVALID_PARAMETER);
    ULONG64 word = load(word_of(RunOnce));
    if ((word & StateMask) != (async ? RunningAsync : Busy)) return static_cast<ULONG>(STATUS_UNSUCCESSFUL);
    if (!swap_if<ULONG64>(word_of(RunOnce), word, failed ? Untouched : value | Done)) {
        return static_cast<ULONG>(STATUS_OBJECT_NAME_COLLISION);
    }
    if (!async) wake(RunOnce);
    return STATUS_SUCCESS;
}

ULONG NTAPI RtlRunOnceExecuteOnce(PRTL_RUN_ONCE RunOnce, PRTL_RUN_ONCE_INIT_FN Function, PVOID Parameter,
                                  PVOID* Context) {
    const ULONG status = RtlRunOnceBeginInitialize(RunOnce, 0, Context);
    if (status != STATUS_PENDING) return status;
    PVOID context = nullptr;
    if (!Function(RunOnce, Parameter, &context)) {
        RtlRunOnceComplete(RunOnce, RTL_RUN_ONCE_INIT_FAILED, nullptr);
        return static_cast<ULONG>(STATUS_UNSUCCESSFUL);
    }
    if (Context) *Context = context;
    return RtlRunOnceComplete(RunOnce, 0, context);
}

// Barriers: Reserved1 counts who is missing, Reserved2 is the generation the waiters sleep on, Reserved4 the
// total.
NTSTATUS NTAPI RtlInitBarrier(PRTL_BARRIER Barrier, ULONG TotalThreads, ULONG) {
    if (!TotalThreads) return STATUS_INVALID_PARAMETER;
    *Barrier = {};
    Barrier->Reserved1 = Barrier->Reserved4 = TotalThreads;
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlBarrier(PRTL_BARRIER Barrier, ULONG) {
    volatile ULONG& generation = *const_cast<volatile ULONG*>(&Barrier->Reserved2);
    const ULONG present = rtl::load(generation);
    if (__atomic_sub_fetch(&Barrier->Reserved1, 1, __ATOMIC_ACQ_REL) == 0) {
        __atomic_store_n(&Barrier->Reserved1, Barrier->Reserved4, __ATOMIC_RELAXED);
        __atomic_fetch_add(&Barrier->Reserved2, 1, __ATOMIC_RELEASE);
        RtlWakeAddressAll(&Barrier->Reserved2);
        return TRUE;
    }
    while (rtl::load(generation) == present) {
        RtlWaitOnAddress(&Barrier->Reserved2, &present, sizeof(present), nullptr);
    }
    return FALSE;
}

NTSTATUS NTAPI RtlDeleteBarrier(PRTL_BARRIER) {
    return STATUS_SUCCESS;
}

}  // extern "C"
