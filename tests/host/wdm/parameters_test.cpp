// SPDX-License-Identifier: GPL-3.0-only
//
// What a driver sees of each major function: its stack location and its buffers.
#include "tests/host/wdm/executive.hpp"
#include "wdm/io/device.hpp"

namespace {

using test::complete;
using test::current;
using test::Executive;
using test::load;

constexpr ULONG kDriver = 9;
constexpr ULONG64 kFile = 77;

IO_STACK_LOCATION seen;
std::u16string pattern;
std::string data;  // what the stack location points to
LONGLONG lock_length;

NTSTATUS note(PDEVICE_OBJECT, PIRP irp) {
    seen = current(irp);
    pattern.clear();
    data.clear();
    auto& parameters = seen.Parameters;
    ULONG written = 0;
    switch (seen.MajorFunction) {
        case IRP_MJ_DIRECTORY_CONTROL:
            if (seen.MinorFunction == IRP_MN_QUERY_DIRECTORY && parameters.QueryDirectory.FileName != nullptr)
                pattern.assign(parameters.QueryDirectory.FileName->Buffer,
                               parameters.QueryDirectory.FileName->Length / 2);
            written = parameters.QueryDirectory.Length;
            break;
        case IRP_MJ_LOCK_CONTROL:
            lock_length = parameters.LockControl.Length->QuadPart;
            break;
        case IRP_MJ_QUERY_EA:
            data.assign(static_cast<char*>(parameters.QueryEa.EaList), parameters.QueryEa.EaListLength);
            written = parameters.QueryEa.Length;
            break;
        case IRP_MJ_QUERY_QUOTA:
            data.assign(static_cast<char*>(parameters.QueryQuota.SidList),
                        parameters.QueryQuota.SidListLength);
            written = parameters.QueryQuota.Length;
            break;
        case IRP_MJ_SET_SECURITY:
            data = static_cast<char*>(parameters.SetSecurity.SecurityDescriptor);
            break;
        case IRP_MJ_QUERY_SECURITY:
            written = parameters.QuerySecurity.Length;
            break;
        case IRP_MJ_SET_EA:
        case IRP_MJ_SET_QUOTA:
            data.assign(static_cast<char*>(irp->AssociatedIrp.SystemBuffer), parameters.SetEa.Length);
            break;
        default:
            break;
    }
    void* out =
        irp->AssociatedIrp.SystemBuffer != nullptr ? irp->AssociatedIrp.SystemBuffer : irp->UserBuffer;
    if (written != 0) std::memset(out, 0x77, written);
    return complete(irp, STATUS_SUCCESS, written);
}

NTSTATUS entry(PDRIVER_OBJECT driver, PUNICODE_STRING) {
    static WCHAR name[] = u"\\Device\\Parameters";
    UNICODE_STRING text = RTL_CONSTANT_STRING(name);
    PDEVICE_OBJECT device;
    NTSTATUS status = IoCreateDevice(driver, 0, &text, 0x22, 0, FALSE, &device);
    if (status < 0) return status;
    device->Flags |= DO_BUFFERED_IO;
    for (auto& function : driver->MajorFunction)
        function = note;
    return STATUS_SUCCESS;
}

class Parameters : public testing::Test {
protected:
    static void SetUpTestSuite() {
        if (device_ != kNoIndex) return;
        platform::host::add_image(u"parameters.sys", entry);
        ASSERT_EQ(load(kDriver, u"parameters.sys"), STATUS_SUCCESS);
        auto names = platform::host::device_names();
        for (ULONG i = 0; i < names.size(); i++)
            if (names[i] == u"\\Device\\Parameters") device_ = i;
        ULONG open = Executive::get().prepare(WDM_REQUEST_IRP, device_, IRP_MJ_CREATE);
        Executive::get().request(open).File = kFile;
        ASSERT_EQ(Executive::get().run(open).Status, STATUS_SUCCESS);
    }
    ULONG prepare(UCHAR major, UCHAR minor = 0) {
        ULONG number = executive_.prepare(WDM_REQUEST_IRP, device_, major);
        executive_.request(number).File = kFile;
        executive_.request(number).MinorFunction = minor;
        return number;
    }
    void input(ULONG number, const char* text) {
        executive_.request(number).InputLength = static_cast<ULONG>(std::strlen(text) + 1);
        std::strcpy(reinterpret_cast<char*>(executive_.request(number).Inline), text);
    }
    // All of the output comes back as the driver wrote it.
    void run(ULONG number, ULONG written) {
        executive_.request(number).OutputLength = written;
        WDM_COMPLETION& done = executive_.run(number);
        EXPECT_EQ(done.Status, STATUS_SUCCESS);
        EXPECT_EQ(done.Written, written);
        for (ULONG i = 0; i < written; i++)
            ASSERT_EQ(done.Inline[i], 0x77);
    }

