// SPDX-License-Identifier: GPL-3.0-only
// What the tests of the thread pool share: counters, events, environments.
#pragma once

#include "abi/nt/nttp.h"
#include "tests/system/test.h"

namespace pool {

inline volatile LONG calls;
inline volatile LONG others;

inline void count(volatile LONG& counter) {
    __atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST);
}
inline LONG read(volatile LONG& counter) {
    return __atomic_load_n(&counter, __ATOMIC_SEQ_CST);
}
inline void sleep_ms(LONGLONG milliseconds) {
    LARGE_INTEGER interval;
    interval.QuadPart = -milliseconds * 10000;
    NtDelayExecution(FALSE, &interval);
}
// Waits up to five seconds.
inline bool becomes(volatile LONG& counter, LONG value) {
    for (int i = 0; i < 500 && read(counter) != value; ++i)
        sleep_ms(10);
    return read(counter) == value;
}
inline LARGE_INTEGER in_ms(LONGLONG milliseconds) {
    LARGE_INTEGER due;
    due.QuadPart = -milliseconds * 10000;
    return due;
}
inline HANDLE new_event(EVENT_TYPE type = SynchronizationEvent) {
    HANDLE event = nullptr;
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, type, FALSE);
    return event;
}
inline bool is_set(HANDLE event, LONGLONG milliseconds = 5000) {
    LARGE_INTEGER timeout = in_ms(milliseconds);
    return NtWaitForSingleObject(event, FALSE, &timeout) == STATUS_SUCCESS;
}

struct Environ : TP_CALLBACK_ENVIRON_V3 {
    explicit Environ(PTP_POOL pool = nullptr) : TP_CALLBACK_ENVIRON_V3{} {
        Version = 3;
        Pool = pool;
        CallbackPriority = TP_CALLBACK_PRIORITY_NORMAL;
        Size = sizeof(TP_CALLBACK_ENVIRON_V3);
    }
};

inline void NTAPI count_work(PTP_CALLBACK_INSTANCE, PVOID context, PTP_WORK) {
    count(*static_cast<volatile LONG*>(context));
}
inline void NTAPI count_simple(PTP_CALLBACK_INSTANCE, PVOID context) {
    count(*static_cast<volatile LONG*>(context));
}
inline void NTAPI count_timer(PTP_CALLBACK_INSTANCE, PVOID context, PTP_TIMER) {
    count(*static_cast<volatile LONG*>(context));
}
inline PVOID counter(volatile LONG& value) {
    return const_cast<LONG*>(&value);
}

inline HANDLE gate;

}  // namespace pool
