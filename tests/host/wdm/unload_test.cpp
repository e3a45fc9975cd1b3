// SPDX-License-Identifier: GPL-3.0-only
//
// The end of devices and drivers: files that are open outlive their device, a stack is taken down from the
// top, and nothing of a driver's code is called once it is gone.
#include "tests/host/wdm/executive.hpp"

#include "wdm/io/driver.hpp"

extern "C" {
struct _IO_WORKITEM* IoAllocateWorkItem(PDEVICE_OBJECT device);
VOID IoFreeWorkItem(struct _IO_WORKITEM* item);
VOID IoQueueWorkItem(struct _IO_WORKITEM* item, VOID(NTAPI* routine)(PDEVICE_OBJECT, PVOID), ULONG type,
                     PVOID context);
}

namespace {

using test::complete;
using test::current;
using test::eventually;
using test::Executive;
using test::milliseconds;

constexpr ULONG kNumber = 11, kClassNumber = 12;

PDRIVER_OBJECT driver;
PDEVICE_OBJECT named, function, above;
std::vector<UCHAR> seen;  // major functions, in order
std::vector<std::string> removed;
std::atomic<int> unloaded{0};
NTSTATUS query_answer = STATUS_SUCCESS;
PDEVICE_OBJECT lower_of_function, lower_of_above;

NTSTATUS note(PDEVICE_OBJECT, PIRP irp) {
    seen.push_back(current(irp).MajorFunction);
    return complete(irp, STATUS_SUCCESS);
}

NTSTATUS pass(PDEVICE_OBJECT lower, PIRP irp) {
    irp->CurrentLocation++;
    irp->Tail.Overlay.CurrentStackLocation++;
    return IofCallDriver(lower, irp);
}

NTSTATUS dispatch_pnp(PDEVICE_OBJECT device, PIRP irp) {
    PDEVICE_OBJECT lower = device == function ? lower_of_function : lower_of_above;
    UCHAR minor = current(irp).MinorFunction;
    if (minor == IRP_MN_QUERY_REMOVE_DEVICE && device == above && query_answer < 0)
        return complete(irp, query_answer);
    irp->IoStatus.Status = STATUS_SUCCESS;
    NTSTATUS status = pass(lower, irp);
    if (minor != IRP_MN_REMOVE_DEVICE) return status;
    removed.push_back(device == function ? "function" : "class");
    IoDetachDevice(lower);
    IoDeleteDevice(device);
    return status;
}

NTSTATUS add_function(PDRIVER_OBJECT object, PDEVICE_OBJECT pdo) {
    NTSTATUS status = IoCreateDevice(object, 0, nullptr, 0x22, 0, FALSE, &function);
    if (status >= 0) lower_of_function = IoAttachDeviceToDeviceStack(function, pdo);
    return status;
}

NTSTATUS add_class(PDRIVER_OBJECT object, PDEVICE_OBJECT pdo) {
    NTSTATUS status = IoCreateDevice(object, 0, nullptr, 0x22, 0, FALSE, &above);
    if (status >= 0) lower_of_above = IoAttachDeviceToDeviceStack(above, pdo);
    return status;
}

VOID unload(PDRIVER_OBJECT) {
    unloaded++;
}

NTSTATUS function_entry(PDRIVER_OBJECT object, PUNICODE_STRING) {
    driver = object;
    for (UCHAR major : {IRP_MJ_CREATE, IRP_MJ_CLEANUP, IRP_MJ_CLOSE})
        object->MajorFunction[major] = note;
    object->MajorFunction[IRP_MJ_PNP] = dispatch_pnp;
    object->DriverExtension->AddDevice = add_function;
    object->DriverUnload = unload;
    return STATUS_SUCCESS;
}

NTSTATUS class_entry(PDRIVER_OBJECT object, PUNICODE_STRING) {
    object->MajorFunction[IRP_MJ_PNP] = dispatch_pnp;
    object->DriverExtension->AddDevice = add_class;
    object->DriverUnload = unload;
    return STATUS_SUCCESS;
}

class Unload : public testing::Test {
protected:
    void SetUp() override {
        platform::host::add_image(u"function.sys", function_entry);
        platform::host::add_image(u"class.sys", class_entry);
        ASSERT_EQ(test::load(kNumber, u"function.sys"), STATUS_SUCCESS);
        seen.clear();
        removed.clear();
        unloaded = 0;
        query_answer = STATUS_SUCCESS;
    }
    void TearDown() override { request(WDM_REQUEST_UNLOAD, kNumber); }

    NTSTATUS request(ULONG kind, ULONG target) {
        return executive_.run(executive_.prepare(kind, target)).Status;
    }
    NTSTATUS irp(UCHAR major, ULONG64 file) {
        ULONG number = executive_.prepare(WDM_REQUEST_IRP, index_, major);
        executive_.request(number).File = file;
        return executive_.run(number).Status;
    }
    void create_named(const WCHAR* text, USHORT length) {
        UNICODE_STRING name{static_cast<USHORT>(length * 2), static_cast<USHORT>(length * 2),
                            const_cast<WCHAR*>(text)};
        ASSERT_EQ(IoCreateDevice(driver, 0, &name, 0x22, 0, FALSE, &named), STATUS_SUCCESS);
        auto names = platform::host::device_names();
        for (ULONG i = 0; i < names.size(); i++)
            if (names[i] == std::u16string(text, length)) index_ = i;
    }
    void add_node() {
        ASSERT_EQ(test::load(kClassNumber, u"class.sys"), STATUS_SUCCESS);
        ULONG number = executive_.prepare(WDM_REQUEST_ADD_DEVICE, kNumber);
        auto& add = *reinterpret_cast<WDM_ADD_DEVICE*>(executive_.request(number).Inline);
        add.NodeNumber = 50;
        add.ClassDriverCount = 1;
        add.ClassDrivers[0] = kClassNumber;
        add.HardwareIdOffset = sizeof add;
        add.HardwareIdLength = 2;
        ASSERT_EQ(executive_.run(number).Status, STATUS_SUCCESS);
    }

