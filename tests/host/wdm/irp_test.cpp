// SPDX-License-Identifier: GPL-3.0-only
//
// IRPs: device stacks, completion, cancellation, cancel-safe queues and StartIo.
#include <vector>

#include "tests/host/wdm/wdm.hpp"
#include "wdm/io/driver.hpp"
#include "wdm/rtl/list.hpp"
#include "wdm/rtl/string.hpp"

namespace {

using test::complete;
using test::current;
using test::next;

// A driver with one device; its dispatch routine is whatever the test sets.
struct TestDriver {
    io::Driver* driver;
    PDEVICE_OBJECT device = nullptr;

    explicit TestDriver(PDRIVER_DISPATCH dispatch) {
        static constexpr WCHAR name[] = u"Test";
        driver = io::create_internal_driver(rtl::string_of(name, 4));
        for (PDRIVER_DISPATCH& entry : driver->object.MajorFunction)
            entry = dispatch;
        EXPECT_EQ(IoCreateDevice(&driver->object, sizeof(PVOID), nullptr, 0x22, 0, FALSE, &device),
                  STATUS_SUCCESS);
    }
    ~TestDriver() { IoDeleteDevice(device); }
    TestDriver(const TestDriver&) = delete;
};

NTSTATUS succeed(PDEVICE_OBJECT, PIRP irp) {
    return complete(irp, STATUS_SUCCESS, 42);
}

NTSTATUS pass_down(PDEVICE_OBJECT device, PIRP irp) {
    next(irp) = current(irp);
    next(irp).CompletionRoutine = nullptr;
    next(irp).Control = 0;
    return IofCallDriver(*static_cast<PDEVICE_OBJECT*>(device->DeviceExtension), irp);
}

PIRP pended;

NTSTATUS pend(PDEVICE_OBJECT, PIRP irp) {
    current(irp).Control |= SL_PENDING_RETURNED;
    pended = irp;
    return STATUS_PENDING;
}

std::vector<int> order;

NTSTATUS note_and_keep(PDEVICE_OBJECT, PIRP, PVOID context) {
    order.push_back(static_cast<int>(reinterpret_cast<ULONG_PTR>(context)));
    return STATUS_MORE_PROCESSING_REQUIRED;
}

TEST(Irp, GoesDownAStackAndComesBack) {
    TestDriver lower(succeed), upper(pass_down);
    auto* below = IoAttachDeviceToDeviceStack(upper.device, lower.device);
    *static_cast<PDEVICE_OBJECT*>(upper.device->DeviceExtension) = below;
    EXPECT_EQ(upper.device->StackSize, 2);
    PIRP irp = IoAllocateIrp(upper.device->StackSize, FALSE);
    next(irp).MajorFunction = IRP_MJ_READ;
    next(irp).CompletionRoutine = note_and_keep;
    next(irp).Context = reinterpret_cast<PVOID>(7);
    next(irp).Control = SL_INVOKE_ON_SUCCESS;
    order.clear();
    EXPECT_EQ(IofCallDriver(upper.device, irp), STATUS_SUCCESS);
    EXPECT_EQ(order, std::vector<int>{7});
    EXPECT_EQ(irp->IoStatus.Information, 42u);
    IoFreeIrp(irp);
    IoDetachDevice(below);
}

TEST(Irp, PendingIsTakenUpTheStack) {
    TestDriver lower(pend), upper(pass_down);
    auto* below = IoAttachDeviceToDeviceStack(upper.device, lower.device);
    *static_cast<PDEVICE_OBJECT*>(upper.device->DeviceExtension) = below;
    PIRP irp = IoAllocateIrp(2, FALSE);
    next(irp).MajorFunction = IRP_MJ_READ;
    next(irp).CompletionRoutine = note_and_keep;
    next(irp).Control = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR;
    EXPECT_EQ(IofCallDriver(upper.device, irp), STATUS_PENDING);
    complete(pended, STATUS_IO_TIMEOUT);
    EXPECT_TRUE(irp->PendingReturned);
    IoFreeIrp(irp);
    IoDetachDevice(below);
}

TEST(Irp, BuiltControlRequestCopiesItsResultAndSetsItsEvent) {
    static NTSTATUS (*answer)(PDEVICE_OBJECT, PIRP) = [](PDEVICE_OBJECT, PIRP irp) -> NTSTATUS {
        auto* buffer = static_cast<ULONG*>(irp->AssociatedIrp.SystemBuffer);
        *buffer += 1;
        return complete(irp, STATUS_SUCCESS, sizeof(ULONG));
    };
    TestDriver driver(answer);
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IO_STATUS_BLOCK status{};
    ULONG input = 5, output = 0;
    PIRP irp =
        IoBuildDeviceIoControlRequest(0x220000, driver.device, &input, 4, &output, 4, FALSE, &event, &status);
    EXPECT_EQ(IofCallDriver(driver.device, irp), STATUS_SUCCESS);
    EXPECT_EQ(output, 6u);
    EXPECT_EQ(input, 5u);
    EXPECT_EQ(status.Information, 4u);
    EXPECT_EQ(event.Header.SignalState, 1);
}

NTSTATUS call_down(PDEVICE_OBJECT device, PIRP irp) {
    return IofCallDriver(*static_cast<PDEVICE_OBJECT*>(device->DeviceExtension), irp);
}

void send_too_short_irp() {
    TestDriver lower(succeed);
    TestDriver upper(call_down);
    *static_cast<PDEVICE_OBJECT*>(upper.device->DeviceExtension) =
        IoAttachDeviceToDeviceStack(upper.device, lower.device);
    IofCallDriver(upper.device, IoAllocateIrp(1, FALSE));
}

TEST(IrpDeath, ATooShortIrpStopsTheHost) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(send_too_short_irp(), testing::ExitedWithCode(70), "bug check 35");
}

