// SPDX-License-Identifier: GPL-3.0-only
//
// Many threads: woken together, ended together.
#include "tests/bench/hostile/hostile.hpp"

namespace hostile {

namespace {

constexpr ULONG kMaximumThreads = 1000;

HANDLE threads[kMaximumThreads];
HANDLE gate;

NTSTATUS NTAPI wait_for(PVOID handle) {
    return NtWaitForSingleObject(handle, TRUE, nullptr);
}

void wakes() {
    NtCreateEvent(&gate, kAccess, nullptr, NotificationEvent, FALSE);
    for (HANDLE& thread : threads)
        thread = start(&wait_for, gate);
    sleep(20);
    NtSetEvent(gate, nullptr);
    for (const HANDLE thread : threads) {
        NtWaitForSingleObject(thread, FALSE, nullptr);
        NtClose(thread);
    }
    NtClose(gate);
}

void semaphores() {
    NtCreateSemaphore(&gate, SEMAPHORE_ALL_ACCESS, nullptr, 0, kMaximumThreads);
    for (HANDLE& thread : threads)
        thread = start(&wait_for, gate);
    sleep(20);
    NtReleaseSemaphore(gate, kMaximumThreads, nullptr);
    for (const HANDLE thread : threads) {
        NtWaitForSingleObject(thread, FALSE, nullptr);
        NtClose(thread);
    }
    NtClose(gate);
}

NTSTATUS NTAPI wait_keyed(PVOID key) {
    return NtWaitForKeyedEvent(gate, key, FALSE, nullptr);
}

void keyed() {
    NtCreateKeyedEvent(&gate, KEYEDEVENT_ALL_ACCESS, nullptr, 0);
    for (ULONG i = 0; i < kMaximumThreads; ++i)
        threads[i] = start(&wait_keyed, reinterpret_cast<PVOID>(static_cast<ULONG_PTR>(2 * i + 2)));
    sleep(20);
    for (ULONG i = kMaximumThreads; i > 0; --i)
        NtReleaseKeyedEvent(gate, reinterpret_cast<PVOID>(static_cast<ULONG_PTR>(2 * i)), FALSE, nullptr);
    for (const HANDLE thread : threads) {
        NtWaitForSingleObject(thread, FALSE, nullptr);
        NtClose(thread);
    }
    NtClose(gate);
}

LARGE_INTEGER morning;

NTSTATUS NTAPI sleep_long(PVOID) {
    return NtDelayExecution(FALSE, &morning);
}

// All of them wake at one moment, and the timer of somebody more important is due then too.
void sleepers() {
    constexpr LONGLONG kMoments = 2'000'000;  // 200 ms
    NtQuerySystemTime(&morning);
    morning.QuadPart += kMoments;
    for (HANDLE& thread : threads)
        thread = start(&sleep_long, nullptr);
    for (const HANDLE thread : threads) {
        NtWaitForSingleObject(thread, FALSE, nullptr);
        NtClose(thread);
    }
}

constexpr Load kLoads[] = {
    {u"wakes", wakes},
    {u"semaphores", semaphores},
    {u"keyed", keyed},
    {u"sleepers", sleepers},
};

}  // namespace

Loads thread_loads() {
    return {kLoads, sizeof kLoads / sizeof kLoads[0]};
}

}  // namespace hostile
