// SPDX-License-Identifier: GPL-3.0-only
//
// One play: programs with threads start; the input's bytes decide who calls what, who is ended, suspended,
// alerted, sent an APC or faults, when queue, pacer and clock go on, and what the driver does or fails to do;
// at last everything that was started is ended.
#pragma once

#include <map>
#include <memory>

#include "tests/fuzz/services/client.hpp"
#include "tests/fuzz/services/history.hpp"
#include "tests/fuzz/services/state.hpp"
#include "tests/host/killer/driver.hpp"

namespace fuzz {

// Plays the input and checks that everything is as before. Stops the program when something is found.
void play(std::span<const uint8_t> bytes, std::string title);
// Plays some inputs whose outcome does not count: what is made once and kept is made then. Before the first
// play().
void warm_up();
// An input that a seed decides.
std::vector<uint8_t> random_input(uint64_t seed);

class Play {
public:
    explicit Play(Input& input);
    ~Play();
    void run();

private:
    class SceneActor;

    // A call that was sent and not answered yet.
    struct Pending {
        uint32_t thread;
        unsigned service;
        torture::Words words;
        Entry entry;
    };

    void turn(std::function<fake::Kernel::Message()> sender);
    fake::Kernel::Message event();
    fake::Kernel::Message next_message();
    fake::Kernel::Message next_call(ps::Thread& thread);
    fake::Kernel::Message next_fault(ps::Thread& thread);
    fake::Kernel::Message send(ps::Thread& thread, unsigned service, const torture::Words& words);
    void answered(const fake::Kernel::Message& message);
    void disturb();
    void drive();
    fake::Kernel::Message return_errand();
    void settle();
    void start_program();
    void start_thread(ps::Process& process);
    Client& client(ps::Process& process);
    void call_alone(ps::Thread& thread, unsigned service, const torture::Words& words);
    void remove_atoms();
    void play_scene();

    Input& input_;
    Names names_;
    std::unique_ptr<killer::Driver> driver_;
    std::vector<base::Ref<ps::Process>> programs_;
    std::map<ps::Process*, std::unique_ptr<Client>> clients_;
    std::map<uint64_t, Pending> pending_;  // by badge
    uint32_t last_status_ = 0;
    bool alone_ = false;  // nobody calls but the play itself
};

}  // namespace fuzz
