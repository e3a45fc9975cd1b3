// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/pnp/world.hpp"

#include <set>

namespace test {

namespace {

const std::u16string kServices = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";

base::Ref<cm::Key> key_of(const std::u16string& name) {
    return MUST(cm::open_key(kServices + name));
}

}  // namespace

World::World() {
    static const bool ready = [] {
        // It has no end: the loop that it would run may be gone by then.
        [[maybe_unused]] static Fixture& namespaces = *new Fixture;
        return true;
    }();
    (void)ready;
    reports().clear();
    limit_processes(~0u);
    script = [](auto&, auto&) { return done(); };
}

// Everything is unloaded; nothing of it may be left.
World::~World() {
    script = [](auto&, auto&) { return done(); };
    limit_processes(~0u);
    settle();
    for (const std::u16string& name : services_) {
        pnp::Driver* left = driver(name);
        if (left && left->state == pnp::Driver::State::Failed) load_now(name);
        if (driver(name)) unload_now(name);
        EXPECT_EQ(driver(name), nullptr) << std::string(name.begin(), name.end());
        if (auto key = cm::open_key(kServices + name)) EXPECT_TRUE((*key)->remove());
    }
    calls_.clear();
    run_loop();
    EXPECT_EQ(pnp::drivers().size(), 0u);
    EXPECT_EQ(frames_in_use(), 0u);
    EXPECT_EQ(port_ranges(), 0u);
}

void World::service(const std::u16string& name, std::map<std::u16string, std::u16string> values) {
    auto key = MUST(cm::create_key(kServices + name));
    MUST(cm::write_dword(*key, u"Type", 1));
    MUST(cm::write_dword(*key, u"Start", 3));
    MUST(cm::write_dword(*key, u"WatchdogMilliseconds", 1000));
    for (auto& [value, text] : values)
        MUST(cm::write_string(*key, value, text));
    services_.push_back(name);
}

Pending& World::load(const std::u16string& name) {
    calls_.push_back(std::make_unique<Pending>(pnp::load_driver(key_of(name))));
    settle();
    return *calls_.back();
}

Pending& World::unload(const std::u16string& name) {
    calls_.push_back(std::make_unique<Pending>(pnp::unload_driver(key_of(name))));
    settle();
    return *calls_.back();
}

NTSTATUS World::load_now(const std::u16string& name) {
    Pending& call = load(name);
    return call.done() ? call.take() : STATUS_PENDING;
}

NTSTATUS World::unload_now(const std::u16string& name) {
    Pending& call = unload(name);
    return call.done() ? call.take() : STATUS_PENDING;
}

NTSTATUS World::reload_now(const std::u16string& name) {
    auto run = [&]() -> ke::Task<NTSTATUS> {
        NTSTATUS status = co_await pnp::unload_driver(key_of(name));
        if (!NT_SUCCESS(status)) co_return status;
        co_return co_await pnp::load_driver(key_of(name));
    };
    Pending both(run());
    settle();
    return both.done() ? both.take() : STATUS_PENDING;
}

base::Ref<io::File> World::open(const std::u16string& path) {
    base::Ref<io::File> file;
    auto run = [&]() -> ke::Task<NTSTATUS> {
        io::OpenOptions options;
        options.access = FILE_READ_DATA;
        io::Opened opened =
            CO_TRY(co_await io::open_path(nullptr, CO_TRY(base::String::create(path)), options));
        file = opened.file;
        co_return STATUS_SUCCESS;
    };
    Pending opening(run());
    settle();
    EXPECT_TRUE(opening.done());
    EXPECT_EQ(opening.take(), STATUS_SUCCESS);
    return file;
}

pnp::Driver::State World::state(const std::u16string& name) {
    pnp::Driver* found = driver(name);
    return found ? found->state : pnp::Driver::State::Stopped;
}

void World::pass(unsigned milliseconds) {
    for (unsigned i = 0; i < milliseconds; i += 50) {
        advance_clock(50 * ke::kTicksPerMillisecond);
        settle();
    }
}

void World::settle() {
    bool moved = true;
    while (moved) {
        run_loop();
        moved = false;
        std::set<pnp::Host*> all;
        for (const std::u16string& name : services_)
            if (driver(name)) all.insert(driver(name)->host);
        for (pnp::Host* each : all)
            if (!moved) moved = play(*each);
    }
}

std::u16string World::subject(pnp::Host& of, const WDM_REQUEST& request) {
    uint32_t number = request.Target;
    if (request.Kind == WDM_REQUEST_IRP || request.Kind == WDM_REQUEST_SHUTDOWN)
        return std::u16string(of.drivers().front()->name.view());
    pnp::Driver* about = of.driver_with(number);
    return about ? std::u16string(about->name.view()) : std::u16string();
}

bool World::play(pnp::Host& of) {
    base::Ref<pnp::Host> keep(of);
    ps::Process* process = of.channel().process();
    if (!process || process->terminating()) return false;
    std::erase_if(drivers_, [](auto& entry) { return entry.first->ended(); });
    auto& player = drivers_[process];
    if (!player.driver)
        player = {base::Ref<ps::Process>(*process), std::make_unique<FakeDriver>(of.channel())};
    WDM_REQUEST* request = player.driver->take();
    if (!request) return false;
    std::u16string name = subject(of, *request);
    seen.emplace_back(name, request->Kind);
    act(of, *player.driver, name, player.driver->slot(), script(name, *request));
    return true;
}

void World::act(pnp::Host& of, FakeDriver& player, const std::u16string& name, unsigned slot,
                const Reply& reply) {
    ps::Process& process = *of.channel().process();
    switch (reply.kind) {
        case Reply::Kind::Complete:
            if (player.request(slot).Kind == WDM_REQUEST_LOAD && reply.status == STATUS_SUCCESS) {
                pnp::Driver* about = driver(name);
                std::u16string device = u"\\Device\\" + name;
                ob::Found place = MUST(ob::find(nullptr, device, true));
                EXPECT_TRUE(of.create_device({about->number, FILE_DEVICE_NULL, 0, false, {}}, place));
            }
            if (player.request(slot).Kind == WDM_REQUEST_UNLOAD && reply.status == STATUS_SUCCESS)
                for (io::DriverDevice& device : of.channel().devices())
                    if (device.driver() == player.request(slot).Target) device.retire();
            return player.complete(slot, reply.status, 0);
        case Reply::Kind::Leave:
            slots[name] = slot;
            return;
        case Reply::Kind::Pend:
            slots[name] = slot;
            return player.pend(slot);
        case Reply::Kind::Fault:
            set_fault_image(process, reply.image);
            return end_process(process, reply.status);
        case Reply::Kind::Killed:
            return kill_process(process, reply.status);
        case Reply::Kind::Forge:
            return player.announce(player.request(slot).Id + 1);
    }
}

void World::kill(const std::u16string& name) {
    kill_process(*process(name), STATUS_SUCCESS);
    settle();
}

void World::crash(const std::u16string& name, const char16_t* image) {
    set_fault_image(*process(name), image);
    end_process(*process(name), STATUS_ACCESS_VIOLATION);
    settle();
}

void World::answer(const std::u16string& name, NTSTATUS status) {
    FakeDriver& player = *drivers_[process(name)].driver;
    act(host(name), player, name, slots[name], done(status));
    settle();
}

unsigned World::count(const std::u16string& name, unsigned kind) {
    unsigned found = 0;
    for (auto& [who, what] : seen)
        found += who == name && what == kind;
    return found;
}

}  // namespace test
