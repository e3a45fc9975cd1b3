// SPDX-License-Identifier: GPL-3.0-only
//
// Security descriptors of files that a driver keeps: what it is asked, what its answers are worth, and what
// happens when it does not know, dies or lies.
#include <vector>

#include "base/descriptor.hpp"
#include "base/new_descriptor.hpp"
#include "tests/host/io/host_channel_test.hpp"

namespace {

using base::kEveryone;
using base::kLocalSystem;
using base::Sid;
using base::SidView;
using test::HostChannelTest;
using test::Pending;

constexpr SECURITY_INFORMATION kAll =
    OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
constexpr ACCESS_MASK kWanted = READ_CONTROL | WRITE_DAC | WRITE_OWNER;
constexpr UCHAR kQuery = 0x14, kSet = 0x15;  // IRP_MJ_*_SECURITY
constexpr uint8_t kUntouched = 0xa5;

// A self-relative descriptor with so many entries.
std::vector<uint8_t> descriptor(unsigned entries, const Sid& owner = kLocalSystem) {
    base::AclBuilder dacl;
    for (unsigned i = 0; i < entries; ++i)
        EXPECT_TRUE(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, FILE_GENERIC_READ + i, kEveryone));
    auto list = MUST(dacl.finish());
    base::Parts parts;
    parts.owner = parts.group = SidView(owner).bytes();
    parts.has_dacl = true;
    parts.dacl = list.span();
    auto made = MUST(base::build_descriptor(parts));
    return {made.begin(), made.end()};
}

struct FileSecurity : HostChannelTest {
    HANDLE file = open(u"\\Device\\Fake\\x", kWanted);
    ke::UserOut<ULONG> needed{caller->allocate(8)};
    uint64_t buffer = caller->allocate(0x5000);

    FileSecurity() { std::fill_n(caller->at(buffer), 0x1000, kUntouched); }
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> query(ULONG length, HANDLE of, SECURITY_INFORMATION which) {
        return NtQuerySecurityObject(caller->call(), {of, which, {buffer, length}, length, needed});
    }
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> query(ULONG length) { return query(length, file, kAll); }
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> set(SECURITY_INFORMATION which) {
        return NtSetSecurityObject(caller->call(), {file, which, reinterpret_cast<PVOID>(buffer)});
    }
    ULONG length() { return caller->get<ULONG>(needed.address()); }
    void put(const std::vector<uint8_t>& bytes) {
        EXPECT_TRUE(client->space().copy_out(buffer, bytes.data(), bytes.size()));
    }
    std::vector<uint8_t> got(size_t count) {
        std::vector<uint8_t> bytes(count);
        EXPECT_TRUE(client->space().copy_in(bytes.data(), buffer, count));
        return bytes;
    }
    // The driver answers the query that it is asked.
    void answer(NTSTATUS status, const std::vector<uint8_t>& bytes, uint64_t information) {
        WDM_REQUEST* request = driver->take();
        ASSERT_NE(request, nullptr);
        ASSERT_EQ(request->MajorFunction, kQuery);
        size_t count = std::min<size_t>(bytes.size(), request->OutputLength);
        for (size_t i = 0; i < count; ++i)
            *driver->memory(request->OutputAddress + i) = bytes[i];
        driver->complete(driver->slot(), status, information, count);
    }
    // The status of a query that is answered so.
    NTSTATUS status_of(ULONG room, NTSTATUS status, const std::vector<uint8_t>& bytes, uint64_t information) {
        Pending asking(query(room));
        answer(status, bytes, information);
        EXPECT_TRUE(asking.done());
        return asking.take();
    }
};

TEST_F(FileSecurity, TheDriverIsAskedForItsFiles) {
    auto made = descriptor(2);
    Pending asking(query(700));
    WDM_REQUEST* request = driver->take();
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->MajorFunction, kQuery);
    EXPECT_EQ(request->Parameters.Security.SecurityInformation, kAll);
    EXPECT_EQ(request->OutputLength, 700u);
    std::copy(made.begin(), made.end(), driver->memory(request->OutputAddress));
    driver->complete(driver->slot(), STATUS_SUCCESS, made.size());
    ASSERT_TRUE(asking.done());
    EXPECT_EQ(asking.take(), STATUS_SUCCESS);
    EXPECT_EQ(length(), made.size());
    EXPECT_EQ(got(made.size()), made);
    EXPECT_EQ(got(made.size() + 1).back(), kUntouched);
}

TEST_F(FileSecurity, ADevicesOwnIsTheExecutives) {
    EXPECT_TRUE(device->set_security(MUST(base::build_descriptor({}))));
    HANDLE itself = open(u"\\Device\\Fake", READ_CONTROL);
    EXPECT_EQ(test::finish(query(700, itself, kAll)), STATUS_SUCCESS);
    EXPECT_EQ(driver->take(), nullptr);
}

