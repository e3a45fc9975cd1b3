// SPDX-License-Identifier: GPL-3.0-only
// The kernel and the reference model of threads, with the same objects in both: each step is taken by both,
// through the kernel's doors, and all that can be seen afterwards has to agree.
#pragma once
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/host/kernel/fake_machine.hpp"
#include "tests/host/kernel/thread_model.hpp"

namespace thread_model {

// Where the kernel keeps the model's registers.
extern Word arch::UserContext::* const kContext[kRegisters];

// What the running thread does next, or what happens to it.
struct Step {
    enum class Kind { call, again, fault, exception, trap, tick, interrupt };

    Kind kind = Kind::tick;
    std::int64_t number = 0;  // of the system call; with `again` it is made with the registers as they are
    Word cptr = 0, info = 0;
    std::vector<Word> words;
    std::vector<Word> caps, receive;  // the buffer's words for capabilities to be sent and received
    Word base = 0;                    // what the thread sets its FS and GS base to before; 0: leaves them
    Word a = 0, b = 0;                // address and code, vector and error, trap number, or interrupt

    std::string text() const;
};

class World {
public:
    // Objects, capabilities and threads as the seed says; thread 0 runs, the others are inactive.
    explicit World(Word seed);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    // What differs, if anything does.
    std::optional<std::string> step(const Step& step);
    const Model& model() const { return model_; }
    // Slots of the root CNode that hold something to try, and some that are empty.
    const std::vector<Word>& slots() const { return slots_; }
    // A CPtr of the thread for a slot of the root CNode.
    Word cptr_of(int thread, Word slot) const;

    static constexpr Word kRoot = seL4_CapInitThreadCNode, kDomain = seL4_CapDomain;
    static constexpr int kThreads = 9, kEndpoints = 3, kNotifications = 3, kIrqs = 2, kFirstIrq = 5;

private:
    Word below(Word limit) { return random_() % limit; }
    void put(Word slot, const Cap& cap);
    void make_endpoints();
    void make_notifications();
    void make_interrupts();
    void make_spaces();
    void make_threads();
    void configure(int thread, Word slot);
    Cap make_buffer(int thread, Word* slot);
    void make_copies(Word source, const std::vector<Word>& badges, Word count);
    void adopt(int thread);

    kernel::Tcb& tcb(int thread) {
        return *arch::from_physical<kernel::Tcb>(addresses_[Kind::thread][static_cast<unsigned>(thread)]);
    }
    int thread_of(const kernel::Tcb* tcb);
    int number_of(Kind kind, Word address);
    Cap translate(const kernel::Cap& cap);

    void enter_kernel(const Step& step);
    void enter_model(const Step& step);
    void write_user_memory(const Step& step);
    void write_user_registers(const Step& step);
    std::string compare();
    std::string compare_thread(int thread);
    std::string compare_slots();
    std::string compare_replies();
    std::string compare_links();
    std::string compare_memory();
    std::string compare_waiting();
    std::string compare_ready();
    std::string compare_interrupts();

    std::mt19937_64 random_;
    fake::Kernel kernel_;
    Model model_;
    std::vector<Word> slots_;
    std::vector<bool> deep_;  // threads whose CSpace has two levels
    std::map<Kind, std::vector<Word>> addresses_;
    Word deep_slot_ = 0;   // of the upper CNode of a CSpace of two levels
    Word odd_slot_ = 0;    // of a CNode with a strange guard
    Word dead_space_ = 0;  // of a VSpace that threads are made with and lose
};

}  // namespace thread_model