PIRP cancelled;

VOID cancel_routine(PDEVICE_OBJECT, PIRP irp) {
    IoReleaseCancelSpinLock(irp->CancelIrql);
    cancelled = irp;
}

TEST(Cancel, CallsTheRoutineOnce) {
    TestDriver driver(pend);
    PIRP irp = IoAllocateIrp(1, FALSE);
    IofCallDriver(driver.device, irp);
    irp->CancelRoutine = cancel_routine;
    cancelled = nullptr;
    EXPECT_TRUE(IoCancelIrp(irp));
    EXPECT_EQ(cancelled, irp);
    EXPECT_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    EXPECT_FALSE(IoCancelIrp(irp));
    IoFreeIrp(irp);
}

// A cancel-safe queue as a driver writes it.
struct Queue {
    IO_CSQ csq;
    LIST_ENTRY list;
    KSPIN_LOCK lock = 0;
    std::vector<PIRP> completed;

    Queue() {
        rtl::initialise(list);
        IoCsqInitialize(&csq, insert, remove, peek, acquire, release, complete_cancelled);
    }
    static Queue& of(PIO_CSQ csq) { return *CONTAINING_RECORD(csq, Queue, csq); }
    static VOID insert(PIO_CSQ csq, PIRP irp) { rtl::insert_tail(of(csq).list, irp->Tail.Overlay.ListEntry); }
    static VOID remove(PIO_CSQ, PIRP irp) { rtl::remove(irp->Tail.Overlay.ListEntry); }
    static PIRP peek(PIO_CSQ csq, PIRP irp, PVOID) {
        LIST_ENTRY& list = of(csq).list;
        LIST_ENTRY* entry = irp != nullptr ? irp->Tail.Overlay.ListEntry.Flink : list.Flink;
        return entry == &list ? nullptr : CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);
    }
    static VOID acquire(PIO_CSQ csq, PKIRQL irql) { *irql = KeAcquireSpinLockRaiseToDpc(&of(csq).lock); }
    static VOID release(PIO_CSQ csq, KIRQL irql) { KeReleaseSpinLock(&of(csq).lock, irql); }
    static VOID complete_cancelled(PIO_CSQ csq, PIRP irp) { of(csq).completed.push_back(irp); }
};

PIRP irp_for(TestDriver& driver) {
    PIRP irp = IoAllocateIrp(1, FALSE);
    IofCallDriver(driver.device, irp);
    return irp;
}

