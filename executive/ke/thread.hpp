// SPDX-License-Identifier: GPL-3.0-only
//
// The kernel half of a user thread: its TCB, its place in a call, its APCs. ps::Thread derives from it and
// owns it. The badge of a thread's endpoint capabilities is the address of this object (plus the fault bit),
// so a message finds its thread without a lookup; the TCB is deleted before the object goes.
//
// A thread is at one place: running user code, inside a call (being served or waiting), between two slices of
// a long call, stopped at a fault, on an errand (moving its floating point state), or dead. A delivered call
// is never disturbed (on seL4 that would issue it again): whoever wants something of a thread inside a call
// changes how the call ends.
#pragma once

#include <optional>

#include "abi/nt/ntxcapi.h"
#include "abi/sel4/types.h"
#include "base/ref.hpp"
#include "executive/ke/call.hpp"
#include "executive/ke/claim.hpp"
#include "executive/ke/debug_registers.hpp"
#include "executive/ke/wait.hpp"

namespace ob {
class Object;
}
namespace se {
class Token;
}

namespace ke {

using CPtr = uint64_t;

// Requests that a process has made while it was in a job, and the bytes that they moved.
struct IoCounts {
    enum Kind : uint8_t { Read, Write, Other };
    static constexpr unsigned kKinds = 3;
    uint64_t operations[kKinds] = {}, bytes[kKinds] = {};
    void add(Kind kind, uint64_t moved) {
        ++operations[kind];
        bytes[kind] += moved;
    }
    void add(const IoCounts& others) {
        for (unsigned kind = 0; kind < kKinds; ++kind) {
            operations[kind] += others.operations[kind];
            bytes[kind] += others.bytes[kind];
        }
    }
};

// What ke needs to know of a process. ps::Process implements it.
class Client {
public:
    virtual UserMemory& memory() = 0;
    virtual ob::HandleTable& handles() = 0;
    // For the pseudo handle NtCurrentProcess().
    virtual ob::Object& process_object() = 0;
    virtual bool is_driver_host() const = 0;
    // The process's number; 0: it has none.
    virtual uint32_t id() const { return 0; }
    // Nothing of it runs any more: its memory is gone or going.
    virtual bool gone() const = 0;
    // What it is called in the trace.
    virtual std::u16string_view image_name() const = 0;
    // Coroutine frames, pool and pages of this process are counted here.
    virtual class Quota& quota() = 0;
    // Whom it acts as.
    virtual se::Token& token() = 0;
    bool traced = false;
    // What the Balancer charged to its threads, in units of 100 ns.
    uint64_t cpu_time = 0;
    IoCounts io;
    // It wants to hear of what it is charged with: it is in a job.
    bool counted = false;
    // So much was added to cpu_time. Nothing may end here.
    virtual void has_computed(uint64_t time) { (void)time; }
    // A request of this kind was done.
    virtual void has_transferred(IoCounts::Kind kind, uint64_t bytes) { (void)kind, (void)bytes; }
    // The same from whoever did it. Only of a process in a job: nobody else's requests pay for it.
    void count_io(IoCounts::Kind kind, uint64_t bytes) {
        if (counted) [[unlikely]]
            has_transferred(kind, bytes);
    }

protected:
    ~Client() = default;
};

// A limit on memory that the Executive holds for one process.
class Quota {
public:
    explicit constexpr Quota(size_t limit) : limit_(limit) {}
    // STATUS_QUOTA_EXCEEDED when it would pass the limit.
    Result<void> charge(size_t bytes) {
        TRY(has_room(bytes));
        used_ += bytes;
        return {};
    }
    // Would that much pass? REQUIRES, for all: less than 2^63 bytes.
    Result<void> has_room(size_t bytes) const {
        if (used_ + bytes > limit_) return fail(STATUS_QUOTA_EXCEEDED);
        return {};
    }
    // For what has been taken already, or what must not fail: the limit may be passed.
    void charge_anyway(size_t bytes) { used_ += bytes; }
    void release(size_t bytes) {
        ASSERT(bytes <= used_);
        used_ -= bytes;
    }
    // How far it may reach into the last of memory.
    Claim claim() const {
        if (standing_ == Standing::Program) return Claim::Program;
        return standing_ != Standing::Started ? Claim::Trusted
               : used_ < kAllowance           ? Claim::Allowed
                                              : Claim::Program;
    }
    // The Executive starts system processes, each starts the next lower kind.
    enum class Standing : uint8_t { Program, Started, Shell, System };
    Standing standing() const { return standing_; }
    void set_standing(Standing standing) { standing_ = standing; }
    static constexpr size_t kAllowance = 1 << 20;
    size_t used() const { return used_; }
    size_t limit() const { return limit_; }
    // Pages of its process that requests have pinned: no more than kPinShare of the limit at a time, in which
    // they are counted as what they are. STATUS_QUOTA_EXCEEDED, as for a buffer that NT cannot lock.
    static constexpr size_t kPinShare = 4;
    Result<void> pin(uint64_t pages) {
        constexpr uint64_t kPage = 4096;
        uint64_t most = limit_ / kPinShare / kPage;
        if (pages > most || pinned_ > most - pages) return fail(STATUS_QUOTA_EXCEEDED);
        pinned_ += pages;
        return {};
    }
    void unpin(uint64_t pages) {
        ASSERT(pages <= pinned_);
        pinned_ -= pages;
    }
    // Of those that live, how many this process has made permanent.
    uint32_t permanent_objects = 0;

private:
    size_t limit_;
    size_t used_ = 0;
    uint64_t pinned_ = 0;
    Standing standing_ = Standing::Program;
};

struct Apc : ListLink<struct ApcTag> {
    virtual ~Apc() {
        if (holder) *holder = nullptr;
        if (counter) --*counter;
    }
    uint64_t routine = 0;
    uint64_t context = 0;
    uint64_t argument1 = 0;
    uint64_t argument2 = 0;
    // It does not wait for an alertable wait, but for the end of a service, whichever.
    bool special = false;
    // Cleared when the APC goes, for who wants to know whether it is still queued, or to take it back.
    Apc** holder = nullptr;
    // For APCs that programs queue: their number at the thread, which outlives them.
    uint32_t* counter = nullptr;
};

// A fault message of a thread.
struct Fault {
    enum class Kind : uint8_t { Capability, UnknownSyscall, Exception, Memory };
    Kind kind;
    uint64_t ip = 0;
    uint64_t address = 0;     // Memory
    bool write = false;       // Memory
    bool fetch = false;       // Memory
    bool present = false;     // Memory: the page was there, the access was not allowed
    uint64_t vector = 0;      // Exception
    uint64_t error_code = 0;  // Exception
    uint64_t number = 0;      // UnknownSyscall
    NTSTATUS failure = 0;     // Memory: why the page it waited for could not be read
};

// What mm made for a thread: capabilities and its alias of the page behind the TEB.
struct ThreadResources {
    CPtr tcb = 0;
    CPtr cspace = 0;
    CPtr reply_slot = 0;                // empty, for the reply of a blocked call
    uint32_t page = 0;                  // mm's: where these objects live
    uint64_t* message_words = nullptr;  // MR 0 of the thread's IPC buffer
};

// What a thread starts with. Everything in the new thread's own address space.
struct ThreadStart {
    CPtr vspace;
    uint64_t message_buffer;  // address of the seL4 IPC buffer
    CPtr message_frame;       // the frame behind it
    uint64_t* message_alias;  // the Executive's view of that frame
    CPtr grants;              // the CNode that the threads of its process share; 0: none
    uint64_t ip, stack, gs_base;
    uint64_t argument1, argument2;  // rcx, rdx
    unsigned priority;              // NT's, 1-31
    bool suspended;
};

class Thread : public ListLink<struct BalancedTag>, public ListLink<struct ServerTag> {
public:
    enum class Place : uint8_t { User, Call, Again, Fault, Errand, Dead };

