// SPDX-License-Identifier: GPL-3.0-only
//
// The request ring with a test in the Executive's place: loading a driver, opening, transfers of every
// method, cancellation, a driver that blocks, Plug and Play, and what a driver must not do.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "tests/host/wdm/executive.hpp"

namespace {

using test::complete;
using test::current;
using test::eventually;
using test::Executive;
using test::load;

// --- the driver under test

PIRP waiting;
KEVENT gate;
std::u16string opened_name;
ULONG_PTR first_page_number, last_page_number;

constexpr ULONG kAddOne = 0x222000;      // buffered
constexpr ULONG kFillDirect = 0x222006;  // out-direct
constexpr ULONG kNeither = 0x22200b;     // neither
constexpr ULONG kBlock = 0x222010;       // waits for the gate
constexpr ULONG kCompleteTwice = 0x222014;
constexpr ULONG kClaim = 0x222018;  // says that it wrote all, and wrote nothing

VOID cancel_waiting(PDEVICE_OBJECT, PIRP irp) {
    IoReleaseCancelSpinLock(irp->CancelIrql);
    complete(irp, STATUS_CANCELLED);
}

NTSTATUS dispatch_create(PDEVICE_OBJECT, PIRP irp) {
    PFILE_OBJECT file = current(irp).FileObject;
    opened_name.assign(file->FileName.Buffer != nullptr ? file->FileName.Buffer : u"",
                       file->FileName.Length / 2);
    file->FsContext = file;
    return complete(irp, STATUS_SUCCESS);
}

NTSTATUS dispatch_read(PDEVICE_OBJECT, PIRP irp) {
    current(irp).Control |= SL_PENDING_RETURNED;
    waiting = irp;
    __atomic_store_n(&irp->CancelRoutine, cancel_waiting, __ATOMIC_SEQ_CST);
    return STATUS_PENDING;
}

NTSTATUS dispatch_write(PDEVICE_OBJECT, PIRP irp) {
    return complete(irp, STATUS_SUCCESS, current(irp).Parameters.ReadWrite.Length);
}

NTSTATUS dispatch_control(PDEVICE_OBJECT, PIRP irp) {
    auto& parameters = current(irp).Parameters.DeviceIoControl;
    switch (parameters.IoControlCode) {
        case kAddOne:
            ++*static_cast<ULONG*>(irp->AssociatedIrp.SystemBuffer);
            return complete(irp, STATUS_SUCCESS, 4);
        case kFillDirect:
            first_page_number = *reinterpret_cast<ULONG_PTR*>(irp->MdlAddress + 1);
            last_page_number =
                reinterpret_cast<ULONG_PTR*>(irp->MdlAddress + 1)[(irp->MdlAddress->ByteCount - 1) / 4096];
            std::memset(irp->MdlAddress->MappedSystemVa, 0x5a, irp->MdlAddress->ByteCount);
            return complete(irp, STATUS_SUCCESS, irp->MdlAddress->ByteCount);
        case kNeither:
            std::memcpy(irp->UserBuffer, parameters.Type3InputBuffer, parameters.InputBufferLength);
            return complete(irp, STATUS_SUCCESS, parameters.InputBufferLength);
        case kBlock:
            KeWaitForSingleObject(&gate, 0, 0, FALSE, nullptr);
            return complete(irp, STATUS_SUCCESS);
        case kClaim:
            return complete(irp, STATUS_SUCCESS, parameters.OutputBufferLength);
        case kCompleteTwice:
            complete(irp, STATUS_SUCCESS);
            return complete(irp, STATUS_SUCCESS);
        default:
            return complete(irp, STATUS_INVALID_DEVICE_REQUEST);
    }
}

alignas(8) CM_PARTIAL_RESOURCE_DESCRIPTOR started_with[2];
PDEVICE_OBJECT lower_device;

NTSTATUS dispatch_pnp(PDEVICE_OBJECT, PIRP irp) {
    IO_STACK_LOCATION location = current(irp);
    IoForwardIrpSynchronously(lower_device, irp);
    if (location.MinorFunction == IRP_MN_START_DEVICE) {
        auto* list =
            static_cast<PCM_RESOURCE_LIST>(location.Parameters.StartDevice.AllocatedResourcesTranslated);
        std::memcpy(started_with, list->List[0].PartialResourceList.PartialDescriptors, sizeof started_with);
    }
    return complete(irp, irp->IoStatus.Status);
}

std::vector<PDEVICE_OBJECT> shut_down;
PDRIVER_OBJECT test_driver;

// The first one is completed later, by its cancel routine.
NTSTATUS dispatch_shutdown(PDEVICE_OBJECT device, PIRP irp) {
    shut_down.push_back(device);
    return shut_down.size() == 1 ? dispatch_read(device, irp) : complete(irp, STATUS_SUCCESS);
}

NTSTATUS add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo) {
    PDEVICE_OBJECT device;
    NTSTATUS status = IoCreateDevice(driver, 0, nullptr, 0x22, 0, FALSE, &device);
    if (status >= 0) lower_device = IoAttachDeviceToDeviceStack(device, pdo);
    return status;
}

