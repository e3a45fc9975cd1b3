// SPDX-License-Identifier: GPL-3.0-only
//
// What a driver that is started again is told of the state that its files had.
#include <vector>

#include "tests/host/io/host_channel_test.hpp"

namespace {

using base::Ref;
using test::HostChannelTest;
using test::Pending;

constexpr ULONG kCreate = 0;
constexpr ULONG kSetA = CTL_CODE(FILE_DEVICE_NULL, 1, METHOD_BUFFERED, FILE_ANY_ACCESS);
constexpr ULONG kSetB = CTL_CODE(FILE_DEVICE_NULL, 2, METHOD_BUFFERED, FILE_ANY_ACCESS);
constexpr ULONG kMoment = CTL_CODE(FILE_DEVICE_NULL, 3, METHOD_BUFFERED, FILE_ANY_ACCESS);
constexpr ULONG kUnknown = CTL_CODE(FILE_DEVICE_NULL, 4, METHOD_BUFFERED, FILE_ANY_ACCESS);
constexpr ULONG kSetInDirect = CTL_CODE(FILE_DEVICE_NULL, 5, METHOD_IN_DIRECT, FILE_ANY_ACCESS);

constexpr ULONG kSetLine = CTL_CODE(FILE_DEVICE_NULL, 6, METHOD_BUFFERED, FILE_ANY_ACCESS);

// What a host was asked: the IRP_MJ_*, or the code of a control, and the first byte of the input.
struct Asked {
    ULONG64 file;
    ULONG what;
    unsigned value;
    bool operator==(const Asked&) const = default;
};
void PrintTo(const Asked& asked, std::ostream* out) {
    *out << "file " << asked.file << ": " << std::hex << asked.what << " with " << asked.value;
}

struct DriverStateTest : HostChannelTest {
    DriverStateTest() {
        auto controls = MUST(base::make_ref<io::DriverControls>());
        for (ULONG code : {kSetA, kSetB, kSetInDirect})
            MUST(controls->file_state.push_back(code));
        MUST(controls->device_state.push_back(kSetLine));
        MUST(controls->stateless.push_back(kMoment));
        device->set_controls(controls);
    }
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> control(HANDLE file, ULONG code, unsigned value,
                                                       ULONG length = 4, ULONG output = 0) {
        *caller->at(buffer) = static_cast<uint8_t>(value);
        return NtDeviceIoControlFile(caller->call(), {file,
                                                      nullptr,
                                                      nullptr,
                                                      nullptr,
                                                      ke::UserOut<IO_STATUS_BLOCK>(block),
                                                      code,
                                                      {buffer, length},
                                                      length,
                                                      {buffer + 4 * 4096, output},
                                                      output});
    }
    // The driver answers it so.
    NTSTATUS set(HANDLE file, ULONG code, unsigned value, NTSTATUS answer = STATUS_SUCCESS, ULONG length = 4,
                 ULONG output = 0) {
        Pending call(control(file, code, value, length, output));
        if (!call.done()) {
            EXPECT_NE(driver->take(), nullptr);
            driver->complete(driver->slot(), answer, 0);
        }
        return call.take();
    }
    Asked asked(const WDM_REQUEST& request) {
        if (request.MajorFunction != 0x0e) return {request.File, request.MajorFunction, 0};
        unsigned value = request.InputLength ? *driver->memory(request.InputAddress) : 0;
        return {request.File, request.Parameters.DeviceIoControl.IoControlCode, value};
    }
    // Starts the host again up to its files; `answer` says what becomes of each request.
    template <typename Answer>
    std::vector<Asked> come_up(Answer answer) {
        std::vector<Asked> all;
        start();
        Pending again(device->open_files_again());
        while (!again.done()) {
            WDM_REQUEST* request = driver->take();
            if (!request) break;
            all.push_back(asked(*request));
            answer(all.back());
        }
        EXPECT_TRUE(again.done());
        if (again.take() == STATUS_SUCCESS) host->open();
        test::run_loop();
        return all;
    }
    std::vector<Asked> come_up() {
        return come_up([this](const Asked&) { driver->complete(driver->slot(), STATUS_SUCCESS, 0); });
    }
    void die() { test::end_process(*host->process(), STATUS_ACCESS_VIOLATION); }
    ULONG64 number(HANDLE file) {
        Pending reading(read(file, buffer, 4));
        ULONG64 found = driver->take()->File;
        driver->complete(driver->slot(), STATUS_SUCCESS, 0);
        return found;
    }
    bool goes_well(HANDLE file) { return NT_SUCCESS(set(file, kMoment, 0)); }