    explicit Thread(Client& client) : client_(client), call_(*this) {}
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;

    Client& client() const { return client_; }
    Call& call() { return call_; }
    Place place() const { return place_; }
    // For the pseudo handle NtCurrentThread().
    virtual ob::Object& thread_object() = 0;
    // Its number among threads and processes; 0 before it has one.
    uint32_t id() const { return id_; }
    // Whom it acts as in place of its client; null: as that.
    se::Token* impersonation() const { return impersonation_; }
    // True: let the faulting instruction run again. False: the thread was given another context, is no more,
    // or has to wait: a ke::PageIn was left.
    virtual bool handle_fault(const Fault& fault) = 0;
    // A service came upon this guard page of its caller's. True: it was the stack's, which has grown.
    virtual bool extend_stack(uint64_t address) {
        (void)address;
        return false;
    }
    // The last step of a thread that was terminated: it is in no call any more and its TCB can go. Called
    // from the event loop, once.
    virtual void terminated() = 0;

    // REQUIRES: resources were set, not started yet.
    Result<void> start(const ThreadStart& start);

    // --- APCs and alerts
    // Queues a user APC; an alertable wait ends with STATUS_USER_APC. The APC is freed when delivered or at
    // the end.
    void queue_apc(Own<Apc> apc);
    bool apc_pending() const { return !apcs_.empty() || !special_apcs_.empty(); }
    // Deletes what is queued, for a slice: true when nothing is left.
    bool drop_apcs();
    // Of the program's own, at most kMaximumApcs: a thread that never becomes alertable keeps them all.
    static constexpr uint32_t kMaximumApcs = 4096;
    uint32_t& program_apcs() { return program_apcs_; }
    // The answer of the call at hand will carry the first APC.
    void deliver_apc() { deliver_apc_ = attention_ = true; }
    void alert();
    // Takes the alert, if there is one.
    bool test_alert();
    // NtAlertThreadByThreadId: a latched, one-thread event.
    Waitable& alert_by_id() { return alert_by_id_; }
    void set_alert_by_id();