    Executive& executive_ = Executive::get();
    ULONG index_ = 0;
};

TEST_F(Unload, AnOpenFileIsCleanedUpAndClosedAfterItsDeviceWasDeleted) {
    create_named(u"\\Device\\A", 9);
    ASSERT_EQ(irp(IRP_MJ_CREATE, 70), STATUS_SUCCESS);
    IoDeleteDevice(named);
    EXPECT_EQ(irp(IRP_MJ_CREATE, 71), STATUS_NO_SUCH_DEVICE);
    EXPECT_EQ(irp(IRP_MJ_CLEANUP, 70), STATUS_SUCCESS);
    EXPECT_EQ(irp(IRP_MJ_CLOSE, 70), STATUS_SUCCESS);
    EXPECT_EQ(seen, (std::vector<UCHAR>{IRP_MJ_CREATE, IRP_MJ_CLEANUP, IRP_MJ_CLOSE}));
    // With the last file the device is gone, and its index free.
    EXPECT_EQ(irp(IRP_MJ_CLEANUP, 0), STATUS_NO_SUCH_DEVICE);
}

TEST_F(Unload, ADriverStaysWhileADeviceOfItIsOpen) {
    create_named(u"\\Device\\B", 9);
    ASSERT_EQ(irp(IRP_MJ_CREATE, 72), STATUS_SUCCESS);
    EXPECT_EQ(request(WDM_REQUEST_UNLOAD, kNumber), STATUS_DEVICE_BUSY);
    EXPECT_EQ(unloaded, 0);
    EXPECT_EQ(irp(IRP_MJ_CLEANUP, 72), STATUS_SUCCESS);
    EXPECT_EQ(irp(IRP_MJ_CLOSE, 72), STATUS_SUCCESS);
    EXPECT_EQ(request(WDM_REQUEST_UNLOAD, kNumber), STATUS_SUCCESS);
    EXPECT_EQ(unloaded, 1);
}

TEST_F(Unload, TheStackOfAFunctionDriverGoesFirst) {
    add_node();
    EXPECT_EQ(request(WDM_REQUEST_UNLOAD, kClassNumber), STATUS_DEVICE_BUSY);
    query_answer = STATUS_UNSUCCESSFUL;
    EXPECT_EQ(request(WDM_REQUEST_UNLOAD, kNumber), STATUS_UNSUCCESSFUL);
    EXPECT_TRUE(removed.empty());
    query_answer = STATUS_SUCCESS;
    EXPECT_EQ(request(WDM_REQUEST_UNLOAD, kNumber), STATUS_SUCCESS);
    EXPECT_EQ(removed, (std::vector<std::string>{"function", "class"}));
    EXPECT_EQ(request(WDM_REQUEST_UNLOAD, kClassNumber), STATUS_SUCCESS);
    EXPECT_EQ(unloaded, 2);
}

std::atomic<int> worked{0};

VOID NTAPI slow_work(PDEVICE_OBJECT, PVOID context) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    IoFreeWorkItem(static_cast<struct _IO_WORKITEM*>(context));
    worked++;
}

TEST_F(Unload, WaitsForWorkItems) {
    create_named(u"\\Device\\C", 9);
    auto* item = IoAllocateWorkItem(named);
    IoQueueWorkItem(item, slow_work, 1, item);
    EXPECT_EQ(request(WDM_REQUEST_UNLOAD, kNumber), STATUS_SUCCESS);
    EXPECT_EQ(worked, 1);
}

// Declares a routine of the test program to be the driver's image; what lies beside it may be the runtime's.
template <typename Routine>
void claim(PDRIVER_OBJECT object, Routine* routine) {
    object->DriverStart = reinterpret_cast<PVOID>(routine);
    object->DriverSize = 1;
}

VOID forgotten_dpc(PKDPC, PVOID, PVOID, PVOID) {}

TEST_F(Unload, ATimerLeftBehindIsFound) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(
        {
            claim(driver, forgotten_dpc);
            KTIMER timer;
            KDPC dpc;
            KeInitializeTimer(&timer);
            KeInitializeDpc(&dpc, forgotten_dpc, nullptr);
            KeSetTimer(&timer, milliseconds(60'000), &dpc);
            request(WDM_REQUEST_UNLOAD, kNumber);
        },
        testing::ExitedWithCode(70), "bug check c7: .Driver.Test was unloaded with a timer set");
}

BOOLEAN forgotten_routine(PKINTERRUPT, PVOID) {
    return FALSE;
}

TEST_F(Unload, AnInterruptLeftBehindIsFound) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(
        {
            claim(driver, forgotten_routine);
            PKINTERRUPT interrupt;
            IoConnectInterrupt(&interrupt, forgotten_routine, nullptr, nullptr, 20, 9, 9, 1, FALSE, 1, FALSE);
            request(WDM_REQUEST_UNLOAD, kNumber);
        },
        testing::ExitedWithCode(70), "bug check ce: .Driver.Test was unloaded with an interrupt connected");
}

}  // namespace