    uint64_t buffer = caller->allocate(8 * 4096);
};

TEST_F(DriverStateTest, TheLastInputsInTheOrderOfTheirSuccess) {
    HANDLE one = open(), other = open();
    ULONG64 first = number(one), second = number(other);
    set(one, kSetA, 1);
    set(one, kSetB, 2);
    set(other, kSetB, 9, STATUS_SUCCESS, 4, 8);
    set(one, kSetA, 3);
    set(one, kSetB, 4, STATUS_INVALID_PARAMETER);
    set(one, kMoment, 5);
    for (int death = 0; death < 5; ++death) {
        die();
        std::vector<Asked> expected{{first, kCreate, 0},
                                    {first, kSetB, 2},
                                    {first, kSetA, 3},
                                    {second, kCreate, 0},
                                    {second, kSetB, 9}};
        EXPECT_EQ(come_up(), expected);
    }
    EXPECT_TRUE(goes_well(one) && goes_well(other));
}

// What waits, however long, comes behind the state, and a state that was being set is set.
TEST_F(DriverStateTest, BeforeAllOtherRequests) {
    HANDLE file = open(0);
    EXPECT_EQ(test::finish(control(file, kSetA, 1)), STATUS_PENDING);
    driver->take();
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    for (ULONG length = 1; length <= 3; ++length)
        EXPECT_EQ(test::finish(read(file, buffer, length)), STATUS_PENDING);
    EXPECT_EQ(test::finish(control(file, kSetB, 2)), STATUS_PENDING);
    EXPECT_EQ(test::finish(control(file, kMoment, 3)), STATUS_PENDING);
    while (driver->take())
        driver->pend(driver->slot());
    die();
    EXPECT_EQ(test::finish(read(file, buffer, 4)), STATUS_PENDING);
    EXPECT_EQ(come_up().size(), 2u);
    for (ULONG length : {1u, 2u, 3u}) {
        WDM_REQUEST* request = driver->take();
        ASSERT_NE(request, nullptr);
        EXPECT_EQ(request->OutputLength, length);
    }
    EXPECT_EQ(asked(*driver->take()).what, kSetB);
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    EXPECT_EQ(asked(*driver->take()).what, kMoment);
    EXPECT_EQ(driver->take()->OutputLength, 4u);
    die();
    EXPECT_EQ(come_up().size(), 3u);
}

TEST_F(DriverStateTest, UnknownStateFailsOnce) {
    HANDLE one = open(), other = open();
    set(one, kUnknown, 1, STATUS_INVALID_DEVICE_REQUEST);
    set(one, kUnknown, 0, STATUS_SUCCESS, 0, 8);  // a query
    die();
    come_up();
    EXPECT_TRUE(goes_well(one));
    set(one, kUnknown, 1);
    die();
    come_up();
    die();
    come_up();
    EXPECT_TRUE(goes_well(other));
    EXPECT_EQ(set(one, kMoment, 0), STATUS_REINITIALIZATION_NEEDED);
    EXPECT_TRUE(goes_well(one));
    die();
    come_up();
    EXPECT_TRUE(goes_well(one));
    // One that cannot be told can be closed.
    set(one, kUnknown, 1);
    die();
    come_up();
    EXPECT_TRUE(client->handles().close(one));
    ASSERT_NE(driver->take(), nullptr);
    EXPECT_EQ(driver->request(driver->slot()).MajorFunction, 0x12);
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
}

// Who sent them did not know yet.
TEST_F(DriverStateTest, AllThatWaitsFailsWithTheLostState) {
    HANDLE file = open(0);
    EXPECT_EQ(test::finish(control(file, kUnknown, 1)), STATUS_PENDING);
    driver->take();
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    std::vector<uint64_t> blocks;
    auto begin = [&] {
        blocks.push_back(block = caller->allocate(16));
        EXPECT_EQ(test::finish(read(file, buffer, 1)), STATUS_PENDING);
    };
    begin();
    driver->take();
    driver->pend(driver->slot());
    begin();
    die();
    begin();
    start();
    Pending again(device->open_files_again());
    begin();
    ASSERT_NE(driver->take(), nullptr);
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    ASSERT_TRUE(again.done());
    begin();
    host->open();
    test::run_loop();
    for (uint64_t each : blocks)
        EXPECT_EQ(caller->get<IO_STATUS_BLOCK>(each).Status, STATUS_REINITIALIZATION_NEEDED);
    EXPECT_EQ(driver->take(), nullptr);
    begin();
    EXPECT_NE(driver->take(), nullptr);
}

TEST_F(DriverStateTest, WhatCannotBeRememberedIsLost) {
    struct Case {
        ULONG code, length, output;
    };
    for (Case each : {Case{kSetA, 4 * 4096, 0}, Case{kSetA, WDM_INLINE_SIZE + 1, 0}, Case{kSetA, 4, 1024},
                      Case{kSetInDirect, 4, 4}}) {
        HANDLE file = open();
        set(file, each.code, 1, STATUS_SUCCESS, 4, 0);
        set(file, each.code, 2, STATUS_SUCCESS, each.length, each.output);
        die();
        std::vector<Asked> all = come_up();
        EXPECT_EQ(std::count_if(all.begin(), all.end(), [](auto& one) { return one.what != kCreate; }), 0);
        EXPECT_EQ(set(file, kMoment, 0), STATUS_REINITIALIZATION_NEEDED);
        EXPECT_TRUE(goes_well(file));
    }
}

// Each of 700 bytes: five of them are more than a file may keep.
TEST_F(DriverStateTest, RoomForAFile) {
    auto controls = MUST(base::make_ref<io::DriverControls>());
    for (ULONG function = 10; function < 20; ++function)
        MUST(controls->file_state.push_back(
            CTL_CODE(FILE_DEVICE_NULL, function, METHOD_BUFFERED, FILE_ANY_ACCESS)));
    device->set_controls(controls);
    size_t used = client->quota().used();
    HANDLE file = open();
    EXPECT_GE(client->quota().used() - used, io::ControlRecords::kMostBytes);
    unsigned sent = 0;
    for (uint32_t code : controls->file_state)
        sent += NT_SUCCESS(set(file, code, 1, STATUS_SUCCESS, 700));
    EXPECT_EQ(sent, 10u);
    used = client->quota().used();
    die();
    std::vector<Asked> all = come_up();
    EXPECT_EQ(all.size(), 1 + io::ControlRecords::kMostBytes / 750);
    EXPECT_EQ(set(file, kMoment, 0), STATUS_REINITIALIZATION_NEEDED);
    EXPECT_EQ(client->quota().used(), used);
}

TEST_F(DriverStateTest, AStateThatIsRefusedIsLost) {
    HANDLE one = open(), other = open();
    ULONG64 second = number(other);
    set(one, kSetA, 1);
    set(one, kSetB, 2);
    set(other, kSetB, 3);
    die();
    std::vector<Asked> all = come_up([&](const Asked& what) {
        NTSTATUS status = what.what == kSetA ? STATUS_DEVICE_NOT_READY : STATUS_SUCCESS;
        driver->complete(driver->slot(), status, 0);
    });
    ASSERT_EQ(all.size(), 4u);
    EXPECT_EQ(all[3], (Asked{second, kSetB, 3}));
    EXPECT_EQ(set(one, kMoment, 0), STATUS_REINITIALIZATION_NEEDED);
    EXPECT_TRUE(goes_well(one) && goes_well(other));
    die();
    EXPECT_EQ(come_up().size(), 3u);
    EXPECT_TRUE(goes_well(one));
}

// It is tried once more, as any request, and then no more.
TEST_F(DriverStateTest, AStateThatKillsIsLost) {
    HANDLE file = open();
    set(file, kSetA, 1);
    set(file, kSetB, 2);
    die();
    unsigned tried = 0;
    auto deadly = [&](const Asked& what) {
        if (what.what != kSetB) return driver->complete(driver->slot(), STATUS_SUCCESS, 0);
        ++tried;
        die();
    };
    come_up(deadly);
    come_up(deadly);
    EXPECT_EQ(come_up(deadly).size(), 2u);
    EXPECT_EQ(tried, 2u);
    EXPECT_EQ(set(file, kMoment, 0), STATUS_REINITIALIZATION_NEEDED);
    EXPECT_TRUE(goes_well(file));
}

// A kill is no fault of what was at hand.
TEST_F(DriverStateTest, KilledInTheMidst) {
    HANDLE file = open();
    set(file, kSetA, 1);
    die();
    for (int i = 0; i < 5; ++i)
        come_up([&](const Asked& what) {
            if (what.what != kSetA) return driver->complete(driver->slot(), STATUS_SUCCESS, 0);
            test::kill_process(*host->process(), STATUS_SUCCESS);
        });
    EXPECT_EQ(come_up().size(), 2u);
    EXPECT_TRUE(goes_well(file));
}

TEST_F(DriverStateTest, AStateThatNeverEndsIsLost) {
    HANDLE file = open();
    set(file, kSetA, 1);
    die();
    for (int i = 0; i < 2; ++i) {
        come_up([&](const Asked& what) {
            if (what.what != kSetA) return driver->complete(driver->slot(), STATUS_SUCCESS, 0);
            driver->pend(driver->slot());
            test::advance_clock(4000 * ke::kTicksPerMillisecond);
            EXPECT_EQ(owner.last_failure, io::HostFault::None);
            test::advance_clock(100 * ke::kTicksPerMillisecond);
            EXPECT_EQ(owner.last_failure, io::HostFault::Hang);
            owner.last_failure = io::HostFault::None;
        });
    }
    EXPECT_EQ(come_up().size(), 1u);
    EXPECT_EQ(set(file, kMoment, 0), STATUS_REINITIALIZATION_NEEDED);
}

TEST_F(DriverStateTest, AFileIsClosedWhileItsStateIsSet) {
    HANDLE file = open();
    set(file, kSetA, 1);
    set(file, kSetB, 2);
    die();
    std::vector<Asked> all = come_up([&](const Asked& what) {
        if (what.what == kSetA) EXPECT_TRUE(client->handles().close(file));
        driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    });
    EXPECT_EQ(all.size(), 2u);
    ASSERT_NE(driver->take(), nullptr);
    EXPECT_EQ(driver->request(driver->slot()).MajorFunction, 0x12);
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
}

// With the first file that is opened again, before that file's own.
TEST_F(DriverStateTest, StateOfTheDevice) {
    HANDLE one = open(), other = open();
    ULONG64 first = number(one), second = number(other);
    set(one, kSetA, 1);
    set(one, kSetLine, 2);
    set(other, kSetLine, 3);
    die();
    std::vector<Asked> expected{
        {first, kCreate, 0}, {first, kSetLine, 3}, {first, kSetA, 1}, {second, kCreate, 0}};
    EXPECT_EQ(come_up(), expected);
    // One that is refused does not do for it.
    die();
    auto refuse = [&](const Asked& what) {
        bool refused = what == Asked{first, kCreate, 0};
        driver->complete(driver->slot(), refused ? STATUS_ACCESS_DENIED : STATUS_SUCCESS, 0);
    };
    expected = {{first, kCreate, 0}, {second, kCreate, 0}, {second, kSetLine, 3}};
    EXPECT_EQ(come_up(refuse), expected);
    EXPECT_TRUE(goes_well(one) && goes_well(other));
}

TEST_F(DriverStateTest, StateOfADeviceThatNobodyHasOpen) {
    HANDLE file = open();
    size_t used = host->process()->quota().used();
    set(file, kSetLine, 2);
    EXPECT_EQ(host->process()->quota().used(), used + io::ControlRecords::kMostBytes);
    EXPECT_TRUE(client->handles().close(file));
    for (int i = 0; i < 2; ++i) {
        ASSERT_NE(driver->take(), nullptr);
        driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    }
    die();
    auto what = [](const std::vector<Asked>& all) {
        std::vector<ULONG> codes;
        for (const Asked& each : all)
            codes.push_back(each.what);
        return codes;
    };
    EXPECT_EQ(what(come_up()), (std::vector<ULONG>{kCreate, kSetLine, 0x12, 0x02}));
    EXPECT_EQ(host->process()->quota().used(), used + io::ControlRecords::kMostBytes);
    die();
    auto deadly = [&](const Asked& each) {
        if (each.what == kCreate) return die();
        driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    };
    EXPECT_EQ(what(come_up(deadly)), (std::vector<ULONG>{kCreate}));
    EXPECT_EQ(what(come_up(deadly)), (std::vector<ULONG>{kCreate}));
    EXPECT_EQ(what(come_up(deadly)), (std::vector<ULONG>{}));
    EXPECT_TRUE(goes_well(open()));
}

TEST_F(DriverStateTest, LostStateOfTheDeviceIsEachFilesLoss) {
    HANDLE one = open(), other = open();
    set(one, kSetLine, 1);
    set(other, kSetB, 2);
    die();
    auto refuse = [&](const Asked& what) {
        driver->complete(driver->slot(), what.what == kSetLine ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS, 0);
    };
    EXPECT_EQ(come_up(refuse).size(), 4u);
    EXPECT_EQ(set(one, kMoment, 0), STATUS_REINITIALIZATION_NEEDED);
    EXPECT_EQ(set(other, kMoment, 0), STATUS_REINITIALIZATION_NEEDED);
    EXPECT_TRUE(goes_well(one) && goes_well(other) && goes_well(open()));
    die();
    EXPECT_EQ(come_up(refuse).size(), 4u);
    EXPECT_TRUE(goes_well(one) && goes_well(other));
}

TEST_F(DriverStateTest, ManyFiles) {
    std::vector<HANDLE> files;
    for (unsigned i = 0; i < 500; ++i) {
        files.push_back(open());
        set(files.back(), kSetA, i % 200);
    }
    for (unsigned i = 0; i < files.size(); i += 3)
        EXPECT_TRUE(client->handles().close(files[i]));
    while (driver->take())
        driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    die();
    unsigned left = 100;
    come_up([&](const Asked&) {
        if (left-- == 0) return die();
        driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    });
    std::vector<Asked> all = come_up();
    EXPECT_EQ(all.size(), 2 * (files.size() - (files.size() + 2) / 3));
    for (size_t i = 0; i < all.size(); i += 2)
        EXPECT_EQ(all[i].file, all[i + 1].file);
}

}  // namespace
