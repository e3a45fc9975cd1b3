// SPDX-License-Identifier: GPL-3.0-only
//
// Services in the registry, their hosts, and a script that plays the drivers: it is asked about each request
// and says what becomes of it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "executive/io/open.hpp"
#include "executive/pnp/pnp.hpp"
#include "tests/host/io/fake_process.hpp"

namespace test {

// What was said on the console.
std::vector<std::string>& reports();
// Processes that can still be made; ~0u: no limit.
void limit_processes(unsigned count);
// Ranges of ports that are given out.
size_t port_ranges();

// What a host does with a request that it has taken.
struct Reply {
    enum class Kind { Complete, Leave, Pend, Fault, Killed, Forge } kind = Kind::Complete;
    NTSTATUS status = STATUS_SUCCESS;
    const char16_t* image = u"";  // Fault: where its instruction lies
};
inline Reply done(NTSTATUS status = STATUS_SUCCESS) {
    return {Reply::Kind::Complete, status};
}
inline Reply leave() {
    return {Reply::Kind::Leave};
}
inline Reply pend() {
    return {Reply::Kind::Pend};
}
inline Reply fault(const char16_t* image = u"", NTSTATUS status = STATUS_ACCESS_VIOLATION) {
    return {Reply::Kind::Fault, status, image};
}
inline Reply killed() {
    return {Reply::Kind::Killed, STATUS_SUCCESS};
}
inline Reply forge() {
    return {Reply::Kind::Forge};
}

class World : public testing::Test {
protected:
    World();
    ~World() override;

    // A service; values are "Host", "Device", "Class"...
    void service(const std::u16string& name, std::map<std::u16string, std::u16string> values = {});
    // Starts the call and lets drivers and loop run until nothing moves.
    Pending& load(const std::u16string& name);
    Pending& unload(const std::u16string& name);
    NTSTATUS load_now(const std::u16string& name);
    NTSTATUS unload_now(const std::u16string& name);
    // Both, without a moment between them.
    NTSTATUS reload_now(const std::u16string& name);
    void settle();
    void pass(unsigned milliseconds);

    // Opened for the Executive itself.
    base::Ref<io::File> open(const std::u16string& path);
    void open_and_close(const std::u16string& path) { open(path)->last_handle_closed(); }

    pnp::Driver* driver(const std::u16string& name) { return pnp::find_driver(name); }
    pnp::Driver::State state(const std::u16string& name);
    pnp::Host& host(const std::u16string& name) { return *driver(name)->host; }
    ps::Process* process(const std::u16string& name) { return host(name).channel().process(); }
    // The service that a LOAD, ADD_DEVICE or UNLOAD is about.
    std::u16string subject(pnp::Host& host, const WDM_REQUEST& request);
    void kill(const std::u16string& name);
    void crash(const std::u16string& name, const char16_t* image = u"");
    // Answers what was left or pended last.
    void answer(const std::u16string& name, NTSTATUS status = STATUS_SUCCESS);

    // Asked with the service's name and the request; default: all goes well, LOAD makes \Device\NAME.
    std::function<Reply(const std::u16string&, const WDM_REQUEST&)> script;
    std::vector<std::pair<std::u16string, unsigned>> seen;  // who was asked what
    unsigned count(const std::u16string& name, unsigned kind);
    // Forgets the calls that are done.
    void clear_calls() { calls_.clear(); }
    std::map<std::u16string, unsigned> slots;  // of requests that were left or pended

private:
    bool play(pnp::Host& host);
    void act(pnp::Host& host, FakeDriver& driver, const std::u16string& name, unsigned slot,
             const Reply& reply);

    std::vector<std::u16string> services_;
    std::vector<std::unique_ptr<Pending>> calls_;
    struct Player {
        base::Ref<ps::Process> process;
        std::unique_ptr<FakeDriver> driver;
    };
    std::map<ps::Process*, Player> drivers_;
};

}  // namespace test