TEST_F(FileSecurity, RightsAreChecked) {
    HANDLE blind = open(u"\\Device\\Fake\\x", FILE_READ_DATA);
    EXPECT_EQ(test::finish(query(700, blind, kAll)), STATUS_ACCESS_DENIED);
    EXPECT_EQ(test::finish(query(700, file, SACL_SECURITY_INFORMATION)), STATUS_ACCESS_DENIED);
    EXPECT_EQ(driver->take(), nullptr);
}

TEST_F(FileSecurity, TheLengthThatIsNeeded) {
    EXPECT_EQ(status_of(0, STATUS_BUFFER_OVERFLOW, {}, 100), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(length(), 100u);
    EXPECT_EQ(status_of(99, STATUS_BUFFER_OVERFLOW, {}, 101), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(length(), 101u);
    EXPECT_EQ(status_of(99, STATUS_BUFFER_TOO_SMALL, {}, 102), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(length(), 102u);
    EXPECT_EQ(got(1)[0], kUntouched);
}

// A program that asks again with what it is told must come to an end.
TEST_F(FileSecurity, LengthsThatCannotBe) {
    for (uint64_t said : {uint64_t{0}, uint64_t{99}, uint64_t{0x4001}, uint64_t{1} << 32, ~uint64_t{0}})
        EXPECT_EQ(status_of(99, STATUS_BUFFER_OVERFLOW, {}, said), STATUS_INVALID_SECURITY_DESCR) << said;
    auto made = descriptor(1);
    for (uint64_t said : {uint64_t{0}, uint64_t{19}, uint64_t{701}, ~uint64_t{0}})
        EXPECT_EQ(status_of(700, STATUS_SUCCESS, made, said), STATUS_INVALID_SECURITY_DESCR) << said;
    EXPECT_EQ(got(1)[0], kUntouched);
}

TEST_F(FileSecurity, NothingThatIsWrongComesThrough) {
    auto good = descriptor(2);
    unsigned refused = 0;
    for (size_t at = 0; at < good.size(); ++at) {
        for (unsigned value : {0u, 1u, 0x7fu, 0xffu}) {
            auto bad = good;
            bad[at] = static_cast<uint8_t>(value);
            bool valid = static_cast<bool>(base::check_descriptor(bad));
            put(std::vector<uint8_t>(good.size(), kUntouched));
            NTSTATUS status = status_of(700, STATUS_SUCCESS, bad, bad.size());
            EXPECT_EQ(status, valid ? STATUS_SUCCESS : STATUS_INVALID_SECURITY_DESCR) << at;
            EXPECT_EQ(got(bad.size()), valid ? bad : std::vector<uint8_t>(bad.size(), kUntouched)) << at;
            refused += !valid;
        }
    }
    EXPECT_GT(refused, 20u);
    // More entries than anybody's list may have.
    auto many = descriptor(65);
    EXPECT_EQ(status_of(0x2000, STATUS_SUCCESS, many, many.size()), STATUS_INVALID_SECURITY_DESCR);
}

TEST_F(FileSecurity, ADriverThatKnowsNothingOfIt) {
    NTSTATUS none = STATUS_INVALID_DEVICE_REQUEST;
    EXPECT_EQ(status_of(8, none, {}, 0), STATUS_BUFFER_TOO_SMALL);
    ULONG size = length();
    EXPECT_EQ(status_of(size, none, {}, 0), STATUS_SUCCESS);
    auto bytes = got(size);
    ASSERT_TRUE(base::check_descriptor(bytes));
    base::Parts parts = base::parts_of(bytes);
    EXPECT_EQ(Sid(SidView::checked(parts.owner.data())), kEveryone);
    EXPECT_EQ(Sid(SidView::checked(parts.group.data())), kEveryone);
    EXPECT_TRUE(parts.has_dacl && parts.dacl.empty());
    EXPECT_FALSE(parts.has_sacl);
    // What is set is nowhere, and nobody minds.
    put(descriptor(1));
    Pending setting(set(DACL_SECURITY_INFORMATION));
    ASSERT_NE(driver->take(), nullptr);
    driver->complete(driver->slot(), none, 0);
    ASSERT_TRUE(setting.done());
    EXPECT_EQ(setting.take(), STATUS_SUCCESS);
}

TEST_F(FileSecurity, OtherAnswersAreTheDrivers) {
    EXPECT_EQ(status_of(700, STATUS_DISK_CORRUPT_ERROR, {}, 0), STATUS_DISK_CORRUPT_ERROR);
    // Neither a descriptor nor a reason why there is none.
    EXPECT_EQ(status_of(700, STATUS_ALERTED, descriptor(1), 0), STATUS_UNSUCCESSFUL);
}

TEST_F(FileSecurity, LongOnesGoByAWindow) {
    auto made = descriptor(60);
    ASSERT_GT(made.size(), WDM_INLINE_SIZE);
    size_t idle = test::windows(host->process()->space());
    EXPECT_EQ(status_of(0x5000, STATUS_SUCCESS, made, made.size()), STATUS_SUCCESS);
    EXPECT_EQ(got(made.size()), made);
    EXPECT_EQ(test::windows(host->process()->space()), idle);
    Pending setting(set(DACL_SECURITY_INFORMATION));
    WDM_REQUEST* request = driver->take();
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->MajorFunction, kSet);
    ASSERT_EQ(request->InputLength, made.size());
    EXPECT_EQ(request->InputAddress % mm::kPageSize, 0u);
    for (size_t i = 0; i < base::align_up(made.size(), mm::kPageSize); ++i)
        ASSERT_EQ(*driver->memory(request->InputAddress + i), i < made.size() ? made[i] : 0) << i;
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    ASSERT_TRUE(setting.done());
    EXPECT_EQ(setting.take(), STATUS_SUCCESS);
    EXPECT_EQ(test::windows(host->process()->space()), idle);
}

TEST_F(FileSecurity, WhatIsSetHasBeenChecked) {
    put(descriptor(1));
    // An owner whom the caller's token does not let him name.
    put(descriptor(1, Sid(5, {21, 1, 2, 3, 1000})));
    EXPECT_EQ(test::finish(set(OWNER_SECURITY_INFORMATION)), STATUS_INVALID_OWNER);
    auto bad = descriptor(1);
    bad[4] = 3;  // the owner, amidst the header
    put(bad);
    EXPECT_NE(test::finish(set(DACL_SECURITY_INFORMATION)), STATUS_SUCCESS);
    EXPECT_EQ(test::finish(set(1u << 20)), STATUS_NOT_SUPPORTED);
    EXPECT_EQ(driver->take(), nullptr);
    auto good = descriptor(1);
    put(good);
    Pending setting(set(DACL_SECURITY_INFORMATION));
    WDM_REQUEST* request = driver->take();
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->Parameters.Security.SecurityInformation, ULONG{DACL_SECURITY_INFORMATION});
    ASSERT_EQ(request->InputLength, good.size());
    EXPECT_TRUE(std::equal(good.begin(), good.end(), driver->memory(request->InputAddress)));
    driver->complete(driver->slot(), STATUS_MEDIA_WRITE_PROTECTED, 0);
    ASSERT_TRUE(setting.done());
    EXPECT_EQ(setting.take(), STATUS_MEDIA_WRITE_PROTECTED);
}

TEST_F(FileSecurity, ADriverThatDies) {
    auto made = descriptor(1);
    put(made);
    Pending setting(set(DACL_SECURITY_INFORMATION));
    ASSERT_NE(driver->take(), nullptr);
    test::end_process(*host->process(), STATUS_ACCESS_VIOLATION);
    ASSERT_TRUE(setting.done());
    EXPECT_EQ(setting.take(), STATUS_DRIVER_PROCESS_TERMINATED);
    restart();
    Pending asking(query(0x4000));
    ASSERT_NE(driver->take(), nullptr);
    test::end_process(*host->process(), STATUS_ACCESS_VIOLATION);
    EXPECT_FALSE(asking.done());
    restart();
    answer(STATUS_SUCCESS, made, made.size());
    ASSERT_TRUE(asking.done());
    EXPECT_EQ(asking.take(), STATUS_SUCCESS);
}

// Whoever asked is gone, and with it what the answer was for.
TEST_F(FileSecurity, AThreadThatEndsMeanwhile) {
    Pending asking(query(0x4000));
    WDM_REQUEST* request = driver->take();
    ASSERT_NE(request, nullptr);
    uint64_t id = request->Id, window = request->OutputAddress;
    caller->finish();
    ASSERT_TRUE(asking.done());
    EXPECT_EQ(asking.take(), STATUS_THREAD_IS_TERMINATING);
    EXPECT_EQ(driver->cancelled(), std::vector<uint64_t>{id});
    *driver->memory(window) = 1;  // still the host's to write to
    driver->complete(driver->slot(), STATUS_CANCELLED, 0, 0);
    EXPECT_EQ(host->leased(), 0u);
}

TEST_F(FileSecurity, IsChargedToWhoAsks) {
    ke::Quota& quota = client->quota();
    size_t filled = quota.limit() - quota.used() - sizeof(io::Irp) - 0x4000;
    quota.charge_anyway(filled);
    EXPECT_EQ(test::finish(query(0x4000)), STATUS_QUOTA_EXCEEDED);
    EXPECT_EQ(driver->take(), nullptr);
    quota.release(filled);
    size_t before = quota.used();
    Pending asking(query(0x4000));
    EXPECT_GE(quota.used(), before + 2 * 0x4000u);
    answer(STATUS_BUFFER_OVERFLOW, {}, 0x4001);
    EXPECT_TRUE(asking.done());
    EXPECT_EQ(asking.take(), STATUS_INVALID_SECURITY_DESCR);
    EXPECT_EQ(quota.used(), before);
}

}  // namespace
