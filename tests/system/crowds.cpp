// SPDX-License-Identifier: GPL-3.0-only
//
// Many threads wait for one object: a signal reaches whom it should, in the order in which they came, however
// many turns of the Executive that takes (docs/decisions/0008).
#include "tests/system/test.h"

namespace {

constexpr LONG kCrowd = 300;

HANDLE object;
HANDLE threads[kCrowd];
volatile LONG passed[kCrowd];
volatile LONG passes;

NTSTATUS NTAPI waiter(PVOID parameter) {
    const LONG number = static_cast<LONG>(reinterpret_cast<LONG_PTR>(parameter));
    const NTSTATUS status = NtWaitForSingleObject(object, FALSE, nullptr);
    if (status == STATUS_SUCCESS) {
        passed[number] = 1;
        __atomic_add_fetch(&passes, 1, __ATOMIC_RELAXED);
    }
    return status;
}

void pause(LONG milliseconds) {
    LARGE_INTEGER time;
    time.QuadPart = -10'000ll * milliseconds;
    NtDelayExecution(FALSE, &time);
}

// Whoever is above this thread waits already when it runs again: the crowd stands in order of its numbers.
void step_back(LONG increment) {
    NtSetInformationThread(NtCurrentThread(), ThreadBasePriority, &increment, sizeof increment);
}

bool gather() {
    passes = 0;
    step_back(-2);
    for (LONG i = 0; i < kCrowd; ++i) {
        passed[i] = 0;
        const NTSTATUS status = NtCreateThreadEx(
            &threads[i], THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(), reinterpret_cast<PVOID>(&waiter),
            reinterpret_cast<PVOID>(static_cast<LONG_PTR>(i)), 0, 0, 16384, 65536, nullptr);
        if (!NT_SUCCESS(status)) return false;
    }
    pause(50);
    return true;
}

bool come_to(LONG count) {
    for (int i = 0; i < 1000 && passes < count; ++i)
        pause(10);
    // No more than these.
    pause(50);
    return passes == count;
}

void disperse() {
    for (const HANDLE thread : threads) {
        NtTerminateThread(thread, 1);
        NtWaitForSingleObject(thread, FALSE, nullptr);
        NtClose(thread);
    }
    NtClose(object);
    step_back(0);
}

}  // namespace

TEST(event_lets_all_pass) {
    NtCreateEvent(&object, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    REQUIRE(gather());
    CHECK(NtSetEvent(object, nullptr) == STATUS_SUCCESS);
    CHECK(come_to(kCrowd));
    disperse();
}

// Cleared at once: those who waited at the moment of the signal pass all the same.
TEST(pulse_lets_all_pass) {
    NtCreateEvent(&object, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    REQUIRE(gather());
    CHECK(NtPulseEvent(object, nullptr) == STATUS_SUCCESS);
    LARGE_INTEGER now = {};
    CHECK(NtWaitForSingleObject(object, FALSE, &now) == STATUS_TIMEOUT);
    CHECK(come_to(kCrowd));
    disperse();
}

TEST(semaphore_lets_the_first_pass) {
    constexpr LONG kCount = 100;
    NtCreateSemaphore(&object, SEMAPHORE_ALL_ACCESS, nullptr, 0, kCrowd);
    REQUIRE(gather());
    LONG before = 9;
    CHECK(NtReleaseSemaphore(object, kCount, &before) == STATUS_SUCCESS);
    CHECK(before == 0);
    // Who comes later waits behind the crowd.
    LARGE_INTEGER now = {};
    CHECK(NtWaitForSingleObject(object, FALSE, &now) == STATUS_TIMEOUT);
    CHECK(come_to(kCount));
    LONG in_order = 0;
    while (in_order < kCrowd && passed[in_order])
        ++in_order;
    CHECK(in_order == kCount);
    CHECK(NtReleaseSemaphore(object, kCrowd - kCount, nullptr) == STATUS_SUCCESS);
    CHECK(come_to(kCrowd));
    disperse();
}

TEST(second_signal_during_the_first) {
    NtCreateEvent(&object, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE);
    REQUIRE(gather());
    for (LONG i = 0; i < kCrowd; ++i)
        NtSetEvent(object, nullptr);
    CHECK(come_to(kCrowd));
    disperse();
    NtCreateSemaphore(&object, SEMAPHORE_ALL_ACCESS, nullptr, 0, kCrowd);
    REQUIRE(gather());
    for (LONG i = 0; i < 6; ++i)
        NtReleaseSemaphore(object, kCrowd / 6, nullptr);
    CHECK(come_to(kCrowd));
    disperse();
}

// The object goes while its last signal is still under way.
TEST(closed_while_it_lets_pass) {
    NtCreateEvent(&object, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    REQUIRE(gather());
    NtSetEvent(object, nullptr);
    NtClose(object);
    CHECK(come_to(kCrowd));
    NtCreateEvent(&object, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    disperse();
}

TEST(waiters_end_while_it_lets_pass) {
    NtCreateEvent(&object, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    REQUIRE(gather());
    NtSetEvent(object, nullptr);
    for (LONG i = kCrowd; i > 0; --i)
        NtTerminateThread(threads[i - 1], 1);
    disperse();
}
