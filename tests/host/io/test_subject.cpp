// SPDX-License-Identifier: GPL-3.0-only
//
// Whose request it is: what the ring says, what a host is answered about it, and what it is not.
#include "abi/wdm/subject.h"
#include "executive/io/device_security.hpp"
#include "executive/se/access_check.hpp"
#include "executive/services.hpp"
#include "tests/host/io/host_channel_test.hpp"

namespace {

using base::Ref;
using test::Pending;

struct SubjectTest : test::HostChannelTest {
    NTSTATUS query(uint64_t request, ULONG which, ULONG information_class) {
        test::Caller asking(*host->process());
        uint64_t page = asking.allocate(4096);
        return NtWdmQuerySubject(
            asking.call(),
            {request, which, information_class, {page, 2048}, 2048, ke::UserOut<ULONG>(page + 2048)});
    }
    ULONG number(uint64_t request, ULONG which, ULONG information_class) {
        test::Caller asking(*host->process());
        uint64_t page = asking.allocate(4096);
        EXPECT_EQ(NtWdmQuerySubject(
                      asking.call(),
                      {request, which, information_class, {page, 4}, 4, ke::UserOut<ULONG>(page + 2048)}),
                  STATUS_SUCCESS);
        return asking.get<ULONG>(page);
    }
    NTSTATUS ask_to_act(uint64_t request, ULONG level) {
        test::Caller asking(*host->process());
        return NtWdmImpersonateSubject(asking.call(), {request, level, TRUE});
    }
};

TEST_F(SubjectTest, ARequestSaysWhoAsks) {
    HANDLE file = open();
    Pending writing(write(file, caller->allocate(4096), 16));
    WDM_REQUEST* request = driver->take();
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->Subject.Process, client->id());
    EXPECT_EQ(request->Subject.Mode, 1);
    EXPECT_EQ(request->Subject.Acting, 0);
    EXPECT_EQ(request->Subject.Session, client->token().content().session);
    driver->complete(driver->slot(), STATUS_SUCCESS, 16);
    EXPECT_EQ(writing.take(), STATUS_SUCCESS);
}

