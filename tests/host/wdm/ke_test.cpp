// SPDX-License-Identifier: GPL-3.0-only
//
// IRQLs, DPCs, waits, timers and interrupts of the driver runtime.
#include "tests/host/wdm/wdm.hpp"

extern "C" const char* __asan_default_options() {
    return "detect_leaks=0";  // host threads live as long as the process
}

namespace {

using test::eventually;
using test::milliseconds;

struct Dpc {
    KDPC dpc;
    std::atomic<int> calls{0};
    std::atomic<int> irql{-1};

    Dpc() { KeInitializeDpc(&dpc, run, this); }
    static VOID run(PKDPC, PVOID context, PVOID, PVOID) {
        auto* self = static_cast<Dpc*>(context);
        self->irql = KeGetCurrentIrql();
        self->calls++;
    }
};

TEST(Irql, RaisesAndLowers) {
    EXPECT_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    EXPECT_EQ(old, PASSIVE_LEVEL);
    EXPECT_EQ(KfRaiseIrql(11), DISPATCH_LEVEL);
    KeLowerIrql(DISPATCH_LEVEL);
    EXPECT_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeLowerIrql(old);
    EXPECT_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

TEST(Irql, DispatchLevelExcludesOtherThreads) {
    int counter = 0;
    auto work = [&counter] {
        for (int i = 0; i < 2000; i++) {
            KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
            counter++;
            KeLowerIrql(old);
        }
    };
    std::thread a(work), b(work);
    a.join();
    b.join();
    EXPECT_EQ(counter, 4000);
}

TEST(IrqlDeath, LoweringByRaisingStopsTheHost) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            KfRaiseIrql(DISPATCH_LEVEL);
            KfRaiseIrql(PASSIVE_LEVEL);
        },
        testing::ExitedWithCode(70), "bug check 9");
}

TEST(IrqlDeath, WaitingAtDispatchLevelStopsTheHost) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            KEVENT event;
            KeInitializeEvent(&event, NotificationEvent, FALSE);
            KfRaiseIrql(DISPATCH_LEVEL);
            KeWaitForSingleObject(&event, 0, 0, FALSE, nullptr);
        },
        testing::ExitedWithCode(70), "bug check a");
}

TEST(IrqlDeath, AcquiringASpinLockTwiceStopsTheHost) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            KSPIN_LOCK lock = 0;
            KeAcquireSpinLockRaiseToDpc(&lock);
            KeAcquireSpinLockRaiseToDpc(&lock);
        },
        testing::ExitedWithCode(70), "bug check f");
}

TEST(Dpc, RunsAtOnceFromPassiveLevel) {
    Dpc dpc;
    EXPECT_TRUE(KeInsertQueueDpc(&dpc.dpc, nullptr, nullptr));
    EXPECT_EQ(dpc.calls, 1);
    EXPECT_EQ(dpc.irql, DISPATCH_LEVEL);
}

TEST(Dpc, WaitsForTheIrqlToFallAndIsQueuedOnce) {
    Dpc dpc;
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    EXPECT_TRUE(KeInsertQueueDpc(&dpc.dpc, nullptr, nullptr));
    EXPECT_FALSE(KeInsertQueueDpc(&dpc.dpc, nullptr, nullptr));
    EXPECT_EQ(dpc.calls, 0);
    KeLowerIrql(old);
    EXPECT_EQ(dpc.calls, 1);
}

TEST(Dpc, CanBeRemoved) {
    Dpc dpc;
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    KeInsertQueueDpc(&dpc.dpc, nullptr, nullptr);
    EXPECT_TRUE(KeRemoveQueueDpc(&dpc.dpc));
    EXPECT_FALSE(KeRemoveQueueDpc(&dpc.dpc));
    KeLowerIrql(old);
    EXPECT_EQ(dpc.calls, 0);
}