    // --- suspension and end
    // STATUS_SUSPEND_COUNT_EXCEEDED. Returns the count before.
    Result<uint32_t> suspend();
    uint32_t resume();
    uint32_t suspend_count() const { return suspend_count_; }
    // Stands beside all suspensions, as long as a debugger is told of something; once, however often it is
    // said.
    void freeze();
    void thaw();
    bool frozen() const { return frozen_; }
    // Ends whatever it waits for with STATUS_THREAD_IS_TERMINATING; terminated() follows from the loop.
    void terminate();
    bool terminating() const { return terminating_; }

    // --- registers, without x87 and SSE, which the kernel does not show. REQUIRES: no errand (settled()).
    // With debug registers where its flags name them.
    Result<void> get_context(CONTEXT& context);
    // Inside a call the new registers take effect when it ends, but for debug registers, which do at once.
    Result<void> set_context(const CONTEXT& context);

    // --- debug registers, of contexts whose flags name them
    // STATUS_NOT_SUPPORTED: the kernel has none. STATUS_THREAD_IS_TERMINATING.
    Result<void> set_debug_registers(const CONTEXT& context);
    void show_debug_registers(CONTEXT& context) const;
    // What DR6 said of the exception that it stands at.
    void note_debug_status(uint64_t status);
    // It goes on.
    void forget_debug_status() { debug_registers_.status = 0; }

    // The x87 and SSE registers: the kernel shows them to nobody, so the thread itself is sent to `entry` in
    // its ntdll to save them, or from inside a call by an answer of its own, and comes back. Once it runs: a
    // thread that is suspended does this all the same. STATUS_NOT_SUPPORTED when it cannot be sent (it is the
    // caller, or ended), STATUS_ACCESS_VIOLATION when it did not do as it was told.
    Task<NTSTATUS> save_floating(Thread& caller, uint64_t entry, XSAVE_FORMAT& into);
    Task<NTSTATUS> load_floating(Thread& caller, uint64_t entry, XSAVE_FORMAT from);
    // Waits until the thread is on no errand.
    Task<NTSTATUS> settled(Thread& caller);

