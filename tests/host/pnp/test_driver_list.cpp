// SPDX-License-Identifier: GPL-3.0-only
//
// What is up to whoever makes services: how many there are, and how deep they lie.
#include <utility>

#include "executive/ke/slice.hpp"
#include "tests/host/pnp/world.hpp"

namespace {

struct DriverList : test::World {};

// However many drivers and devices there are, a turn does some of them.
TEST_F(DriverList, IsMadeInSlices) {
    constexpr std::u16string_view kNames = u"ABCDE";
    for (char16_t letter : kNames) {
        std::u16string name(1, letter);
        service(name);
        ASSERT_EQ(load_now(name), STATUS_SUCCESS);
    }
    auto client = test::make_process(false);
    test::Caller caller(*client);
    uint64_t list = caller.allocate(0x1000);
    ke::UserOut<ULONG> returned(caller.allocate(8));
    constexpr ULONG kEntry = sizeof(NEPTUNE_DRIVER_INFORMATION);
    ke::Call& call = caller.call();
    auto give = [&](size_t length) {
        unsigned slices = 1;
        NTSTATUS status;
        for (; (status = pnp::give_drivers(call, {list, length}, returned)) == STATUS_RETRY; ++slices) {
        }
        call.forget_progress();
        return std::pair(status, slices);
    };
    EXPECT_EQ(give(5 * kEntry - 1).first, STATUS_INFO_LENGTH_MISMATCH);
    EXPECT_EQ(caller.get<ULONG>(returned.address()), 5 * kEntry);
    const uint64_t ticks = std::exchange(ke::slice_ticks, 0);
    auto [status, slices] = give(5 * kEntry);
    ke::slice_ticks = ticks;
    EXPECT_EQ(status, STATUS_SUCCESS);
    EXPECT_EQ(slices, 5u);
    EXPECT_EQ(caller.get<ULONG>(returned.address()), 5 * kEntry);
    for (size_t i = 0; i < kNames.size(); ++i) {
        auto entry = caller.get<NEPTUNE_DRIVER_INFORMATION>(list + i * kEntry);
        EXPECT_EQ(entry.Name[0], kNames[i]);
        EXPECT_EQ(entry.Devices, 1u);
    }
    caller.finish();
    test::end_process(*client, STATUS_SUCCESS);
}

// A path that does not fit into a request is not even looked at to its end.
TEST_F(DriverList, AServiceThatLiesTooDeep) {
    std::u16string name = u"deep";
    for (int i = 0; i < 300; ++i)
        name += u"\\x";
    service(name);
    EXPECT_EQ(load_now(name), STATUS_NAME_TOO_LONG);
    EXPECT_EQ(driver(u"x"), nullptr);
}

}  // namespace