TEST(Wait, EventsOfBothKinds) {
    KEVENT notification, synchronization;
    KeInitializeEvent(&notification, NotificationEvent, TRUE);
    KeInitializeEvent(&synchronization, SynchronizationEvent, TRUE);
    LARGE_INTEGER now{};
    EXPECT_EQ(KeWaitForSingleObject(&notification, 0, 0, FALSE, &now), STATUS_SUCCESS);
    EXPECT_EQ(KeWaitForSingleObject(&notification, 0, 0, FALSE, &now), STATUS_SUCCESS);
    EXPECT_EQ(KeWaitForSingleObject(&synchronization, 0, 0, FALSE, &now), STATUS_SUCCESS);
    EXPECT_EQ(KeWaitForSingleObject(&synchronization, 0, 0, FALSE, &now), STATUS_TIMEOUT);
}

TEST(Wait, TimesOut) {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    LARGE_INTEGER timeout = milliseconds(20);
    auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(KeWaitForSingleObject(&event, 0, 0, FALSE, &timeout), STATUS_TIMEOUT);
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(19));
    EXPECT_EQ(event.Header.WaitListHead.Flink, &event.Header.WaitListHead);
}

TEST(Wait, IsWokenByAnotherThread) {
    KEVENT event;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    std::thread setter([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        KeSetEvent(&event, 0, FALSE);
    });
    EXPECT_EQ(KeWaitForSingleObject(&event, 0, 0, FALSE, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(event.Header.SignalState, 0);
    setter.join();
}

TEST(Wait, AnySaysWhichAndAllTakesAll) {
    KEVENT a, b;
    KeInitializeEvent(&a, SynchronizationEvent, FALSE);
    KeInitializeEvent(&b, SynchronizationEvent, TRUE);
    PVOID objects[] = {&a, &b};
    LARGE_INTEGER now{};
    EXPECT_EQ(KeWaitForMultipleObjects(2, objects, WaitAny, 0, 0, FALSE, &now, nullptr), 1);
    KeSetEvent(&b, 0, FALSE);
    EXPECT_EQ(KeWaitForMultipleObjects(2, objects, WaitAll, 0, 0, FALSE, &now, nullptr), STATUS_TIMEOUT);
    EXPECT_EQ(b.Header.SignalState, 1);
    std::thread setter([&] { KeSetEvent(&a, 0, FALSE); });
    EXPECT_EQ(KeWaitForMultipleObjects(2, objects, WaitAll, 0, 0, FALSE, nullptr, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(a.Header.SignalState, 0);
    EXPECT_EQ(b.Header.SignalState, 0);
    setter.join();
}

TEST(Wait, OneObjectTwiceInAWait) {
    KEVENT event;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    PVOID objects[] = {&event, &event};
    std::thread setter([&] { KeSetEvent(&event, 0, FALSE); });
    EXPECT_EQ(KeWaitForMultipleObjects(2, objects, WaitAny, 0, 0, FALSE, nullptr, nullptr), 0);
    setter.join();
}

TEST(Wait, SynchronizationEventWakesOneOfMany) {
    KEVENT event;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    std::atomic<int> woken{0};
    auto waiter = [&] {
        KeWaitForSingleObject(&event, 0, 0, FALSE, nullptr);
        woken++;
    };
    std::thread a(waiter), b(waiter);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    KeSetEvent(&event, 0, FALSE);
    EXPECT_TRUE(eventually([&] { return woken == 1; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(woken, 1);
    KeSetEvent(&event, 0, FALSE);
    a.join();
    b.join();
    EXPECT_EQ(woken, 2);
}

TEST(Mutex, IsRecursiveAndOwned) {
    KMUTANT mutex;
    KeInitializeMutex(&mutex, 0);
    EXPECT_EQ(KeWaitForSingleObject(&mutex, 0, 0, FALSE, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(KeWaitForSingleObject(&mutex, 0, 0, FALSE, nullptr), STATUS_SUCCESS);
    std::atomic<NTSTATUS> other{0};
    std::thread([&] {
        LARGE_INTEGER now{};
        other = KeWaitForSingleObject(&mutex, 0, 0, FALSE, &now);
    }).join();
    EXPECT_EQ(other, STATUS_TIMEOUT);
    EXPECT_EQ(KeReleaseMutex(&mutex, FALSE), -1);
    EXPECT_EQ(KeReleaseMutex(&mutex, FALSE), 0);
    std::thread([&] { other = KeWaitForSingleObject(&mutex, 0, 0, FALSE, nullptr); }).join();
    EXPECT_EQ(other, STATUS_SUCCESS);
}

TEST(Semaphore, CountsAndKeepsItsLimit) {
    KSEMAPHORE semaphore;
    KeInitializeSemaphore(&semaphore, 1, 2);
    LARGE_INTEGER now{};
    EXPECT_EQ(KeWaitForSingleObject(&semaphore, 0, 0, FALSE, &now), STATUS_SUCCESS);
    EXPECT_EQ(KeWaitForSingleObject(&semaphore, 0, 0, FALSE, &now), STATUS_TIMEOUT);
    EXPECT_EQ(KeReleaseSemaphore(&semaphore, 0, 2, FALSE), 0);
    EXPECT_THROW(KeReleaseSemaphore(&semaphore, 0, 1, FALSE), NTSTATUS);
}

TEST(Timer, SignalsAndRunsItsDpc) {
    KTIMER timer;
    Dpc dpc;
    KeInitializeTimer(&timer);
    EXPECT_FALSE(KeSetTimer(&timer, milliseconds(10), &dpc.dpc));
    EXPECT_EQ(KeWaitForSingleObject(&timer, 0, 0, FALSE, nullptr), STATUS_SUCCESS);
    EXPECT_TRUE(eventually([&] { return dpc.calls == 1; }));
    EXPECT_EQ(dpc.irql, DISPATCH_LEVEL);
}

TEST(Timer, RepeatsUntilCancelled) {
    KTIMER timer;
    Dpc dpc;
    KeInitializeTimerEx(&timer, SynchronizationTimer);
    KeSetTimerEx(&timer, milliseconds(1), 2, &dpc.dpc);
    EXPECT_TRUE(eventually([&] { return dpc.calls >= 3; }));
    EXPECT_TRUE(KeCancelTimer(&timer));
    EXPECT_FALSE(KeCancelTimer(&timer));
    int calls = dpc.calls;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_LE(dpc.calls, calls + 1);
}

TEST(Timer, AnEarlierOneOvertakes) {
    KTIMER late, early;
    KeInitializeTimer(&late);
    KeInitializeTimer(&early);
    KeSetTimer(&late, milliseconds(60'000), nullptr);
    KeSetTimer(&early, milliseconds(5), nullptr);
    LARGE_INTEGER limit = milliseconds(2000);
    EXPECT_EQ(KeWaitForSingleObject(&early, 0, 0, FALSE, &limit), STATUS_SUCCESS);
    EXPECT_TRUE(KeCancelTimer(&late));
}

struct Device {
    std::atomic<int> interrupts{0};
    std::atomic<int> irql{-1};
    Dpc dpc;
    PKINTERRUPT interrupt = nullptr;

    static BOOLEAN serve(PKINTERRUPT, PVOID context) {
        auto* self = static_cast<Device*>(context);
        self->irql = KeGetCurrentIrql();
        self->interrupts++;
        KeInsertQueueDpc(&self->dpc.dpc, nullptr, nullptr);
        return TRUE;
    }
    explicit Device(ULONG line) {
        EXPECT_EQ(IoConnectInterrupt(&interrupt, serve, this, nullptr, line, 9, 9, 1, FALSE, 1, FALSE),
                  STATUS_SUCCESS);
    }
    ~Device() { IoDisconnectInterrupt(interrupt); }
};

TEST(Interrupt, RunsTheServiceRoutineThenTheDpc) {
    Device device(5);
    unsigned acknowledged = platform::host::acknowledgements();
    platform::host::raise_interrupt(5);
    EXPECT_TRUE(eventually([&] { return device.dpc.calls == 1; }));
    EXPECT_EQ(device.interrupts, 1);
    EXPECT_EQ(device.irql, 9);
    EXPECT_EQ(device.dpc.irql, DISPATCH_LEVEL);
    EXPECT_EQ(platform::host::acknowledgements(), acknowledged + 1);
}

// A device with one byte at a time, whose line rises with each.
struct Port {
    ULONG line;
    ULONG mode;  // KINTERRUPT_MODE
    std::atomic<int> bytes{0};
    std::atomic<int> taken{0};
    std::atomic<int> next{0};  // bytes to come once the routine has found the port empty
    unsigned acknowledged_before = 0;
    unsigned acknowledged_after = 0;
    PKINTERRUPT interrupt = nullptr;

    Port(ULONG line, ULONG mode) : line(line), mode(mode) {}
    ~Port() { IoDisconnectInterrupt(interrupt); }
    void connect() {
        EXPECT_EQ(IoConnectInterrupt(&interrupt, serve, this, nullptr, line, 9, 9, mode, FALSE, 1, FALSE),
                  STATUS_SUCCESS);
    }
    void arrive() {
        bytes++;
        platform::host::edge(line);
    }
    static BOOLEAN serve(PKINTERRUPT, PVOID context) {
        auto* self = static_cast<Port*>(context);
        self->acknowledged_before = platform::host::acknowledgements();
        self->taken += self->bytes.exchange(0);
        if (self->next > 0) {
            self->next--;
            self->arrive();
        }
        self->acknowledged_after = platform::host::acknowledgements();
        return TRUE;
    }
};

constexpr ULONG kLevelSensitive = 0, kLatched = 1;

TEST(Interrupt, AnEdgeBehindTheRoutinesBackIsServed) {
    Port port(11, kLatched);
    port.connect();
    port.next = 50;
    port.arrive();
    EXPECT_TRUE(eventually([&] { return port.taken == 51; }));
    port.arrive();
    EXPECT_TRUE(eventually([&] { return port.taken == 52; }));
}

TEST(Interrupt, AnEdgeWhileALineIsConnectedIsServed) {
    Port port(12, kLatched);
    platform::host::set_on_connect([&](ULONG) {
        port.arrive();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the interrupt thread sees it
    });
    port.connect();
    platform::host::set_on_connect({});
    EXPECT_TRUE(eventually([&] { return port.taken == 1; }));
    port.arrive();
    EXPECT_TRUE(eventually([&] { return port.taken == 2; }));
}

TEST(Interrupt, ALevelIsAcknowledgedWhenItsRoutineIsDone) {
    Port port(13, kLevelSensitive);
    port.connect();
    unsigned acknowledged = platform::host::acknowledgements();
    port.arrive();
    EXPECT_TRUE(eventually([&] { return platform::host::acknowledgements() == acknowledged + 1; }));
    EXPECT_EQ(port.taken, 1);
    EXPECT_EQ(port.acknowledged_before, acknowledged);
    EXPECT_EQ(port.acknowledged_after, acknowledged);
}

// The interrupt is already on its way to the routine when its object goes.
TEST(Interrupt, NothingRunsAfterTheDisconnect) {
    auto port = std::make_unique<Port>(14, kLatched);
    port->connect();
    KIRQL old = KfRaiseIrql(9);
    platform::host::edge(14);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    port.reset();
    KeLowerIrql(old);
    Device other(15);
    platform::host::raise_interrupt(15);
    EXPECT_TRUE(eventually([&] { return other.interrupts == 1; }));
}

TEST(Interrupt, PreemptsDispatchLevelButItsDpcWaits) {
    Device device(6);
    KIRQL old = KfRaiseIrql(DISPATCH_LEVEL);
    platform::host::raise_interrupt(6);
    EXPECT_TRUE(eventually([&] { return device.interrupts == 1; }));
    EXPECT_EQ(device.dpc.calls, 0);
    KeLowerIrql(old);
    EXPECT_TRUE(eventually([&] { return device.dpc.calls == 1; }));
}

TEST(Interrupt, SynchronizedExecutionKeepsItOut) {
    Device device(7);
    struct Context {
        Device& device;
        int seen;
    } context{device, -1};
    KeSynchronizeExecution(
        device.interrupt,
        [](PVOID argument) -> BOOLEAN {
            auto* c = static_cast<Context*>(argument);
            platform::host::raise_interrupt(7);
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            c->seen = c->device.interrupts;
            return TRUE;
        },
        &context);
    EXPECT_EQ(context.seen, 0);
    EXPECT_TRUE(eventually([&] { return device.interrupts == 1; }));
}

}  // namespace
