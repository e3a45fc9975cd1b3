// SPDX-License-Identifier: GPL-3.0-only
// A reference model of threads: what they are to each other through endpoints, notifications, replies and
// faults, and which of them runs. Queues are lists, slots are arrays, and whoever holds a capability is found
// by looking everywhere. There are no fast paths: each system call is what the contract says, in its order.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "abi/sel4/labels.h"
#include "abi/sel4/types.h"

namespace thread_model {

using Word = std::uint64_t;

inline constexpr int kNone = -1;  // no thread, or no object; as the running thread: the idle one

// In the order of ReadRegisters; `ip` is where the thread restarts.
enum Register {
    ip,
    sp,
    flags,
    rax,
    rbx,
    rcx,
    rdx,
    rsi,
    rdi,
    rbp,
    r8,
    r9,
    r10,
    r11,
    r12,
    r13,
    r14,
    r15,
    fs_base,
    gs_base,
    kRegisters
};

enum class State { inactive, running, restart, on_receive, on_send, on_reply, on_notification };

enum class Kind { null, endpoint, notification, reply, thread, cnode, frame, irq_handler, domain, other };

// A value as user code may set it.
Word sane(Register where, Word value);

struct Cap {
    Kind kind = Kind::null;
    int object = 0;  // its number among those of its kind; of a reply: the thread that waits
    Word badge = 0;
    bool write = false, read = false, grant = false, grant_reply = false;
    Word guard = 0, guard_size = 0;
    bool original = false;  // all others of its object are derived from it

    std::string text() const;
};

struct Slot {
    int cnode = 0;
    Word index = 0;
};

struct CNode {
    Word radix;
    std::vector<Cap> slots;
};

struct Fault {
    Word type = seL4_Fault_NullFault;
    std::vector<Register> registers;  // that its message begins with
    std::vector<Word> words;          // that follow them
};

struct Thread {
    bool alive = true;
    State state = State::inactive;
    int priority = 0, mcp = 0, domain = 0, slice = 5;
    Word registers[kRegisters] = {};
    Word next_ip = 0;
    Word fpu_disabled = 0;
    bool all_restored = true;  // on the way out: it did not come by `syscall`, or was edited since
    Cap cspace, buffer;
    Word buffer_index = 0;  // of its page, in the frame
    Word fault_handler = 0;
    Cap caller;
    Fault fault;
    int bound = kNone;  // a notification
    // While it waits: for what, and what the capability it waits with lets it do.
    int object = kNone;
    Word badge = 0;
    bool grant = false, grant_reply = false, is_call = false;
};

struct Endpoint {
    std::deque<int> senders, receivers;
};

struct Notification {
    std::deque<int> waiters;
    bool active = false;
    Word word = 0;
    int bound = kNone;
};

struct Interrupt {
    bool masked = false;
    Cap notification;
};

struct Frame {
    seL4_IPCBuffer buffers[4];
};

struct DomainTime {
    Word domain = 0, ticks = 0;  // 0 ticks: the end of the schedule
};

class Model {
public:
    // --- the doors: what the running thread does, or what happens to it ---
    void system_call();  // as its registers say
    void vm_fault(Word address, Word fsr, bool prefetch);
    void exception(Word vector, Word error);
    void trap(Word number);
    void tick();
    void interrupt(int irq);
    // The system call that the running thread is about to make is one the model knows about.
    bool covers();

    std::vector<Thread> threads;
    std::vector<Endpoint> endpoints;
    std::vector<Notification> notifications;
    std::vector<CNode> cnodes;
    std::vector<Frame> frames;
    std::map<int, Interrupt> interrupts;
    std::map<int, std::map<int, std::deque<int>>> ready;  // domain, priority: first is next
    bool users_set_bases = true;  // FS and GS base, by instructions; else there is a system call for FS
    int running = 0;
    int domain = 0;
    std::vector<DomainTime> schedule = std::vector<DomainTime>(seL4_NumDomainSchedules);