    Executive& executive_ = Executive::get();
    static inline ULONG device_ = kNoIndex;
};

TEST_F(Parameters, OfADirectory) {
    for (ULONG length : {16u, 700u}) {
        ULONG number = prepare(IRP_MJ_DIRECTORY_CONTROL, IRP_MN_QUERY_DIRECTORY);
        WDM_REQUEST& request = executive_.request(number);
        request.StackFlags = 2;
        request.Parameters.Directory = {12, 5, 0, 8};
        std::memcpy(request.Inline, u"*.sy", 8);
        run(number, length);
        EXPECT_EQ(pattern, u"*.sy");
        EXPECT_EQ(seen.Flags, 2);
        EXPECT_EQ(seen.Parameters.QueryDirectory.Length, length);
        EXPECT_EQ(seen.Parameters.QueryDirectory.FileInformationClass, 12u);
        EXPECT_EQ(seen.Parameters.QueryDirectory.FileIndex, 5u);
    }
    ULONG number = prepare(IRP_MJ_DIRECTORY_CONTROL, IRP_MN_QUERY_DIRECTORY);
    run(number, 16);
    EXPECT_EQ(seen.Parameters.QueryDirectory.FileName, nullptr);
    number = prepare(IRP_MJ_DIRECTORY_CONTROL, IRP_MN_QUERY_DIRECTORY);
    executive_.request(number).Parameters.Directory.NameLength = WDM_INLINE_SIZE + 2;
    EXPECT_EQ(executive_.run(number).Status, STATUS_INVALID_PARAMETER);
    number = prepare(IRP_MJ_DIRECTORY_CONTROL, IRP_MN_NOTIFY_CHANGE_DIRECTORY);
    executive_.request(number).Parameters.Directory.InformationClass = 0x17;
    run(number, 100);
    EXPECT_EQ(seen.Parameters.NotifyDirectory.CompletionFilter, 0x17u);
    EXPECT_EQ(seen.Parameters.NotifyDirectory.Length, 100u);
}

TEST_F(Parameters, OfLocks) {
    ULONG number = prepare(IRP_MJ_LOCK_CONTROL, 1);
    executive_.request(number).Parameters.Lock = {0x1234567890, 0x100000001, 42};
    run(number, 0);
    EXPECT_EQ(lock_length, 0x100000001);
    EXPECT_EQ(LONGLONG{seen.Parameters.LockControl.ByteOffset.QuadPart}, 0x1234567890);
    EXPECT_EQ(seen.Parameters.LockControl.Key, 42u);
}

TEST_F(Parameters, OfExtendedAttributes) {
    ULONG number = prepare(IRP_MJ_QUERY_EA);
    executive_.request(number).Parameters.Ea.Index = 3;
    input(number, "a list of names");
    run(number, 64);
    EXPECT_EQ(data, std::string("a list of names", 16));
    EXPECT_EQ(seen.Parameters.QueryEa.EaIndex, 3u);
    number = prepare(IRP_MJ_SET_EA);
    input(number, "values");
    run(number, 0);
    EXPECT_EQ(data, std::string("values", 7));
}

TEST_F(Parameters, OfSecurity) {
    ULONG number = prepare(IRP_MJ_QUERY_SECURITY);
    executive_.request(number).Parameters.Security.SecurityInformation = 7;
    run(number, 200);
    EXPECT_EQ(seen.Parameters.QuerySecurity.SecurityInformation, 7u);
    number = prepare(IRP_MJ_SET_SECURITY);
    executive_.request(number).Parameters.Security.SecurityInformation = 4;
    input(number, "a descriptor");
    run(number, 0);
    EXPECT_EQ(seen.Parameters.SetSecurity.SecurityInformation, 4u);
    EXPECT_EQ(data, "a descriptor");
}

TEST_F(Parameters, OfQuotas) {
    ULONG number = prepare(IRP_MJ_QUERY_QUOTA);
    input(number, "a list of SIDs");
    run(number, 32);
    EXPECT_EQ(data, std::string("a list of SIDs", 15));
    number = prepare(IRP_MJ_SET_QUOTA);
    input(number, "quotas");
    run(number, 0);
    EXPECT_EQ(data, std::string("quotas", 7));
}

TEST_F(Parameters, ThatNobodyDeclared) {
    for (int major : {IRP_MJ_POWER, IRP_MJ_SYSTEM_CONTROL, IRP_MJ_DEVICE_CHANGE, IRP_MJ_PNP})
        EXPECT_EQ(executive_.run(prepare(static_cast<UCHAR>(major))).Status, STATUS_NOT_SUPPORTED) << major;
}

}  // namespace
