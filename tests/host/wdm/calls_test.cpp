// SPDX-License-Identifier: GPL-3.0-only
//
// Calls into a file system: which of its routines are called for what, by which thread, and what their
// answers mean.
#include <stddef.h>

#include <vector>

#include "abi/wdm/fstypes.h"
#include "tests/host/wdm/executive.hpp"
#include "wdm/io/device.hpp"

extern "C" NTSTATUS FsRtlRegisterFileSystemFilterCallbacks(PDRIVER_OBJECT driver,
                                                           PFS_FILTER_CALLBACKS callbacks);

namespace {

using test::complete;
using test::Executive;
using test::load;

constexpr ULONG kDriver = 21, kPlain = 22;
constexpr ULONG64 kFile = 91, kPlainFile = 92;

FAST_IO_DISPATCH table;
FS_FILTER_CALLBACKS callbacks;
ERESOURCE resource;
DRIVER_OBJECT* driver_object = nullptr;

// What was called, in its order, and by whom.
std::vector<std::string> calls;
std::vector<_KTHREAD*> callers;
NTSTATUS answer = STATUS_SUCCESS;  // of the routine before
NTSTATUS table_answer = STATUS_SUCCESS;
FS_FILTER_CALLBACK_DATA data;
LONGLONG ending = 0;
PERESOURCE released = nullptr;

void note(const char* what) {
    calls.push_back(what);
    callers.push_back(&ke::current());
}

NTSTATUS before(PFS_FILTER_CALLBACK_DATA given, PVOID* context) {
    note("before");
    data = *given;
    *context = &calls;
    return answer;
}
VOID after(PFS_FILTER_CALLBACK_DATA, NTSTATUS, PVOID context) {
    note("after");
    EXPECT_EQ(context, &calls);
}
VOID acquire_section(PFILE_OBJECT) {
    note("acquire section");
}
VOID release_section(PFILE_OBJECT) {
    note("release section");
}
NTSTATUS acquire_write(PFILE_OBJECT, PLARGE_INTEGER offset, PERESOURCE* wanted, PDEVICE_OBJECT) {
    note("acquire write");
    ending = offset->QuadPart;
    *wanted = &resource;
    return table_answer;
}
NTSTATUS release_write(PFILE_OBJECT, PERESOURCE given, PDEVICE_OBJECT) {
    note("release write");
    released = given;
    return STATUS_SUCCESS;
}
NTSTATUS acquire_flush(PFILE_OBJECT, PDEVICE_OBJECT) {
    note("acquire flush");
    return table_answer;
}
NTSTATUS release_flush(PFILE_OBJECT, PDEVICE_OBJECT) {
    note("release flush");
    return STATUS_SUCCESS;
}

NTSTATUS agree(PDEVICE_OBJECT, PIRP irp) {
    return complete(irp, STATUS_SUCCESS, 0);
}

NTSTATUS make_device(PDRIVER_OBJECT driver, const WCHAR* path) {
    UNICODE_STRING text;
    text.Buffer = const_cast<WCHAR*>(path);
    text.Length = text.MaximumLength = static_cast<USHORT>(std::u16string_view(path).size() * 2);
    PDEVICE_OBJECT device;
    NTSTATUS status = IoCreateDevice(driver, 0, &text, 0x22, 0, FALSE, &device);
    for (auto& function : driver->MajorFunction)
        function = agree;
    return status;
}

NTSTATUS file_system(PDRIVER_OBJECT driver, PUNICODE_STRING) {
    driver_object = driver;
    table.SizeOfFastIoDispatch = sizeof table;
    table.AcquireFileForNtCreateSection = acquire_section;
    table.ReleaseFileForNtCreateSection = release_section;
    table.AcquireForModWrite = acquire_write;
    table.ReleaseForModWrite = release_write;
    table.AcquireForCcFlush = acquire_flush;
    table.ReleaseForCcFlush = release_flush;
    driver->FastIoDispatch = &table;
    callbacks.SizeOfFsFilterCallbacks = sizeof callbacks;
    callbacks.PreAcquireForSectionSynchronization = before;
    callbacks.PostAcquireForSectionSynchronization = after;
    NTSTATUS status = FsRtlRegisterFileSystemFilterCallbacks(driver, &callbacks);
    return status < 0 ? status : make_device(driver, u"\\Device\\Calls");
}

NTSTATUS plain(PDRIVER_OBJECT driver, PUNICODE_STRING) {
    return make_device(driver, u"\\Device\\Plain");
}

class Calls : public testing::Test {
protected:
    static ULONG open(const std::u16string& path, ULONG64 file) {
        ULONG device = kNoIndex;
        auto names = platform::host::device_names();
        for (ULONG i = 0; i < names.size(); i++)
            if (names[i] == path) device = i;
        ULONG number = Executive::get().prepare(WDM_REQUEST_IRP, device, IRP_MJ_CREATE);
        Executive::get().request(number).File = file;
        EXPECT_EQ(Executive::get().run(number).Status, STATUS_SUCCESS);
        return device;
    }
    static void SetUpTestSuite() {
        if (device_ != kNoIndex) return;
        platform::host::add_image(u"calls.sys", file_system);
        platform::host::add_image(u"plain.sys", plain);
        ASSERT_EQ(load(kDriver, u"calls.sys"), STATUS_SUCCESS);
        ASSERT_EQ(load(kPlain, u"plain.sys"), STATUS_SUCCESS);
        device_ = open(u"\\Device\\Calls", kFile);
        plain_ = open(u"\\Device\\Plain", kPlainFile);
    }
    void SetUp() override {
        calls.clear();
        callers.clear();
        answer = table_answer = STATUS_SUCCESS;
        table.SizeOfFastIoDispatch = sizeof table;
    }
    NTSTATUS call(ULONG operation, ULONG device = device_, ULONG64 file = kFile) {
        ULONG number = executive_.prepare(WDM_REQUEST_CALL, device, static_cast<UCHAR>(operation));
        WDM_REQUEST& request = executive_.request(number);
        request.File = file;
        request.Parameters.Call = {0x123456789, PAGE_READWRITE, 0};
        return executive_.run(number).Status;
    }
    using Names = std::vector<std::string>;