    bool is_runnable(int thread) const;
    Cap& at(const Slot& slot) { return cnodes[static_cast<unsigned>(slot.cnode)].slots[slot.index]; }
    const Cap& at(const Slot& slot) const {
        return cnodes[static_cast<unsigned>(slot.cnode)].slots[slot.index];
    }
    seL4_IPCBuffer* memory_of(int thread);  // its buffer, whatever the rights to it
    // Where a CPtr leads, or the words that say why nowhere.
    struct Found {
        std::optional<Slot> slot;
        Word bits_left = 0;
        std::vector<Word> failure;
    };
    Found resolve(const Cap& root, Word cptr, Word bits = 64) const;

private:
    struct Answer {
        Word label = seL4_NoError;
        std::vector<Word> words;
    };
    using Failure = std::optional<Answer>;
    struct Invocation {
        int caller;
        Slot slot;
        Cap cap;
        Word label;
        std::vector<Word> words;
        std::vector<Slot> extra;
        bool call, blocking;
    };
    struct Sending {
        Word badge;
        bool blocking, call, grant, grant_reply;
    };

    Thread& thread(int number) { return threads[static_cast<unsigned>(number)]; }
    const Thread& thread(int number) const { return threads[static_cast<unsigned>(number)]; }
    Endpoint& endpoint(int number) { return endpoints[static_cast<unsigned>(number)]; }
    Notification& notification(int number) { return notifications[static_cast<unsigned>(number)]; }

    // System calls.
    void send_call(int caller, bool call, bool blocking);
    void receive_call(int caller, bool blocking);
    void reply_call(int caller);
    void invoke(int caller, const Slot& slot, bool call, bool blocking);
    void answer(int caller, const Answer& answer);
    std::optional<std::vector<Slot>> extra_caps(int sender, std::vector<Word>* fault);

    // Messages.
    seL4_IPCBuffer* buffer(int thread, bool write);
    Word put_words(int to, const std::vector<Word>& words);
    void transfer(int from, int to, int endpoint, Word badge, bool grant);
    Word transfer_caps(const std::vector<Slot>& caps, int endpoint, int to, Word* unwrapped);
    std::optional<Slot> receive_slot(int to);
    void send(int endpoint, int sender, const Sending& sending);
    void receive(int receiver, const Cap& cap, bool blocking);
    void hand_reply(int sender, int receiver, bool grant);
    void stop_or_hand_reply(int sender, int receiver, bool may_reply, bool grant);
    void reply(int sender, Cap& slot);
    void signal(int notification, Word badge);
    void wait(int receiver, int notification, bool blocking);

    // Faults.
    void raise(int thread, Word type, const std::vector<Register>& registers, const std::vector<Word>& words);
    void cap_fault(int thread, Word cptr, bool receiving, const std::vector<Word>& failure);
    void fault_reply(int handler, int faulted);

    // Objects.
    Failure perform(const Invocation& call);
    Failure perform_thread(const Invocation& call);
    Failure perform_cnode(const Invocation& call);
    Failure perform_irq(const Invocation& call);
    Failure perform_domain(const Invocation& call);
    Failure set_priorities(const Invocation& call);
    Failure bind(const Invocation& call);
    Failure read_registers(const Invocation& call);
    Failure write_registers(const Invocation& call);
    Failure set_flags(const Invocation& call);
    Failure copy_registers(const Invocation& call);
    Failure set_buffer(const Invocation& call);
    Failure copy_or_move(const Invocation& call, const Slot& target);
    Failure configure_schedule(const Invocation& call);
    Failure lookup(const Cap& root, Word index, Word depth, bool source, Slot* slot) const;
    void begin(const Invocation& call) { thread(call.caller).state = State::restart; }
    std::vector<Cap*> every_cap();
    void remove(Cap& slot);
    void finalise(const Cap& cap);
    void destroy(int thread);
    void suspend(int thread);
    void resume(int thread);
    void cancel(int thread);
    void restart_all(std::deque<int> waiting);
    void unbind(int thread);

    // Scheduling.
    void set_state(int thread, State state);
    bool queued(int thread) const;
    std::deque<int>& queue_of(int thread);
    void to_head(int thread);
    void to_tail(int thread);
    void leave_queue(int thread);
    void wake(int thread);
    void reschedule();
    void decide();
    int highest() const;
    bool may_run_at_once(int thread, bool running_goes_on) const;
    void next_domain();
    void set_priority(int thread, Word priority);

    int candidate_ = kNone;  // the first thread woken in this kernel entry
    bool choose_ = false;    // ... and from the queues, when something speaks against it
    Word position_ = 0, start_ = 0, ticks_left_ = 0;
    bool from_start_ = false;

public:
    void set_endless() { ticks_left_ = schedule[0].ticks = (Word{1} << 56) - 1; }
};

}  // namespace thread_model