    // --- priorities, NT's (1-31). Those below 16 are boosted: at the end of a wait by one, or by what the
    // device whose request it was is worth, but not above 15; each Balancer::kInterval that it then computes
    // takes one level away. In a driver host 31 is for its interrupt thread, 30 for that of its timers, 29
    // for those that serve requests: they run before every program, or at the level of one as long as that
    // starves nobody (Balancer).
    // Before everything but the Executive: for set_priority(), while a watchdog looks at a driver host.
    static constexpr unsigned kRaisedPriority = 32;
    void set_priority(unsigned nt_priority);
    unsigned current_priority() const;
    // Above what the threads of normal programs have: of a high class, time-critical, or real-time.
    bool important() const { return base_priority_ > kNormalHighest; }
    // The kernel's of that.
    unsigned kernel_priority() const;
    // The wait that ends next ends with this boost, 0 to 8, when it is the largest.
    void note_boost(unsigned increment) {
        if (increment > next_boost_) next_boost_ = static_cast<uint8_t>(increment);
    }
    bool boost_disabled() const { return boost_disabled_; }
    void disable_boost(bool disabled);

    // --- for ke's Balancer
    // In user code, as far as the Executive can tell.
    bool computes() const {
        return in_user_code() && started_ && !stopped() && !terminating_ && !waits_in_kernel();
    }
    // It ran for this long, in units of 100 ns.
    void charge(uint64_t time);
    // It did not run for this long, in units of 100 ns; after `starved` of them it is rescued for `rescued`
    // looks.
    void passed_over(uint64_t time, uint64_t starved, unsigned rescued);
    // It has not waited since the balancer last charged it or passed it over.
    bool goes_on() const { return passed_over_ != 0; }
    // In units of 100 ns.
    uint64_t cpu_time() const { return cpu_time_; }
    // A driver host's, for requests.
    bool serves_requests() const {
        return base_priority_ == kServing && started_ && place_ != Place::Dead && client_.is_driver_host();
    }
    // Tells the kernel, when it has changed.
    void update_kernel_priority();

    // --- waits, by their tokens
    // Why a wait must not begin: STATUS_THREAD_IS_TERMINATING; for an alertable one STATUS_ALERTED, which
    // takes the alert, or STATUS_USER_APC.
    std::optional<NTSTATUS> refuse_wait(bool alertable);
    // REQUIRES: it is in none.
    void enter_wait(Cancellable& wait) {
        ASSERT(!wait_);
        wait_ = &wait;
        waited_ = true;
    }
    void leave_wait(Cancellable& wait) {
        if (wait_ == &wait) wait_ = nullptr;
    }
    // The wait it is in, null when it is in none.
    Cancellable* current_wait() const { return wait_; }
    // Hears of this thread's end. REQUIRES: not bound to a thread; the thread is not terminating.
    void bind(ThreadBound& bound) { bound_.push_back(bound); }

protected:
    ~Thread();

    struct Position {
        uint64_t ip, sp, flags;
    };
    // Registers with the trap flag are to be loaded, which the kernel's register writes drop: the position
    // becomes that of code of the thread's own that loads the flags and goes on to what they are for.
    virtual void load_trap_flag(Position& position) { (void)position; }
    // The thread may stand in that code: then the position becomes what it was to load.
    virtual void read_trap_flag(Position& position) { (void)position; }

    ThreadResources resources_;
    uint32_t id_ = 0;
    se::Token* impersonation_ = nullptr;  // ps holds it

private:
    friend class Call;
    friend class Dispatcher;
    static constexpr uint32_t kMaximumSuspendCount = 127;
    static constexpr unsigned kNormalHighest = 12;
    static constexpr unsigned kRealTime = 16;
    static constexpr unsigned kServing = 29;

    // Posted when the blocked call is done, or when the dead thread's last step is due.
    class Completion final : public Ready {
    public:
        explicit Completion(Thread& thread) : thread_(thread) {}
        void run() override;

    private:
        Thread& thread_;
    };
    struct AlertById final : Waitable {
        bool set = false;
        bool signaled(const Thread&) const override { return set; }
        NTSTATUS consume(Thread&) override {
            set = false;
            return STATUS_SUCCESS;
        }
    };