    static constexpr ULONG PAGE_READWRITE = 4;
    Executive& executive_ = Executive::get();
    static inline ULONG device_ = kNoIndex, plain_ = kNoIndex;
};

TEST_F(Calls, OfSections) {
    EXPECT_EQ(call(WDM_CALL_ACQUIRE_FOR_SECTION), STATUS_SUCCESS);
    EXPECT_EQ(calls, (Names{"before", "acquire section", "after"}));
    EXPECT_EQ(data.Operation, WDM_CALL_ACQUIRE_FOR_SECTION);
    EXPECT_EQ(data.Parameters.AcquireForSectionSynchronization.SyncType, 1u);
    EXPECT_EQ(data.Parameters.AcquireForSectionSynchronization.PageProtection, 4u);
    EXPECT_EQ(call(WDM_CALL_RELEASE_FOR_SECTION), STATUS_SUCCESS);
    EXPECT_EQ(calls.back(), "release section");
    // What is acquired belongs to a thread, and none that dispatches requests is that.
    for (_KTHREAD* caller : callers) {
        EXPECT_EQ(caller, callers[0]);
        EXPECT_EQ(caller->dispatch_line, nullptr);
    }
}

TEST_F(Calls, ThatADriverRefusesOrDoesItself) {
    answer = STATUS_FILE_LOCK_CONFLICT;
    EXPECT_EQ(call(WDM_CALL_ACQUIRE_FOR_SECTION), STATUS_FILE_LOCK_CONFLICT);
    EXPECT_EQ(calls, (Names{"before"}));
    calls.clear();
    answer = STATUS_FSFILTER_OP_COMPLETED_SUCCESSFULLY;
    EXPECT_EQ(call(WDM_CALL_ACQUIRE_FOR_SECTION), STATUS_SUCCESS);
    EXPECT_EQ(calls, (Names{"before", "after"}));
    EXPECT_EQ(call(WDM_CALL_RELEASE_FOR_SECTION), STATUS_SUCCESS);
}

TEST_F(Calls, OfModifiedPages) {
    EXPECT_EQ(call(WDM_CALL_ACQUIRE_FOR_MOD_WRITE), STATUS_SUCCESS);
    EXPECT_EQ(ending, 0x123456789);
    EXPECT_EQ(call(WDM_CALL_RELEASE_FOR_MOD_WRITE), STATUS_SUCCESS);
    EXPECT_EQ(released, &resource);
    EXPECT_EQ(calls, (Names{"acquire write", "release write"}));
    table_answer = STATUS_CANT_WAIT;
    EXPECT_EQ(call(WDM_CALL_ACQUIRE_FOR_MOD_WRITE), STATUS_CANT_WAIT);
}

TEST_F(Calls, OfFlushes) {
    EXPECT_EQ(call(WDM_CALL_ACQUIRE_FOR_FLUSH), STATUS_SUCCESS);
    EXPECT_EQ(call(WDM_CALL_RELEASE_FOR_FLUSH), STATUS_SUCCESS);
    EXPECT_EQ(calls, (Names{"acquire flush", "release flush"}));
    // It has nothing to hold.
    table_answer = STATUS_INVALID_DEVICE_REQUEST;
    EXPECT_EQ(call(WDM_CALL_ACQUIRE_FOR_FLUSH), STATUS_SUCCESS);
    EXPECT_EQ(call(WDM_CALL_RELEASE_FOR_FLUSH), STATUS_SUCCESS);
    // A table of the kind that ends before these routines.
    calls.clear();
    table.SizeOfFastIoDispatch = offsetof(FAST_IO_DISPATCH, ReleaseForModWrite);
    EXPECT_EQ(call(WDM_CALL_ACQUIRE_FOR_FLUSH), STATUS_SUCCESS);
    EXPECT_EQ(call(WDM_CALL_RELEASE_FOR_FLUSH), STATUS_SUCCESS);
    EXPECT_TRUE(calls.empty());
}

TEST_F(Calls, OfNobody) {
    EXPECT_EQ(call(WDM_CALL_ACQUIRE_FOR_SECTION, plain_, kPlainFile), STATUS_SUCCESS);
    EXPECT_EQ(call(WDM_CALL_ACQUIRE_FOR_SECTION, device_, 4711), STATUS_FILE_INVALID);
    EXPECT_EQ(call(WDM_CALL_ACQUIRE_FOR_SECTION, 200), STATUS_NO_SUCH_DEVICE);
    EXPECT_EQ(call(IRP_MJ_READ), STATUS_INVALID_PARAMETER);
    EXPECT_TRUE(calls.empty());
}

TEST_F(Calls, AreRegisteredOnce) {
    EXPECT_EQ(FsRtlRegisterFileSystemFilterCallbacks(driver_object, &callbacks),
              STATUS_OBJECT_NAME_COLLISION);
    FS_FILTER_CALLBACKS longer{};
    longer.SizeOfFsFilterCallbacks = sizeof longer + 8;
    EXPECT_EQ(FsRtlRegisterFileSystemFilterCallbacks(driver_object, &longer), STATUS_INVALID_PARAMETER);
}

}  // namespace
