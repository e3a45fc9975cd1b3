// SPDX-License-Identifier: GPL-3.0-only
//
// A driver host at every step of its life, and what becomes of it when the host dies, hangs, lies or is
// killed just there.
#include "tests/host/pnp/world.hpp"

namespace {

using namespace test;
using State = pnp::Driver::State;

struct HostTest : World {};

TEST_F(HostTest, LoadAndUnload) {
    service(u"A");
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    EXPECT_EQ(state(u"A"), State::Running);
    EXPECT_EQ(load_now(u"A"), STATUS_IMAGE_ALREADY_LOADED);
    EXPECT_EQ(unload_now(u"A"), STATUS_SUCCESS);
    EXPECT_EQ(driver(u"A"), nullptr);
    EXPECT_EQ(unload_now(u"A"), STATUS_OBJECT_NAME_NOT_FOUND);
}

TEST_F(HostTest, AFailedLoad) {
    service(u"A");
    script = [](auto&, auto& request) {
        return request.Kind == WDM_REQUEST_LOAD ? done(STATUS_NO_SUCH_DEVICE) : done();
    };
    EXPECT_EQ(load_now(u"A"), STATUS_NO_SUCH_DEVICE);
    EXPECT_EQ(state(u"A"), State::Failed);
    EXPECT_EQ(process(u"A"), nullptr);
}

TEST_F(HostTest, NoProcess) {
    service(u"A");
    limit_processes(0);
    EXPECT_EQ(load_now(u"A"), STATUS_INSUFFICIENT_RESOURCES);
    EXPECT_EQ(state(u"A"), State::Failed);
    limit_processes(~0u);
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
}

// Who dies in its own first start is taken out.
TEST_F(HostTest, DiesInLoadOrAddDevice) {
    for (unsigned kind : {WDM_REQUEST_LOAD, WDM_REQUEST_ADD_DEVICE}) {
        service(u"A", {{u"Device", u"ROOT\\A"}});
        script = [kind](auto&, auto& request) { return request.Kind == kind ? fault() : done(); };
        EXPECT_EQ(load_now(u"A"), STATUS_ACCESS_VIOLATION);
        EXPECT_EQ(state(u"A"), State::Failed);
        EXPECT_EQ(process(u"A"), nullptr);
        EXPECT_EQ(host(u"A").restarts(), 0u);
        ASSERT_EQ(reports().size(), 1u);
        EXPECT_EQ(reports()[0], "A.sys: failed with c0000005; it is not started");
        reports().clear();
        script = [](auto&, auto&) { return done(); };
    }
}

// One that hangs there, whatever its host says of it, is ended and taken out too.
TEST_F(HostTest, HangsInLoadOrAddDevice) {
    for (Reply reply : {leave(), pend()}) {
        for (unsigned kind : {WDM_REQUEST_LOAD, WDM_REQUEST_ADD_DEVICE}) {
            service(u"A", {{u"Device", u"ROOT\\A"}});
            script = [=](auto&, auto& request) { return request.Kind == kind ? reply : done(); };
            Pending& call = load(u"A");
            pass(3900);
            EXPECT_FALSE(call.done());
            pass(300);
            ASSERT_TRUE(call.done());
            EXPECT_EQ(call.take(), STATUS_DRIVER_PROCESS_TERMINATED);
            EXPECT_EQ(state(u"A"), State::Failed);
            EXPECT_EQ(count(u"A", kind), 1u);
            seen.clear();
        }
    }
}

TEST_F(HostTest, ForgesInLoad) {
    service(u"A");
    script = [](auto&, auto&) { return forge(); };
    EXPECT_EQ(load_now(u"A"), STATUS_DRIVER_PROCESS_TERMINATED);
    EXPECT_EQ(reports()[0], "A.sys: spoilt its request ring and was ended; it is not started");
}

// A kill is nobody's fault: the load goes on in the next process.
TEST_F(HostTest, KilledInLoad) {
    service(u"A");
    unsigned kills = 0;
    script = [&](auto&, auto&) { return kills++ < 7 ? killed() : done(); };
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    EXPECT_EQ(state(u"A"), State::Running);
    EXPECT_EQ(host(u"A").restarts(), 7u);
}

TEST_F(HostTest, KilledTenTimes) {
    service(u"A");
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    for (int i = 0; i < 10; ++i) {
        kill(u"A");
        EXPECT_EQ(state(u"A"), State::Running);
    }
    EXPECT_EQ(host(u"A").restarts(), 10u);
    // Nor have the kills used up anything: four faults are borne.
    for (int i = 0; i < 4; ++i)
        crash(u"A");
    EXPECT_EQ(state(u"A"), State::Running);
    crash(u"A");
    EXPECT_EQ(state(u"A"), State::Failed);
    EXPECT_EQ(reports().back(), "A.sys: failed with c0000005; it has died too often and stays down");
    // A person may try again, with a clean sheet.
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    crash(u"A");
    EXPECT_EQ(state(u"A"), State::Running);
}

TEST_F(HostTest, FaultsFarApart) {
    service(u"A");
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    for (int i = 0; i < 20; ++i) {
        crash(u"A");
        EXPECT_EQ(state(u"A"), State::Running) << i;
        pass(16'000);
    }
}

// It has run before: a restart that fails is a fault, and not the driver's first start.
TEST_F(HostTest, DiesInEveryRestart) {
    service(u"A");
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    script = [](auto&, auto& request) { return request.Kind == WDM_REQUEST_LOAD ? fault() : done(); };
    crash(u"A");
    EXPECT_EQ(state(u"A"), State::Failed);
    EXPECT_EQ(count(u"A", WDM_REQUEST_LOAD), 5u);
}

TEST_F(HostTest, DiesWhileFilesAreOpenedAgain) {
    service(u"A");
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    base::Ref<io::File> file = open(u"\\Device\\A");
    unsigned creates = 0;
    script = [&](auto&, auto& request) {
        bool create = request.Kind == WDM_REQUEST_IRP && request.MajorFunction == 0;
        if (create && ++creates == 1) return fault();
        if (create && creates == 2) return killed();
        if (create && creates == 3) return done(STATUS_DRIVER_PROCESS_TERMINATED);  // a lie
        return done();
    };
    crash(u"A");
    EXPECT_EQ(creates, 3u);
    EXPECT_EQ(state(u"A"), State::Running);
    EXPECT_EQ(host(u"A").restarts(), 3u);
    file->last_handle_closed();
    file.reset();
    settle();
}

TEST_F(HostTest, DiesWhileUnloading) {
    for (Reply reply : {fault(), killed(), forge()}) {
        service(u"A", {{u"Host", u"shared"}});
        service(u"B", {{u"Host", u"shared"}});
        EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
        EXPECT_EQ(load_now(u"B"), STATUS_SUCCESS);
        script = [&](auto&, auto& request) { return request.Kind == WDM_REQUEST_UNLOAD ? reply : done(); };
        EXPECT_EQ(unload_now(u"A"), STATUS_DRIVER_PROCESS_TERMINATED);
        EXPECT_EQ(driver(u"A"), nullptr);
        EXPECT_EQ(state(u"B"), State::Running);
        script = [](auto&, auto&) { return done(); };
        EXPECT_EQ(unload_now(u"B"), STATUS_SUCCESS);
    }
}

TEST_F(HostTest, NeverUnloads) {
    service(u"A");
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    script = [](auto&, auto& request) { return request.Kind == WDM_REQUEST_UNLOAD ? pend() : done(); };
    Pending& call = unload(u"A");
    EXPECT_FALSE(call.done());
    EXPECT_EQ(unload_now(u"A"), STATUS_DELETE_PENDING);
    EXPECT_EQ(load_now(u"A"), STATUS_DELETE_PENDING);
    pass(4200);
    ASSERT_TRUE(call.done());
    EXPECT_EQ(call.take(), STATUS_DRIVER_PROCESS_TERMINATED);
    EXPECT_EQ(driver(u"A"), nullptr);
}

// Its host, which goes with it, is not gone yet when it comes again.
TEST_F(HostTest, UnloadedAndLoadedAtOnce) {
    service(u"A");
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(reload_now(u"A"), STATUS_SUCCESS);
        EXPECT_EQ(state(u"A"), State::Running);
        EXPECT_EQ(pnp::drivers().size(), 1u);
    }
}

TEST_F(HostTest, DiesWhileItShutsDown) {
    service(u"A");
    service(u"B");
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    EXPECT_EQ(load_now(u"B"), STATUS_SUCCESS);
    for (Reply reply : {fault(), killed(), leave(), pend(), forge()}) {
        script = [&](auto& name, auto& request) {
            return request.Kind == WDM_REQUEST_SHUTDOWN && name == u"A" ? reply : done();
        };
        seen.clear();
        Pending down(pnp::shut_down());
        settle();
        pass(4500);
        ASSERT_TRUE(down.done());
        EXPECT_EQ(down.take(), STATUS_SUCCESS);
        EXPECT_EQ(count(u"A", WDM_REQUEST_SHUTDOWN), 1u);
        EXPECT_EQ(count(u"B", WDM_REQUEST_SHUTDOWN), 2u);  // both chances
        EXPECT_EQ(state(u"A"), State::Failed);             // nobody is started again now
        EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    }
}

// Unloaded right behind the close of its last file: the driver hears of the close first.
TEST_F(HostTest, UnloadsBehindAClose) {
    service(u"A");
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    open_and_close(u"\\Device\\A");
    std::vector<unsigned> order;
    script = [&](auto&, auto& request) {
        order.push_back(request.Kind == WDM_REQUEST_IRP ? request.MajorFunction : 0x100 + request.Kind);
        return done();
    };
    EXPECT_EQ(unload_now(u"A"), STATUS_SUCCESS);
    EXPECT_EQ(order, (std::vector<unsigned>{0x12, 0x02, 0x100 + WDM_REQUEST_UNLOAD}));
}

TEST_F(HostTest, BusyDriversStay) {
    service(u"A");
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    script = [](auto&, auto& request) {
        return request.Kind == WDM_REQUEST_UNLOAD ? done(STATUS_DEVICE_BUSY) : done();
    };
    EXPECT_EQ(unload_now(u"A"), STATUS_DEVICE_BUSY);
    EXPECT_EQ(state(u"A"), State::Running);
    open_and_close(u"\\Device\\A");
    settle();
}

TEST_F(HostTest, CannotBeUnloaded) {
    service(u"A");
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    script = [](auto&, auto& request) {
        return request.Kind == WDM_REQUEST_UNLOAD ? done(STATUS_INVALID_DEVICE_REQUEST) : done();
    };
    EXPECT_EQ(unload_now(u"A"), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(state(u"A"), State::Running);
    for (io::DriverDevice& device : host(u"A").channel().devices())
        EXPECT_FALSE(device.retired());
}

// --- two at once

struct Shared : World {
    Shared() {
        service(u"Old", {{u"Host", u"shared"}});
        EXPECT_EQ(load_now(u"Old"), STATUS_SUCCESS);
        service(u"A", {{u"Host", u"shared"}});
        service(u"B", {{u"Host", u"shared"}});
    }
    // B's first load ends the host while A's is at hand; A is innocent.
    void b_faults(const char16_t* image) {
        script = [=](auto& name, auto& request) {
            if (request.Kind != WDM_REQUEST_LOAD) return done();
            if (name == u"B") return fault(image);
            return name == u"A" && image && leaves-- > 0 ? leave() : done();
        };
    }
    static inline int leaves = 0;
};

TEST_F(Shared, TwoLoadsAtOnce) {
    leaves = 1;
    b_faults(u"");
    Pending& a = load(u"A");
    EXPECT_FALSE(a.done());
    Pending& b = load(u"B");
    // Nobody knew who it was; one after the other they are tried again.
    ASSERT_TRUE(a.done());
    EXPECT_EQ(a.take(), STATUS_SUCCESS);
    ASSERT_TRUE(b.done());
    EXPECT_EQ(b.take(), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(state(u"Old"), State::Running);
    EXPECT_EQ(state(u"A"), State::Running);
    EXPECT_EQ(state(u"B"), State::Failed);
    EXPECT_EQ(host(u"A").restarts(), 2u);
}

TEST_F(Shared, TheImageTellsWhoItWas) {
    leaves = 1;
    b_faults(u"b.sys");
    Pending& a = load(u"A");
    Pending& b = load(u"B");
    ASSERT_TRUE(a.done());
    EXPECT_EQ(a.take(), STATUS_SUCCESS);
    ASSERT_TRUE(b.done());
    EXPECT_EQ(b.take(), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(host(u"A").restarts(), 1u);
}

TEST_F(Shared, AnotherDriversFaultIsNotTheLoads) {
    script = [](auto& name, auto& request) {
        if (request.Kind == WDM_REQUEST_LOAD && name == u"A" && leaves-- > 0) return fault(u"old.sys");
        return done();
    };
    leaves = 1;
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    EXPECT_EQ(host(u"A").restarts(), 1u);
}

TEST_F(Shared, TwoLoadsInOrderOfEnd) {
    script = [](auto& name, auto& request) {
        return request.Kind == WDM_REQUEST_LOAD && name == u"A" && leaves-- > 0 ? leave() : done();
    };
    leaves = 1;
    Pending& a = load(u"A");
    EXPECT_EQ(load_now(u"B"), STATUS_SUCCESS);
    // B is up; that A ends the host now is A's doing alone.
    crash(u"A");
    ASSERT_TRUE(a.done());
    EXPECT_EQ(a.take(), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(state(u"B"), State::Running);
}

TEST_F(Shared, UnloadingTheLastWhileAnotherLoads) {
    script = [](auto& name, auto& request) {
        return request.Kind == WDM_REQUEST_LOAD && name == u"A" && leaves-- > 0 ? leave() : done();
    };
    leaves = 1;
    Pending& a = load(u"A");
    EXPECT_EQ(unload_now(u"Old"), STATUS_SUCCESS);
    EXPECT_FALSE(a.done());
    answer(u"A");
    ASSERT_TRUE(a.done());
    EXPECT_EQ(a.take(), STATUS_SUCCESS);
    EXPECT_EQ(load_now(u"Old"), STATUS_SUCCESS);
}

TEST_F(Shared, LoadWhileTheHostStarts) {
    script = [](auto& name, auto& request) {
        return request.Kind == WDM_REQUEST_LOAD && name == u"Old" && leaves-- > 0 ? leave() : done();
    };
    leaves = 1;
    kill(u"Old");
    Pending& a = load(u"A");
    EXPECT_FALSE(a.done());
    answer(u"Old");
    ASSERT_TRUE(a.done());
    EXPECT_EQ(a.take(), STATUS_SUCCESS);
}

TEST_F(Shared, RepeatSafeIsADriversOwn) {
    auto safe = MUST(cm::open_key(u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\A"));
    MUST(cm::write_dword(*safe, u"RepeatSafe", 1));
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    EXPECT_EQ(load_now(u"B"), STATUS_SUCCESS);
    for (io::DriverDevice& device : host(u"A").channel().devices())
        EXPECT_EQ(device.repeat_safe(), device.driver() == driver(u"A")->number);
    MUST(cm::write_dword(*safe, u"RepeatSafe", 0));
}

// What a service key says of controls; nonsense is none.
TEST_F(HostTest, ControlsInTheKey) {
    service(u"A", {{u"FileState", u"0x1b0004, 17 ,0X222008"}, {u"DeviceState", u"5"}, {u"Stateless", u"3"}});
    EXPECT_EQ(load_now(u"A"), STATUS_SUCCESS);
    const io::DriverControls& controls = *driver(u"A")->controls;
    ASSERT_EQ(controls.file_state.size(), 3u);
    EXPECT_EQ(controls.file_state[0], 0x1b0004u);
    EXPECT_EQ(controls.file_state[1], 17u);
    EXPECT_EQ(controls.file_state[2], 0x222008u);
    ASSERT_EQ(controls.device_state.size(), 1u);
    EXPECT_EQ(controls.device_state[0], 5u);
    ASSERT_EQ(controls.stateless.size(), 1u);
    EXPECT_FALSE(controls.all_stateless);
    for (io::DriverDevice& device : host(u"A").channel().devices())
        EXPECT_EQ(&device.controls(), &controls);

    service(u"B", {{u"Stateless", u"*"}});
    EXPECT_EQ(load_now(u"B"), STATUS_SUCCESS);
    EXPECT_TRUE(driver(u"B")->controls->all_stateless);

    std::u16string many;
    for (size_t i = 0; i <= io::DriverControls::kMostCodes; ++i)
        many += u"1,";
    for (const std::u16string& bad : {std::u16string(u"0x"), std::u16string(u"x"),
                                      std::u16string(u"0x100000000"), std::u16string(u"*"), many}) {
        service(u"Bad", {{u"FileState", bad}});
        EXPECT_EQ(load_now(u"Bad"), STATUS_INVALID_PARAMETER);
        auto key = MUST(cm::open_key(u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Bad"));
        EXPECT_TRUE(key->remove());
    }
}

// --- numbers

TEST_F(HostTest, TenThousandLoads) {
    service(u"A");
    service(u"B", {{u"Host", u"shared"}});
    service(u"C", {{u"Host", u"shared"}});
    EXPECT_EQ(load_now(u"C"), STATUS_SUCCESS);
    for (int i = 0; i < 5'000; ++i) {
        ASSERT_EQ(load_now(u"A"), STATUS_SUCCESS) << i;
        ASSERT_EQ(load_now(u"B"), STATUS_SUCCESS) << i;
        ASSERT_LT(driver(u"B")->number, 3u);
        ASSERT_EQ(unload_now(u"A"), STATUS_SUCCESS);
        ASSERT_EQ(unload_now(u"B"), STATUS_SUCCESS);
        seen.clear();
        clear_calls();
    }
}

TEST_F(HostTest, AHundredHosts) {
    for (int i = 0; i < 100; ++i) {
        std::u16string name = u"Many" + std::u16string{static_cast<char16_t>(u'0' + i / 10),
                                                       static_cast<char16_t>(u'0' + i % 10)};
        service(name);
        ASSERT_EQ(load_now(name), STATUS_SUCCESS) << i;
    }
}

TEST_F(HostTest, DriversOfOneHost) {
    std::vector<std::u16string> names;
    for (unsigned i = 1; i < WDM_DRIVERS; ++i) {
        names.push_back(u"D" + std::u16string{static_cast<char16_t>(u'0' + i / 10),
                                              static_cast<char16_t>(u'0' + i % 10)});
        service(names.back(), {{u"Host", u"crowded"}});
        ASSERT_EQ(load_now(names.back()), STATUS_SUCCESS) << i;
    }
    service(u"TooMany", {{u"Host", u"crowded"}});
    EXPECT_EQ(load_now(u"TooMany"), STATUS_INSUFFICIENT_RESOURCES);
    EXPECT_EQ(driver(u"TooMany"), nullptr);
    EXPECT_EQ(unload_now(names[7]), STATUS_SUCCESS);
    EXPECT_EQ(load_now(u"TooMany"), STATUS_SUCCESS);
    EXPECT_EQ(driver(u"TooMany")->number, 8u);
}

// A range of ports is its drivers' own: it is given back with the last that lists it, however many there
// were.
TEST_F(HostTest, PortsAreGivenBack) {
    service(u"A", {{u"Ports", u"0x300-0x307, 0x310"}, {u"Host", u"shared"}});
    service(u"B", {{u"Ports", u"0x300-0x307"}, {u"Host", u"shared"}});
    service(u"C", {{u"Ports", u"0x300-0x307, 0x304-0x308"}});
    EXPECT_EQ(load_now(u"B"), STATUS_SUCCESS);
    EXPECT_EQ(load_now(u"C"), STATUS_SUCCESS);
    EXPECT_TRUE(host(u"C").claim_ports(0x300, 0x307));
    EXPECT_EQ(host(u"C").claim_ports(0x304, 0x308).error(), STATUS_CONFLICTING_ADDRESSES);
    EXPECT_EQ(host(u"C").claim_ports(0x310, 0x310).error(), STATUS_ACCESS_DENIED);
    for (int i = 0; i < 1000; ++i) {
        ASSERT_EQ(load_now(u"A"), STATUS_SUCCESS);
        uint32_t slot = MUST(host(u"A").claim_ports(0x310, 0x310));
        EXPECT_LT(slot, 16u);
        EXPECT_TRUE(host(u"A").claim_ports(0x300, 0x307));
        EXPECT_EQ(port_ranges(), 2u);
        ASSERT_EQ(unload_now(u"A"), STATUS_SUCCESS);
        EXPECT_EQ(port_ranges(), 1u);
        clear_calls();
    }
    kill(u"B");
    EXPECT_EQ(port_ranges(), 1u);  // C's
    kill(u"C");
    EXPECT_EQ(port_ranges(), 0u);
}

TEST_F(HostTest, FailuresAreShownAndForgotten) {
    script = [](auto&, auto& request) {
        return request.Kind == WDM_REQUEST_LOAD ? done(STATUS_UNSUCCESSFUL) : done();
    };
    for (int i = 0; i < 100; ++i) {
        std::u16string name =
            u"F" + std::u16string{static_cast<char16_t>(u'a' + i / 26), static_cast<char16_t>(u'a' + i % 26)};
        service(name);
        ASSERT_EQ(load_now(name), STATUS_UNSUCCESSFUL);
        EXPECT_EQ(state(name), State::Failed);
    }
    EXPECT_EQ(pnp::drivers().size(), 65u);
}

}  // namespace
