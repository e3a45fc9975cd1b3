// SPDX-License-Identifier: GPL-3.0-only
//
// Devices that may still write memory when their driver is gone.
#include "tests/host/hal/fake_pci.hpp"
#include "tests/host/pnp/world.hpp"

namespace {

using namespace test;

struct QuietingTest : World {};

// A function that may write memory is stopped, and only then is the host's memory, and all that it was lent,
// let go; the next process comes after that.
TEST_F(QuietingTest, DevicesAreQuietBeforeTheirHostsMemoryGoes) {
    constexpr uint32_t kBusMaster = 4;
    fakes::PciFunction& one = fakes::pci()[16 << 3];
    fakes::PciFunction& two = fakes::pci()[17 << 3];
    service(u"A", {{u"Device", u"PCI\\A: pci 0:16.0"}, {u"Host", u"shared"}});
    service(u"B", {{u"Device", u"PCI\\B: pci 0:17.0"}, {u"Host", u"shared"}});
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    EXPECT_EQ(load_now(u"B"), STATUS_SUCCESS);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(one.word(4) & two.word(4) & kBusMaster);
        ps::Process* dead = process(u"A");
        crash(u"A");
        pass(50);
        EXPECT_FALSE((one.word(4) | two.word(4)) & kBusMaster);
        pass(200);
        EXPECT_EQ(process(u"A"), dead) << "they may still be at work";
        pass(200);
        ASSERT_NE(process(u"A"), dead);
        EXPECT_EQ(host(u"A").restarts(), i + 1u);
        EXPECT_TRUE(host(u"A").running());
    }
    EXPECT_EQ(unload_now(u"A"), STATUS_SUCCESS);
    EXPECT_FALSE(one.word(4) & kBusMaster) << "at once, though its host goes on";
    EXPECT_TRUE(two.word(4) & kBusMaster);
    EXPECT_EQ(unload_now(u"B"), STATUS_SUCCESS);
    pass(500);
    EXPECT_FALSE(two.word(4) & kBusMaster);
    fakes::pci().clear();
}

TEST_F(QuietingTest, AFailedLoadsDeviceIsStopped) {
    fakes::PciFunction& function = fakes::pci()[16 << 3];
    service(u"A", {{u"Device", u"PCI\\A: pci 0:16.0"}});
    script = [](auto&, auto& request) {
        return request.Kind == WDM_REQUEST_ADD_DEVICE ? done(STATUS_DEVICE_NOT_CONNECTED) : done();
    };
    Pending& loading = load(u"A");
    EXPECT_FALSE(function.word(4) & 4);
    pass(500);
    ASSERT_TRUE(loading.done());
    EXPECT_EQ(loading.take(), STATUS_DEVICE_NOT_CONNECTED);
    EXPECT_EQ(process(u"A"), nullptr);
    fakes::pci().clear();
    EXPECT_EQ(load_now(u"A"), STATUS_NO_SUCH_DEVICE);
    fakes::pci()[16 << 3] = {};
    script = [](auto&, auto&) { return done(); };
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    EXPECT_EQ(unload_now(u"A"), STATUS_SUCCESS);
    pass(500);
    fakes::pci().clear();
}

}  // namespace