NTSTATUS driver_entry(PDRIVER_OBJECT driver, PUNICODE_STRING) {
    static WCHAR name[] = u"\\Device\\Test";
    UNICODE_STRING text = RTL_CONSTANT_STRING(name);
    PDEVICE_OBJECT device;
    NTSTATUS status = IoCreateDevice(driver, 0, &text, 0x22, 0, FALSE, &device);
    if (status < 0) return status;
    device->Flags |= DO_BUFFERED_IO;
    driver->MajorFunction[IRP_MJ_CREATE] = dispatch_create;
    driver->MajorFunction[IRP_MJ_READ] = dispatch_read;
    driver->MajorFunction[IRP_MJ_WRITE] = dispatch_write;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch_control;
    driver->MajorFunction[IRP_MJ_CLOSE] = dispatch_write;
    driver->MajorFunction[IRP_MJ_PNP] = dispatch_pnp;
    driver->MajorFunction[IRP_MJ_SHUTDOWN] = dispatch_shutdown;
    test_driver = driver;
    driver->DriverExtension->AddDevice = add_device;
    return STATUS_SUCCESS;
}

NTSTATUS failing_entry(PDRIVER_OBJECT, PUNICODE_STRING) {
    return STATUS_DEVICE_NOT_READY;
}

class Ring : public testing::Test {
protected:
    static void SetUpTestSuite() {
        if (loaded_) return;
        loaded_ = true;
        platform::host::add_image(u"test.sys", driver_entry);
        platform::host::add_image(u"failing.sys", failing_entry);
        ASSERT_EQ(load(1, u"test.sys"), STATUS_SUCCESS);
        auto names = platform::host::device_names();
        for (ULONG i = 0; i < names.size(); i++)
            if (names[i] == u"\\Device\\Test") device_ = i;
        open(7, u"\\name");
    }

    static NTSTATUS open(ULONG64 file, const std::u16string& name) {
        Executive& executive = Executive::get();
        ULONG number = executive.prepare(WDM_REQUEST_IRP, device_, IRP_MJ_CREATE);
        WDM_REQUEST& request = executive.request(number);
        request.File = file;
        request.Parameters.Create.NameLength = static_cast<ULONG>(name.size() * 2);
        std::memcpy(request.Inline, name.data(), name.size() * 2);
        return executive.run(number).Status;
    }

    ULONG control(ULONG code) {
        ULONG number = executive_.prepare(WDM_REQUEST_IRP, device_, IRP_MJ_DEVICE_CONTROL);
        executive_.request(number).File = 7;
        executive_.request(number).Parameters.DeviceIoControl.IoControlCode = code;
        return number;
    }

    void buffers(ULONG number, const void* input, ULONG input_length, void* output, ULONG output_length) {
        WDM_REQUEST& request = executive_.request(number);
        request.InputAddress = reinterpret_cast<ULONG64>(input);
        request.InputLength = input_length;
        request.OutputAddress = reinterpret_cast<ULONG64>(output);
        request.OutputLength = output_length;
    }

    Executive& executive_ = Executive::get();
    static inline bool loaded_ = false;
    static inline ULONG device_ = 0;
};

