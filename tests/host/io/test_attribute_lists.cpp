// SPDX-License-Identifier: GPL-3.0-only
//
// Lists of attributes and quotas as the services take them: a driver gets what has been checked, however long
// it is, and of a wrong one the client learns where.
#include <string.h>

#include <vector>

#include "abi/nt/ntiolists.h"
#include "tests/host/io/host_channel_test.hpp"

namespace {

using test::HostChannelTest;
using test::Pending;

constexpr UCHAR kQueryEa = 0x07, kSetEa = 0x08, kQueryQuota = 0x19, kSetQuota = 0x1a;

// A list of extended attributes of `count` entries of 16 bytes each.
std::vector<uint8_t> attributes(size_t count) {
    std::vector<uint8_t> list(16 * count);
    for (size_t i = 0; i < count; ++i) {
        uint8_t* entry = &list[16 * i];
        entry[0] = i + 1 < count ? 16 : 0;
        entry[5] = 2;  // EaNameLength
        entry[6] = 5;  // EaValueLength
        memcpy(entry + 8, "nm\0value", 8);
    }
    return list;
}

std::vector<uint8_t> quota() {
    std::vector<uint8_t> entry(offsetof(FILE_QUOTA_INFORMATION, Sid) + 12);
    entry[4] = 12;
    entry[offsetof(FILE_QUOTA_INFORMATION, Sid)] = SID_REVISION;
    entry[offsetof(FILE_QUOTA_INFORMATION, Sid) + 1] = 1;
    return entry;
}

struct Lists : HostChannelTest {
    HANDLE file = open(u"\\Device\\Fake", FILE_READ_EA | FILE_WRITE_EA | FILE_WRITE_DATA);
    uint64_t memory = caller->allocate(0x11000);