    // Stops it for good and queues the last step.
    void end();
    // Tells some of what is bound to it; true when more is left.
    bool release_bound();
    // False: it is in no wait that this may end.
    bool end_alertable_wait(NTSTATUS status);
    void update_attention() {
        attention_ = terminating_ || stopped() || deliver_apc_ || new_context_ || call_.again_ ||
                     call_.repeated_ || !special_apcs_.empty();
    }
    bool stopped() const { return suspend_count_ > 0 || frozen_; }
    // It is stopped no more.
    void go_on();
    // Running user code, as far as the kernel is concerned.
    bool in_user_code() const { return place_ == Place::User || place_ == Place::Again; }
    // Stopped at a fault, until its page has come.
    bool waits_at_fault() const { return waiting_fault_.has_value(); }
    // Where it is when it is neither at a fault nor on an errand and no message of it is being served.
    Place home() const { return call_.again_ ? Place::Again : Place::User; }
    // A wait is over and it goes on.
    void woken(NTSTATUS status);
    // A driver host's threads of these priorities wait for their notifications.
    bool waits_in_kernel() const { return base_priority_ >= kRealTime && client_.is_driver_host(); }
    bool boostable() const {
        return base_priority_ < kRealTime && !boost_disabled_ && !client_.is_driver_host();
    }
    // Remembers where the call at hand returns to, before its caller repeats it from elsewhere.
    void note_return();
    void tell_of_breakpoints() const;
    void drop_debug_registers();
    Result<void> write_registers(const CONTEXT& context, bool resume, NTSTATUS status = STATUS_SUCCESS);
    bool begin_errand(uint64_t entry, bool load);
    // The message that ends it, or what the thread did instead.
    void end_errand(bool done);
    Task<NTSTATUS> errand(Thread& caller, uint64_t entry, bool load);
    XSAVE_FORMAT& floating_area() const;

    Client& client_;
    Call call_;
    Place place_ = Place::User;
    bool has_grants_ = false;  // its CNode leads to that of its process
    bool attention_ = false;   // the answer of the call at hand needs more than its status
    bool started_ = false;
    bool alerted_ = false;
    bool terminating_ = false;
    bool deliver_apc_ = false;
    bool reply_saved_ = false;
    bool waited_ = false;      // set by each wait
    bool reply_held_ = false;  // the call is done, its answer waits for resume()
    bool boost_disabled_ = false;
    bool frozen_ = false;
    uint8_t base_priority_ = 8;  // without boosts
    uint8_t boost_ = 0;
    uint8_t next_boost_ = 0;
    uint8_t rescue_ = 0;           // looks for which it runs at 15
    uint8_t kernel_priority_ = 0;  // as the kernel knows it
    uint64_t passed_over_ = 0;     // 100 ns since it was charged, and one; 0 since it was woken
    uint64_t cpu_time_ = 0;
    uint32_t suspend_count_ = 0;
    NTSTATUS held_status_ = STATUS_SUCCESS;
    Own<CONTEXT> new_context_;  // takes the answer's place
    DebugRegisters debug_registers_;
    std::optional<Task<NTSTATUS>> task_;
    std::optional<Fault> waiting_fault_;  // what it goes back to when `task_` is done
    Completion completion_{*this};
    // The first that is to be delivered, null when there is none.
    Own<Apc> take_apc();
    List<Apc, ApcTag> apcs_;
    List<Apc, ApcTag> special_apcs_;
    uint32_t program_apcs_ = 0;
    Cancellable* wait_ = nullptr;
    List<ThreadBound, ThreadBoundTag> bound_;
    AlertById alert_by_id_;

    // An errand: from user code with the registers to go on with, or from a call whose end waits for it.
    struct Errand {
        Own<seL4_UserContext> registers;
        bool call_over = false;
        bool done = false;
    };
    Errand errand_;
    Latch no_errand_{true};
};

inline Client& Call::client() const {
    return thread_.client();
}
inline NTSTATUS Call::again(const Progress& progress) {
    progress_ = progress;
    again_ = true;
    thread_.attention_ = true;
    return STATUS_RETRY;
}
inline Call::Call(Thread& thread)
    : thread_(thread), handles_(thread.client().handles()), memory_(thread.client().memory()) {}

}  // namespace ke