TEST_F(SubjectTest, TheHostIsAnsweredAsLongAsItHasTheRequest) {
    HANDLE file = open();
    Pending writing(write(file, caller->allocate(4096), 16));
    uint64_t id = driver->take()->Id;
    EXPECT_EQ(query(id, WDM_SUBJECT_EFFECTIVE, TokenUser), STATUS_SUCCESS);
    EXPECT_EQ(number(id, WDM_SUBJECT_PRIMARY, TokenType), ULONG{TokenPrimary});
    EXPECT_EQ(query(id, WDM_SUBJECT_IMPERSONATION, TokenUser), STATUS_NO_TOKEN);
    EXPECT_EQ(query(id, 3, TokenUser), STATUS_INVALID_PARAMETER);
    // A handle is not answered.
    EXPECT_EQ(query(id, WDM_SUBJECT_EFFECTIVE, TokenLinkedToken), STATUS_ACCESS_DENIED);
    EXPECT_EQ(query(id + 1, WDM_SUBJECT_EFFECTIVE, TokenUser), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(query(id - 1, WDM_SUBJECT_EFFECTIVE, TokenUser), STATUS_INVALID_PARAMETER);
    driver->complete(driver->slot(), STATUS_SUCCESS, 16);
    EXPECT_EQ(query(id, WDM_SUBJECT_EFFECTIVE, TokenUser), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(writing.take(), STATUS_SUCCESS);
    EXPECT_EQ(query(0, WDM_SUBJECT_EFFECTIVE, TokenUser), STATUS_SUCCESS);  // itself
}

TEST_F(SubjectTest, AProgramIsNoHost) {
    HANDLE file = open();
    Pending writing(write(file, caller->allocate(4096), 16));
    uint64_t id = driver->take()->Id;
    test::Caller other(*client);
    uint64_t page = other.allocate(4096);
    EXPECT_EQ(NtWdmQuerySubject(other.call(), {id, 0, TokenUser, {page, 2048}, 2048, {}}),
              STATUS_PRIVILEGE_NOT_HELD);
    driver->complete(driver->slot(), STATUS_SUCCESS, 16);
    EXPECT_EQ(writing.take(), STATUS_SUCCESS);
}

// The client has ended, and its token with it, but for the request.
TEST_F(SubjectTest, TheTokenOutlivesItsProcess) {
    HANDLE file = open();
    Pending writing(write(file, caller->allocate(4096), 16));
    uint64_t id = driver->take()->Id;
    caller->finish();
    test::end_process(*client, STATUS_SUCCESS);
    EXPECT_FALSE(client->primary_token());
    EXPECT_EQ(query(id, WDM_SUBJECT_EFFECTIVE, TokenUser), STATUS_SUCCESS);
    driver->complete(driver->slot(), STATUS_CANCELLED, 0);
    test::run_loop();
}

TEST_F(SubjectTest, HowFarAHostMayActAsIt) {
    HANDLE file = open();
    Pending writing(write(file, caller->allocate(4096), 16));
    uint64_t id = driver->take()->Id;
    EXPECT_EQ(ask_to_act(id, SecurityIdentification), STATUS_SUCCESS);
    EXPECT_EQ(ask_to_act(id, SecurityImpersonation), STATUS_BAD_IMPERSONATION_LEVEL);
    EXPECT_EQ(ask_to_act(id, 4), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(ask_to_act(id + 1, SecurityIdentification), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(ask_to_act(0, SecurityIdentification), STATUS_INVALID_PARAMETER);
    driver->complete(driver->slot(), STATUS_SUCCESS, 16);
    EXPECT_EQ(writing.take(), STATUS_SUCCESS);
}

// What the Executive asks for a file by itself it asks in its opener's name, not in its own.
TEST_F(SubjectTest, TheEndOfAFileIsItsOpeners) {
    HANDLE file = open();
    EXPECT_TRUE(caller->call().handles().close(file));
    test::run_loop();
    WDM_REQUEST* request = driver->take();
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->MajorFunction, 0x12);
    EXPECT_EQ(request->Subject.Process, client->id());
    EXPECT_EQ(request->Subject.Mode, 0);
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    test::run_loop();
    if (driver->take()) driver->complete(driver->slot(), STATUS_SUCCESS, 0);
}

TEST_F(SubjectTest, AFileThatIsOpenedAgainIsItsOpeners) {
    open();
    test::end_process(*host->process(), STATUS_SUCCESS);
    start();
    Pending again(device->open_files_again());
    test::run_loop();
    WDM_REQUEST* request = driver->take();
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->MajorFunction, 0);
    EXPECT_EQ(request->Subject.Process, client->id());
    EXPECT_EQ(request->Subject.Mode, 0);
    driver->complete(driver->slot(), STATUS_SUCCESS, FILE_OPENED);
    EXPECT_EQ(again.take(), STATUS_SUCCESS);
    host->open();
    test::run_loop();
}

TEST_F(SubjectTest, DefaultsByType) {
    auto access = [&](uint32_t type, uint32_t characteristics, base::SidView who) {
        auto bytes = MUST(io::default_device_security(type, characteristics));
        base::AceReader reader(base::parts_of(bytes.span()).dacl);
        base::Ace ace;
        while (reader.next(ace))
            if (ace.sid() == who) return ace.mask();
        return ACCESS_MASK{0};
    };
    constexpr ACCESS_MASK kRead = FILE_GENERIC_READ | FILE_GENERIC_EXECUTE;
    EXPECT_EQ(access(FILE_DEVICE_KEYBOARD, 0, base::kEveryone), kRead | FILE_GENERIC_WRITE);
    EXPECT_EQ(access(FILE_DEVICE_DISK, 0, base::kEveryone), kRead);
    EXPECT_EQ(access(FILE_DEVICE_DISK_FILE_SYSTEM, 0, base::kEveryone), kRead);
    EXPECT_EQ(access(FILE_DEVICE_DISK, FILE_FLOPPY_DISKETTE, base::kEveryone), kRead | FILE_GENERIC_WRITE);
    EXPECT_EQ(access(FILE_DEVICE_DISK, 0, base::kAdministrators), ACCESS_MASK{FILE_ALL_ACCESS});
    EXPECT_EQ(access(FILE_DEVICE_DISK, 0, base::kLocalSystem), ACCESS_MASK{FILE_ALL_ACCESS});
}

TEST_F(SubjectTest, ADeviceIsCheckedAtItsOpen) {
    base::AclBuilder list;
    EXPECT_TRUE(list.append(ACCESS_ALLOWED_ACE_TYPE, 0, FILE_GENERIC_READ, base::kEveryone));
    base::Vector<uint8_t> dacl = MUST(list.finish());
    base::Parts parts;
    parts.owner = base::SidView(base::kService).bytes();
    parts.has_dacl = true;
    parts.dacl = dacl.span();
    MUST(device->set_security(MUST(base::build_descriptor(parts))));
    EXPECT_EQ(try_open(), STATUS_ACCESS_DENIED);
    io::OpenOptions options;
    options.access = FILE_READ_DATA | FILE_WRITE_DATA;
    // A name on it is the driver's to guard.
    EXPECT_EQ(MUST(io::check_open(&caller->call(), *device, true, options)), options.access);
    EXPECT_EQ(io::check_open(&caller->call(), *device, false, options).error(), STATUS_ACCESS_DENIED);
    options.access = MAXIMUM_ALLOWED;
    EXPECT_EQ(MUST(io::check_open(&caller->call(), *device, false, options)), ACCESS_MASK{FILE_GENERIC_READ});
    // The Executive's and the host's own are not checked; another's device the host does not give away.
    options.access = FILE_ALL_ACCESS;
    EXPECT_EQ(MUST(io::check_open(nullptr, *device, false, options)), ACCESS_MASK{FILE_ALL_ACCESS});
    test::Caller asking(*host->process());
    EXPECT_EQ(MUST(io::check_open(&asking.call(), *device, false, options)), ACCESS_MASK{FILE_ALL_ACCESS});
    Ref<ps::Process> process = test::make_process(true);
    {
        test::Caller other(*process);
        EXPECT_EQ(MUST(io::check_open(&other.call(), *device, false, options)),
                  ACCESS_MASK{FILE_ALL_ACCESS} & ~(WRITE_DAC | WRITE_OWNER));
        options.check_driver = true;
        EXPECT_EQ(io::check_open(&other.call(), *device, false, options).error(), STATUS_ACCESS_DENIED);
    }
    test::end_process(*process, STATUS_SUCCESS);
}

}  // namespace