    void put(const std::vector<uint8_t>& bytes) {
        EXPECT_TRUE(client->space().copy_out(memory, bytes.data(), bytes.size()));
    }
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> set(ULONG length) {
        return NtSetEaFile(caller->call(),
                           {file, ke::UserOut<IO_STATUS_BLOCK>(block), {memory, length}, length});
    }
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> set_quota(ULONG length) {
        return NtSetQuotaInformationFile(
            caller->call(), {file, ke::UserOut<IO_STATUS_BLOCK>(block), {memory, length}, length});
    }
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> query(ULONG names) {
        return NtQueryEaFile(caller->call(), {file,
                                              ke::UserOut<IO_STATUS_BLOCK>(block),
                                              {memory + 0x8000, 64},
                                              64,
                                              FALSE,
                                              {memory, names},
                                              names,
                                              {},
                                              FALSE});
    }
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> query_quota(uint64_t sid) {
        return NtQueryQuotaInformationFile(caller->call(), {file,
                                                            ke::UserOut<IO_STATUS_BLOCK>(block),
                                                            {memory + 0x8000, 64},
                                                            64,
                                                            FALSE,
                                                            {},
                                                            0,
                                                            reinterpret_cast<PVOID>(sid),
                                                            FALSE});
    }
    IO_STATUS_BLOCK io() { return caller->get<IO_STATUS_BLOCK>(block); }
    // What the driver was given; it agrees.
    std::vector<uint8_t> taken(UCHAR major) {
        WDM_REQUEST* request = driver->take();
        if (!request || request->MajorFunction != major) {
            ADD_FAILURE() << "no such request";
            return {};
        }
        std::vector<uint8_t> bytes(request->InputLength);
        for (size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = *driver->memory(request->InputAddress + i);
        driver->complete(driver->slot(), STATUS_SUCCESS, 0);
        return bytes;
    }
};

TEST_F(Lists, ThatAreGoodArrive) {
    size_t idle = test::windows(host->process()->space());
    for (size_t count : {1u, 2u, 48u, 49u, 300u, 4096u}) {
        auto list = attributes(count);
        put(list);
        Pending setting(set(static_cast<ULONG>(list.size())));
        EXPECT_EQ(taken(kSetEa), list) << count;
        ASSERT_TRUE(setting.done());
        EXPECT_EQ(setting.take(), STATUS_SUCCESS);
        EXPECT_EQ(test::windows(host->process()->space()), idle);
    }
    put(quota());
    Pending setting(set_quota(static_cast<ULONG>(quota().size())));
    EXPECT_EQ(taken(kSetQuota), quota());
    ASSERT_TRUE(setting.done());
    EXPECT_EQ(setting.take(), STATUS_SUCCESS);
    // Nobody is asked for attributes by name.
    Pending querying(query(0));
    EXPECT_TRUE(taken(kQueryEa).empty());
    ASSERT_TRUE(querying.done());
    EXPECT_EQ(querying.take(), STATUS_SUCCESS);
}

TEST_F(Lists, ThatAreWrongDoNot) {
    auto list = attributes(300);
    list[16 * 250 + 10] = 'x';  // the name does not end
    put(list);
    EXPECT_EQ(test::finish(set(static_cast<ULONG>(list.size()))), STATUS_EA_LIST_INCONSISTENT);
    EXPECT_EQ(io().Information, 16u * 250);
    EXPECT_EQ(io().Status, STATUS_EA_LIST_INCONSISTENT);
    EXPECT_EQ(test::finish(set(0)), STATUS_EA_LIST_INCONSISTENT);
    EXPECT_EQ(io().Information, 0u);
    auto bad = quota();
    bad[4] = 13;
    put(bad);
    EXPECT_EQ(test::finish(set_quota(static_cast<ULONG>(bad.size()))), STATUS_QUOTA_LIST_INCONSISTENT);
    put(std::vector<uint8_t>(64, 0xff));
    EXPECT_EQ(test::finish(query(64)), STATUS_EA_LIST_INCONSISTENT);
    EXPECT_EQ(test::finish(query_quota(memory)), STATUS_INVALID_SID);
    EXPECT_EQ(test::finish(set(0x10001)), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(driver->take(), nullptr);
}

// The client changes what has been checked: the driver sees what was checked.
TEST_F(Lists, AreWhatWasChecked) {
    auto list = attributes(300);
    put(list);
    Pending setting(set(static_cast<ULONG>(list.size())));
    put(std::vector<uint8_t>(list.size(), 0xff));
    EXPECT_EQ(taken(kSetEa), list);
    ASSERT_TRUE(setting.done());
    EXPECT_EQ(setting.take(), STATUS_SUCCESS);
}

TEST_F(Lists, OneSidIsNamed) {
    uint8_t sid[12] = {SID_REVISION, 1, 0, 0, 0, 0, 0, 5, 11};
    put({sid, sid + sizeof sid});
    Pending querying(query_quota(memory));
    EXPECT_EQ(taken(kQueryQuota), std::vector<uint8_t>(sid, sid + sizeof sid));
    ASSERT_TRUE(querying.done());
    EXPECT_EQ(querying.take(), STATUS_SUCCESS);
}

// --- of a file that is opened

struct ListsAtOpen : Lists {
    uint64_t page = 0;
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> create(std::u16string_view path, ULONG length) {
        page = name_device(path);
        return NtCreateFile(caller->call(), {ke::UserOut<HANDLE>(page + 2048),
                                             FILE_READ_DATA | SYNCHRONIZE,
                                             ke::UserIn<OBJECT_ATTRIBUTES>(page),
                                             ke::UserOut<IO_STATUS_BLOCK>(block),
                                             {},
                                             0,
                                             0,
                                             FILE_OPEN_IF,
                                             FILE_SYNCHRONOUS_IO_NONALERT,
                                             {memory, length},
                                             length});
    }
};

TEST_F(ListsAtOpen, GoWithTheName) {
    // In the entry behind the name, just not, and far too long.
    for (size_t count : {1u, 46u, 47u, 48u, 49u, 1000u}) {
        auto list = attributes(count);
        put(list);
        Pending opening(create(u"\\Device\\Fake\\abc", static_cast<ULONG>(list.size())));
        WDM_REQUEST* request = driver->take();
        ASSERT_NE(request, nullptr);
        ASSERT_EQ(request->MajorFunction, 0);
        ASSERT_EQ(request->Parameters.Create.NameLength, 8u);
        EXPECT_EQ(memcmp(request->Inline, u"\\abc", 8), 0);
        ASSERT_EQ(request->InputLength, list.size());
        EXPECT_EQ(request->PageNumbers, 0u);
        for (size_t i = 0; i < list.size(); ++i)
            ASSERT_EQ(*driver->memory(request->InputAddress + i), list[i]) << i << " of " << count;
        driver->complete(driver->slot(), STATUS_SUCCESS, FILE_CREATED);
        ASSERT_TRUE(opening.done());
        EXPECT_EQ(opening.take(), STATUS_SUCCESS);
    }
}

TEST_F(ListsAtOpen, ThatAreWrong) {
    auto list = attributes(3);
    list[16 + 5] = 3;
    put(list);
    EXPECT_EQ(test::finish(create(u"\\Device\\Fake\\abc", static_cast<ULONG>(list.size()))),
              STATUS_EA_LIST_INCONSISTENT);
    EXPECT_EQ(io().Information, 16u);
    EXPECT_EQ(driver->take(), nullptr);
}

}  // namespace