TEST(Csq, KeepsOrderAndGivesUpCancelledIrps) {
    TestDriver driver(pend);
    Queue queue;
    PIRP a = irp_for(driver), b = irp_for(driver), c = irp_for(driver);
    for (PIRP irp : {a, b, c})
        IoCsqInsertIrp(&queue.csq, irp, nullptr);
    EXPECT_TRUE(IoCancelIrp(b));
    EXPECT_EQ(queue.completed, std::vector<PIRP>{b});
    EXPECT_EQ(IoCsqRemoveNextIrp(&queue.csq, nullptr), a);
    EXPECT_EQ(IoCsqRemoveNextIrp(&queue.csq, nullptr), c);
    EXPECT_EQ(IoCsqRemoveNextIrp(&queue.csq, nullptr), nullptr);
    for (PIRP irp : {a, b, c})
        IoFreeIrp(irp);
}

TEST(Csq, CompletesAnIrpThatWasCancelledBefore) {
    TestDriver driver(pend);
    Queue queue;
    PIRP irp = irp_for(driver);
    IoCancelIrp(irp);
    IoCsqInsertIrp(&queue.csq, irp, nullptr);
    EXPECT_EQ(queue.completed, std::vector<PIRP>{irp});
    EXPECT_EQ(IoCsqRemoveNextIrp(&queue.csq, nullptr), nullptr);
    IoFreeIrp(irp);
}

TEST(Csq, RemovesByContext) {
    TestDriver driver(pend);
    Queue queue;
    IO_CSQ_IRP_CONTEXT context;
    PIRP irp = irp_for(driver);
    IoCsqInsertIrp(&queue.csq, irp, &context);
    EXPECT_EQ(IoCsqRemoveIrp(&queue.csq, &context), irp);
    EXPECT_EQ(IoCsqRemoveIrp(&queue.csq, &context), nullptr);
    IoFreeIrp(irp);
}

int depth, deepest;

VOID start_and_go_on(PDEVICE_OBJECT device, PIRP irp) {
    deepest = ++depth > deepest ? depth : deepest;
    EXPECT_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
    order.push_back(static_cast<int>(irp->IoStatus.Information));
    IoStartNextPacket(device, FALSE);
    depth--;
}

VOID start_only(PDEVICE_OBJECT, PIRP irp) {
    order.push_back(static_cast<int>(irp->IoStatus.Information));
}

TEST(StartIo, OneAtATimeInOrder) {
    TestDriver driver(pend);
    driver.driver->object.DriverStartIo = start_only;
    order.clear();
    std::vector<PIRP> irps;
    for (int i = 0; i < 3; i++) {
        irps.push_back(irp_for(driver));
        irps.back()->IoStatus.Information = static_cast<ULONG_PTR>(i);
        IoStartPacket(driver.device, irps.back(), nullptr, nullptr);
    }
    EXPECT_EQ(order, std::vector<int>{0});
    EXPECT_EQ(driver.device->CurrentIrp, irps[0]);
    IoStartNextPacket(driver.device, FALSE);
    IoStartNextPacket(driver.device, FALSE);
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
    IoStartNextPacket(driver.device, FALSE);
    EXPECT_EQ(driver.device->CurrentIrp, nullptr);
    EXPECT_FALSE(driver.device->DeviceQueue.Busy);
    for (PIRP irp : irps)
        IoFreeIrp(irp);
}

TEST(StartIo, DeferredDoesNotRecurse) {
    TestDriver driver(pend);
    driver.driver->object.DriverStartIo = start_only;
    IoSetStartIoAttributes(driver.device, TRUE, FALSE);
    std::vector<PIRP> irps;
    for (int i = 0; i < 5; i++) {
        irps.push_back(irp_for(driver));
        IoStartPacket(driver.device, irps.back(), nullptr, nullptr);
    }
    driver.driver->object.DriverStartIo = start_and_go_on;
    order.clear();
    depth = deepest = 0;
    IoStartNextPacket(driver.device, FALSE);
    EXPECT_EQ(order.size(), 4u);
    EXPECT_EQ(deepest, 1);
    for (PIRP irp : irps)
        IoFreeIrp(irp);
}

}  // namespace
