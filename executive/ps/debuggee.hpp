// SPDX-License-Identifier: GPL-3.0-only
//
// A process as its debugger sees it. What happens in one of its threads stops that thread with its event
// (DebugSlot), then all others, in slices; when all stand, the event is to be had from the debug object. The
// debugger takes it, looks, and says how to go on; when no other event is left all threads run again. No
// thread waits for that in a call of its own: what it came upon has happened, and it stands behind it. So it
// can be suspended, given registers and ended as ever.
//
// To a debugger that comes later the threads and images that are there are told first, each when it asks.
#pragma once

#include "abi/nt/ntdbg.h"
#include "base/list.hpp"
#include "base/ref.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ke/wait.hpp"
#include "executive/prelude.hpp"

namespace ps {

class DebugObject;
class Process;
class Thread;

// What a thread has for its debugger.
class DebugSlot : public ListLink<struct DebugSlotTag> {
public:
    enum class Kind : uint8_t {
        CreateProcess,
        CreateThread,
        ExitThread,
        ExitProcess,
        Exception,
        LoadDll,
        UnloadDll
    };
    // Queued until the answer to it; Later: answered with DBG_REPLY_LATER.
    enum class State : uint8_t { Idle, Queued, Later };

    State state = State::Idle;
    Kind kind = Kind::Exception;
    bool first_chance = false;
    bool begun = false;   // it has run, or may
    bool told = false;    // the debugger knows of it
    bool hidden = false;  // ThreadHideFromDebugger: nothing of it is told
    bool ended = false;   // its end is held until the debugger has been told of it
    uint64_t base = 0;    // LoadDll, UnloadDll
    // Exception: where it is raised, and where the thread stands, which goes on behind a breakpoint.
    uint64_t raised_at = 0, stands_at = 0;
    EXCEPTION_RECORD record{};
};

class Debuggee final : public ListLink<struct DebuggeeTag>,
                       public ListLink<struct ReadyDebuggeeTag>,
                       private ke::PacedWork {
public:
    using Kind = DebugSlot::Kind;

    explicit Debuggee(Process& process);
    ~Debuggee();
    Debuggee(const Debuggee&) = delete;
    Debuggee& operator=(const Debuggee&) = delete;
    Process& process() { return process_; }

    // Null: nobody debugs it.
    const Ref<DebugObject>& object() const { return object_; }
    bool attached() const { return static_cast<bool>(object_); }
    // Of a debugger before, threads are still being let go until this is set.
    ke::Latch& free() { return free_; }
    // Its children are debugged with it.
    bool inherits = true;

    // A process that has no thread yet. REQUIRES: not attached, the object is active.
    void attach_new(Ref<DebugObject> object);
    // One that runs. REQUIRES: as above, free().
    void attach_running(Ref<DebugObject> object);
    // Events that are not answered: exceptions go to the program, everything else goes on.
    void detach();

    // --- from its threads, before anything else of them runs
    void begins(Thread& thread);
    // It was resumed: an event that the debugger has put off is told once more.
    void resumed(Thread& thread);
    // The thread stands with these registers but `ip`; false: the debugger is not told.
    bool raised(Thread& thread, const EXCEPTION_RECORD& record, const CONTEXT& context, uint64_t ip,
                bool first_chance);
    void mapped(Thread& thread, uint64_t base) { tell_of_view(thread, Kind::LoadDll, base); }
    void unmapped(Thread& thread, uint64_t base) { tell_of_view(thread, Kind::UnloadDll, base); }
    // Its last step comes; true: not before the debugger knows (Thread::finish_end()).
    bool ends(Thread& thread);
    // Threads that have ended and that the debugger does not know of yet.
    uint32_t held_ends() const { return held_; }
    // Nothing is left of the process.
    void gone();

    // --- for the debugger
    struct Event {
        Kind kind;
        Ref<Thread> thread;
        uint64_t base = 0;                // of a module, or of the program
        const DebugSlot* slot = nullptr;  // Exception: with its record
    };
    // REQUIRES for both: it is in the object's ready queue.
    const Event& event() const { return event_; }
    // Of each event another.
    uint64_t number() const { return number_; }
    // The debugger has it.
    void take();
    bool waits_for_answer(uint32_t thread_id) const;
    // The answer, one of the known (DBG_...). STATUS_IN_PAGE_ERROR with a ke::PageIn: nothing was done.
    // REQUIRES: waits_for_answer().
    NTSTATUS answer(NTSTATUS status);

private:
    enum class Phase : uint8_t {
        Running,    // nothing to tell
        Freezing,   // threads are being stopped
        Finding,    // which event is next
        Ready,      // in the object's queue
        Taken,      // the debugger has it
        Thawing,    // threads are being let go
        Replaying,  // events that were put off are looked for
        Releasing   // after the debugger
    };
    // What a debugger that comes to a running process is told first.
    enum class Stage : uint8_t { Threads, SystemDll, Modules, Live };

    bool slice() override;
    bool step();
    // Does the next part at once, the rest paced.
    void go();
    Thread* next_thread();
    void find();
    bool find_thread();
    bool find_module();
    void offer(Kind kind, Thread& thread, uint64_t base, const DebugSlot* slot = nullptr);
    bool stands() const;
    bool shows(const Thread& thread) const;
    void attach(Ref<DebugObject> object);
    void mark_peb(bool debugged);
    void queue(Thread& thread, Kind kind);
    void withdraw(Thread& thread);
    void tell_of_view(Thread& thread, Kind kind, uint64_t base);
    void queue_end(Thread& thread);
    NTSTATUS settle(Thread& thread, bool handled);
    void release(Thread& thread);

    Process& process_;
    Ref<DebugObject> object_;
    List<Thread, DebugSlotTag> queue_;
    Event event_{};
    ke::Latch free_{true};
    uint64_t number_ = 0;
    uint64_t serial_ = 0;       // of the thread that is next, in what goes through all
    uint64_t told_serial_ = 0;  // Threads: the same
    uint64_t last_serial_ = 0;  // Threads: of the last that was there
    uint64_t told_base_ = 0;    // Modules: the address that is next
    uint32_t held_ = 0;
    uint32_t ends_queued_ = 0;  // those of them whose end is in the queue
    Phase phase_ = Phase::Running;
    Stage stage_ = Stage::Live;
    bool process_told_ = false;
    bool replays_ = false;  // an event was put off
};

}  // namespace ps