TEST_F(Ring, LoadsAndOpens) {
    EXPECT_EQ(opened_name, u"\\name");
    EXPECT_EQ(load(2, u"failing.sys"), STATUS_DEVICE_NOT_READY);
    EXPECT_EQ(load(3, u"missing.sys"), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(load(1, u"test.sys"), STATUS_INVALID_PARAMETER);
}

TEST_F(Ring, RefusesWhatItDoesNotKnow) {
    ULONG number = executive_.prepare(WDM_REQUEST_IRP, 200, IRP_MJ_WRITE);
    EXPECT_EQ(executive_.run(number).Status, STATUS_NO_SUCH_DEVICE);
    number = executive_.prepare(WDM_REQUEST_IRP, device_, IRP_MJ_WRITE);
    executive_.request(number).File = 99;
    EXPECT_EQ(executive_.run(number).Status, STATUS_FILE_INVALID);
    number = executive_.prepare(77, 0);
    EXPECT_EQ(executive_.run(number).Status, STATUS_INVALID_PARAMETER);
    number = executive_.prepare(WDM_REQUEST_IRP, device_, 0x40);
    EXPECT_EQ(executive_.run(number).Status, STATUS_INVALID_DEVICE_REQUEST);
}

TEST_F(Ring, WritesInline) {
    ULONG number = executive_.prepare(WDM_REQUEST_IRP, device_, IRP_MJ_WRITE);
    executive_.request(number).File = 7;
    executive_.request(number).InputLength = 16;
    WDM_COMPLETION& done = executive_.run(number);
    EXPECT_EQ(done.Status, STATUS_SUCCESS);
    EXPECT_EQ(done.Information, 16u);
}

TEST_F(Ring, BufferedControlInTheRingAndOutsideOfIt) {
    ULONG number = control(kAddOne);
    WDM_REQUEST& request = executive_.request(number);
    request.InputLength = request.OutputLength = 4;
    *reinterpret_cast<ULONG*>(request.Inline) = 41;
    WDM_COMPLETION& done = executive_.run(number);
    EXPECT_EQ(done.Status, STATUS_SUCCESS);
    EXPECT_EQ(done.Written, 4u);
    EXPECT_EQ(*reinterpret_cast<ULONG*>(done.Inline), 42u);

    ULONG input = 1, output = 0;
    number = control(kAddOne);
    buffers(number, &input, 4, &output, 4);
    EXPECT_EQ(executive_.run(number).Information, 4u);
    EXPECT_EQ(input, 1u);
    EXPECT_EQ(output, 2u);
}

TEST_F(Ring, DirectAndNeitherControl) {
    static UCHAR big[10'000];
    MmGetPhysicalAddress(big);  // the host of a driver that does DMA
    ULONG number = control(kFillDirect);
    buffers(number, nullptr, 0, big, sizeof big);
    EXPECT_EQ(executive_.run(number).Information, sizeof big);
    EXPECT_EQ(first_page_number, reinterpret_cast<ULONG_PTR>(big) / 4096);
    EXPECT_EQ(big[0], 0x5a);
    EXPECT_EQ(big[sizeof big - 1], 0x5a);

    char text[] = "text", copy[8] = {};
    number = control(kNeither);
    buffers(number, text, 5, copy, 8);
    EXPECT_EQ(executive_.run(number).Status, STATUS_SUCCESS);
    EXPECT_STREQ(copy, "text");
}

// Two buffers in the ring: each is its own, and the output begins as the client has it.
TEST_F(Ring, DirectAndNeitherControlInTheRing) {
    ULONG number = control(kNeither);
    WDM_REQUEST& neither = executive_.request(number);
    neither.InputLength = 5;
    neither.OutputAddress = 16;
    neither.OutputLength = 500;
    std::memcpy(neither.Inline, "text", 5);
    std::memset(neither.Inline + 16, 0x11, 500);
    WDM_COMPLETION& done = executive_.run(number);
    EXPECT_EQ(done.Written, 5u);
    EXPECT_STREQ(reinterpret_cast<char*>(done.Inline), "text");

    number = control(kFillDirect);
    WDM_REQUEST& direct = executive_.request(number);
    direct.OutputLength = 600;
    WDM_COMPLETION& filled = executive_.run(number);
    EXPECT_EQ(filled.Written, 600u);
    EXPECT_EQ(filled.Inline[0], 0x5a);
    EXPECT_EQ(filled.Inline[599], 0x5a);
}

// Nothing of an earlier request comes back, whatever a driver claims to have written.
TEST_F(Ring, StaleBytesStayInside) {
    ULONG number = executive_.prepare(WDM_REQUEST_IRP, device_, IRP_MJ_WRITE);
    executive_.request(number).File = 7;
    executive_.request(number).InputLength = 100;
    std::memset(executive_.request(number).Inline, 0x55, 100);
    executive_.run(number);
    number = control(kClaim);
    executive_.request(number).InputLength = 10;
    executive_.request(number).OutputLength = 100;
    std::memset(executive_.request(number).Inline, 0x55, WDM_INLINE_SIZE);
    WDM_COMPLETION& done = executive_.run(number);
    EXPECT_EQ(done.Written, 100u);
    EXPECT_EQ(std::count(done.Inline + 10, done.Inline + 100, 0), 90);
}

ULONG start_read(Executive& executive, ULONG device) {
    ULONG number = executive.prepare(WDM_REQUEST_IRP, device, IRP_MJ_READ);
    executive.request(number).File = 7;
    executive.request(number).OutputLength = 8;
    executive.submit(number);
    EXPECT_TRUE(eventually([&] { return executive.pending(number); }));
    return number;
}

TEST_F(Ring, PendingReadCompletesFromAnotherThread) {
    ULONG number = start_read(executive_, device_);
    std::memcpy(waiting->AssociatedIrp.SystemBuffer, "12345678", 8);
    __atomic_store_n(&waiting->CancelRoutine, nullptr, __ATOMIC_SEQ_CST);
    complete(waiting, STATUS_SUCCESS, 8);
    EXPECT_TRUE(eventually([&] { return executive_.completed(number); }));
    EXPECT_EQ(std::memcmp(executive_.result(number).Inline, "12345678", 8), 0);
}

TEST_F(Ring, CancelledReadCompletes) {
    ULONG read = start_read(executive_, device_);
    executive_.cancel(read);
    EXPECT_TRUE(eventually([&] { return executive_.completed(read); }));
    EXPECT_EQ(executive_.result(read).Status, STATUS_CANCELLED);
}

TEST_F(Ring, ACancelOfAnotherRequestIsIgnored) {
    ULONG read = start_read(executive_, device_);
    executive_.cancel(read - 1);
    executive_.cancel(read + 1000);
    ULONG other = executive_.prepare(WDM_REQUEST_IRP, device_, IRP_MJ_WRITE);
    executive_.request(other).File = 7;
    executive_.run(other);  // it has been taken by now
    EXPECT_FALSE(executive_.completed(read));
    executive_.cancel(read);
    EXPECT_TRUE(eventually([&] { return executive_.completed(read); }));
}

TEST_F(Ring, ARequestCancelledBeforeItIsPickedUpNeverReachesItsDriver) {
    waiting = nullptr;
    ULONG read = executive_.prepare(WDM_REQUEST_IRP, device_, IRP_MJ_READ);
    executive_.request(read).File = 7;
    executive_.request(read).CancelId = executive_.request(read).Id;
    EXPECT_EQ(executive_.run(read).Status, STATUS_CANCELLED);
    EXPECT_EQ(waiting, nullptr);
}

// What pends holds no entry: a thousand of them, and others go on; each can be cancelled.
TEST_F(Ring, AThousandPendAndOthersGoOn) {
    std::vector<ULONG> reads;
    for (int i = 0; i < 1000; i++)
        reads.push_back(start_read(executive_, device_));
    ULONG write = executive_.prepare(WDM_REQUEST_IRP, device_, IRP_MJ_WRITE);
    executive_.request(write).File = 7;
    EXPECT_EQ(executive_.run(write).Status, STATUS_SUCCESS);
    for (ULONG read : reads)
        EXPECT_FALSE(executive_.completed(read));
    // The host has more to say than there is room for, and nobody listens for a while.
    executive_.lazy = true;
    for (ULONG read : reads)
        executive_.cancel(read);
    EXPECT_TRUE(eventually(
        [&] { return __atomic_load_n(&executive_.ring().CompletionsWaiting, __ATOMIC_ACQUIRE) != 0; }));
    EXPECT_EQ(executive_.ring().CompleteTail - executive_.ring().CompleteHead, Executive::kDepth);
    executive_.lazy = false;
    for (ULONG read : reads) {
        EXPECT_TRUE(eventually([&] { return executive_.completed(read); }));
        EXPECT_EQ(executive_.result(read).Status, STATUS_CANCELLED);
    }
}

TEST_F(Ring, ADriverThatWaitsDoesNotHoldUpOthers) {
    KeInitializeEvent(&gate, NotificationEvent, FALSE);
    ULONG blocked[3];
    for (ULONG& number : blocked) {
        number = control(kBlock);
        executive_.submit(number);
    }
    for (int i = 0; i < 20; i++) {
        ULONG number = executive_.prepare(WDM_REQUEST_IRP, device_, IRP_MJ_WRITE);
        executive_.request(number).File = 7;
        EXPECT_EQ(executive_.run(number).Status, STATUS_SUCCESS);
    }
    for (ULONG number : blocked)
        EXPECT_FALSE(executive_.completed(number));
    KeSetEvent(&gate, 0, FALSE);
    for (ULONG number : blocked)
        EXPECT_TRUE(eventually([&] { return executive_.completed(number); }));
}

// As many as want all threads get not all of them: files are opened and closed, pages come, devices are
// added. What waits for a thread is cancelled like others, and has its turn.
TEST_F(Ring, OrdinaryRequestsLeaveThreadsToOthers) {
    KeInitializeEvent(&gate, NotificationEvent, FALSE);
    std::vector<ULONG> blocked;
    for (int i = 0; i < 60; i++) {
        blocked.push_back(control(kBlock));
        executive_.submit(blocked.back());
    }
    EXPECT_EQ(open(20, u""), STATUS_SUCCESS);
    ULONG paging = executive_.prepare(WDM_REQUEST_IRP, device_, IRP_MJ_WRITE);
    executive_.request(paging).File = 7;
    executive_.request(paging).IrpFlags = IRP_PAGING_IO | IRP_NOCACHE;
    EXPECT_EQ(executive_.run(paging).Status, STATUS_SUCCESS);
    EXPECT_EQ(executive_.run(executive_.prepare(WDM_REQUEST_REMOVE_DEVICE, 6)).Status, STATUS_NO_SUCH_DEVICE);
    // Of the same file as one that waits: it may not pass it.
    ULONG cleanup = executive_.prepare(WDM_REQUEST_IRP, device_, IRP_MJ_CLEANUP);
    executive_.request(cleanup).File = 7;
    executive_.submit(cleanup);
    ULONG close = executive_.prepare(WDM_REQUEST_IRP, device_, IRP_MJ_CLOSE);
    executive_.request(close).File = 20;
    EXPECT_EQ(executive_.run(close).Status, STATUS_SUCCESS);
    EXPECT_FALSE(executive_.completed(cleanup));
    executive_.cancel(blocked.back());
    EXPECT_TRUE(eventually([&] { return executive_.completed(blocked.back()); }));
    EXPECT_EQ(executive_.result(blocked.back()).Status, STATUS_CANCELLED);
    blocked.pop_back();
    EXPECT_FALSE(executive_.completed(blocked.back()));
    KeSetEvent(&gate, 0, FALSE);
    blocked.push_back(cleanup);
    for (ULONG number : blocked)
        EXPECT_TRUE(eventually([&] { return executive_.completed(number); }));
}

// The numbers of a client's pages are in its MDL, whoever asks; the Executive sends them behind the input.
TEST_F(Ring, AnMdlHasTheNumbersThatCameWithTheRequest) {
    alignas(4096) static UCHAR big[3 * 4096];
    for (ULONG input : {0u, 5u}) {
        ULONG number = control(kFillDirect);
        buffers(number, nullptr, input, big, sizeof big);
        executive_.request(number).PageNumbers = 3;
        auto* numbers = reinterpret_cast<ULONG*>(executive_.request(number).Inline + (input + 15) / 16 * 16);
        for (ULONG i = 0; i < 3; i++)
            numbers[i] = 1000 + 7 * i;
        EXPECT_EQ(executive_.run(number).Status, STATUS_SUCCESS);
        EXPECT_EQ(first_page_number, 1000u);
        EXPECT_EQ(last_page_number, 1014u);
    }
}

// Two that are alike get the same memory, with nothing of the first left in it.
TEST_F(Ring, LongDataIsZeroWhereNobodyWrote) {
    for (ULONG length : {4096u, 5000u, 65'536u, 65'537u, 200'000u}) {
        for (int round = 0; round < 3; round++) {
            std::vector<UCHAR> input(length / 2, 0x55), output(length, 0x11);
            ULONG number = control(kClaim);
            buffers(number, input.data(), length / 2, output.data(), length);
            EXPECT_EQ(executive_.run(number).Written, length);
            EXPECT_EQ(std::count(output.begin() + length / 2, output.end(), 0), length - length / 2);
            EXPECT_EQ(std::count(output.begin(), output.begin() + length / 2, 0x55), length / 2);
        }
    }
}

TEST_F(Ring, AddsAndRemovesADevice) {
    ULONG number = executive_.prepare(WDM_REQUEST_ADD_DEVICE, 1);
    WDM_REQUEST& request = executive_.request(number);
    auto& add = *reinterpret_cast<WDM_ADD_DEVICE*>(request.Inline);
    add.NodeNumber = 5;
    add.ResourceCount = 2;
    add.Resources[0] = {WDM_RESOURCE_PORT, 0, 0x60, 1};
    add.Resources[1] = {WDM_RESOURCE_INTERRUPT, 0, 1, 1};
    add.HardwareIdOffset = sizeof add;
    add.HardwareIdLength = 24;
    std::memcpy(request.Inline + sizeof add, u"ACPI\\PNP0303", 24);
    EXPECT_EQ(executive_.run(number).Status, STATUS_SUCCESS);
    EXPECT_EQ(started_with[0].Type, CmResourceTypePort);
    EXPECT_EQ(LONGLONG{started_with[0].u.Range.Start.QuadPart}, 0x60);
    EXPECT_EQ(started_with[1].Type, CmResourceTypeInterrupt);
    EXPECT_EQ(ULONG{started_with[1].u.Interrupt.Vector}, 1u);
    EXPECT_EQ(started_with[1].Flags, CM_RESOURCE_INTERRUPT_LATCHED);
    number = executive_.prepare(WDM_REQUEST_REMOVE_DEVICE, 6);
    EXPECT_EQ(executive_.run(number).Status, STATUS_NO_SUCH_DEVICE);
    number = executive_.prepare(WDM_REQUEST_REMOVE_DEVICE, 5);
    EXPECT_EQ(executive_.run(number).Status, STATUS_SUCCESS);
}

TEST_F(Ring, ShutdownGoesToThoseThatAskedTheNewestFirst) {
    PDEVICE_OBJECT device[5];
    for (PDEVICE_OBJECT& each : device)
        ASSERT_EQ(IoCreateDevice(test_driver, 0, nullptr, 0x22, 0, FALSE, &each), STATUS_SUCCESS);
    for (int i : {0, 2, 3, 4})
        IoRegisterShutdownNotification(device[i]);
    IoRegisterLastChanceShutdownNotification(device[1]);
    IoUnregisterShutdownNotification(device[2]);
    IoDeleteDevice(device[3]);
    waiting = nullptr;
    ULONG number = executive_.prepare(WDM_REQUEST_SHUTDOWN, WDM_SHUTDOWN_FIRST_CHANCE);
    executive_.submit(number);
    ASSERT_TRUE(eventually([] { return __atomic_load_n(&waiting, __ATOMIC_ACQUIRE) != nullptr; }));
    IoCancelIrp(waiting);
    EXPECT_TRUE(eventually([&] { return executive_.completed(number); }));
    EXPECT_EQ(shut_down, (std::vector<PDEVICE_OBJECT>{device[4], device[0]}));
    executive_.run(executive_.prepare(WDM_REQUEST_SHUTDOWN, WDM_SHUTDOWN_LAST_CHANCE));
    EXPECT_EQ(shut_down.back(), device[1]);
}

TEST_F(Ring, ClosingForgetsTheFile) {
    EXPECT_EQ(open(8, u""), STATUS_SUCCESS);
    ULONG number = executive_.prepare(WDM_REQUEST_IRP, device_, IRP_MJ_CLOSE);
    executive_.request(number).File = 8;
    EXPECT_EQ(executive_.run(number).Status, STATUS_SUCCESS);
    number = executive_.prepare(WDM_REQUEST_IRP, device_, IRP_MJ_WRITE);
    executive_.request(number).File = 8;
    EXPECT_EQ(executive_.run(number).Status, STATUS_FILE_INVALID);
}

TEST_F(Ring, DamagedInlineOffsetsAreRefused) {
    ULONG number = executive_.prepare(WDM_REQUEST_LOAD, 0);
    auto& load = *reinterpret_cast<WDM_LOAD_DRIVER*>(executive_.request(number).Inline);
    load = {9, 700, 200, 0, 0};
    EXPECT_EQ(executive_.run(number).Status, STATUS_INVALID_PARAMETER);
    number = executive_.prepare(WDM_REQUEST_ADD_DEVICE, 1);
    reinterpret_cast<WDM_ADD_DEVICE*>(executive_.request(number).Inline)->ResourceCount = 17;
    EXPECT_EQ(executive_.run(number).Status, STATUS_INVALID_PARAMETER);
}

}  // namespace
