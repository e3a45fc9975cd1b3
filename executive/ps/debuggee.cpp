// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ps/debuggee.hpp"

#include <utility>

#include "executive/ke/page_in.hpp"
#include "executive/ps/debug_object.hpp"
#include "executive/ps/thread.hpp"

namespace ps {

using State = DebugSlot::State;

Debuggee::Debuggee(Process& process) : process_(process) {}
Debuggee::~Debuggee() = default;

bool Debuggee::stands() const {
    return stage_ != Stage::Live || !queue_.empty();
}

bool Debuggee::shows(const Thread& thread) const {
    return attached() && !thread.debug().hidden;
}

void Debuggee::mark_peb(bool debugged) {
    const BOOLEAN value = debugged;
    auto space = process_.live_space();
    if (space && process_.peb())
        (void)(*space)->copy_out(process_.peb() + offsetof(PEB, BeingDebugged), &value, sizeof value);
}

void Debuggee::attach(Ref<DebugObject> object) {
    object_ = std::move(object);
    object_->debuggees_.push_back(*this);
    process_told_ = replays_ = false;
    mark_peb(true);
}

void Debuggee::attach_new(Ref<DebugObject> object) {
    attach(std::move(object));
}

void Debuggee::attach_running(Ref<DebugObject> object) {
    attach(std::move(object));
    stage_ = Stage::Threads;
    told_serial_ = 0;
    last_serial_ = Thread::latest_serial();
    phase_ = Phase::Freezing;
    serial_ = 0;
    go();
}

void Debuggee::detach() {
    ListLink<DebuggeeTag>::unlink();
    ListLink<ReadyDebuggeeTag>::unlink();
    object_.reset();
    event_ = {};
    stage_ = Stage::Live;
    mark_peb(false);
    phase_ = Phase::Releasing;
    serial_ = 0;
    free_.clear();
    go();
}

void Debuggee::gone() {
    ListLink<DebuggeeTag>::unlink();
    ListLink<ReadyDebuggeeTag>::unlink();
    ListLink<ke::PacedTag>::unlink();
    object_.reset();
    event_ = {};
    stage_ = Stage::Live;
    phase_ = Phase::Running;
    if (!free_.is_set()) free_.set();
}

// --- slices

void Debuggee::go() {
    if (!ListLink<ke::PacedTag>::linked() && !slice()) ke::Pacer::instance().add(*this);
}

bool Debuggee::slice() {
    // The first is a part of a turn that did something else before.
    ke::Slice slice(ke::slice_ticks / 2);
    while (step())
        if (slice.over()) return false;
    return true;
}

Thread* Debuggee::next_thread() {
    Thread* thread = process_.thread_from(serial_);
    serial_ = thread ? thread->serial() + 1 : 0;
    return thread;
}

// False: there is nothing to do.
bool Debuggee::step() {
    Thread* thread;
    switch (phase_) {
        case Phase::Running:
        case Phase::Ready:
        case Phase::Taken:
            return false;
        case Phase::Freezing:
            thread = next_thread();
            thread ? thread->freeze() : static_cast<void>(phase_ = Phase::Finding);
            return true;
        case Phase::Finding:
            find();
            return true;
        case Phase::Thawing:
            thread = next_thread();
            if (thread && thread->debug().state != State::Later) thread->thaw();
            if (!thread)
                phase_ = stands()                         ? Phase::Freezing
                         : std::exchange(replays_, false) ? Phase::Replaying
                                                          : Phase::Running;
            return true;
        case Phase::Replaying:
            thread = next_thread();
            if (thread && thread->debug().state == State::Later && thread->suspend_count() == 0)
                queue(*thread, thread->debug().kind);
            if (!thread) phase_ = stands() ? Phase::Freezing : Phase::Running;
            return true;
        case Phase::Releasing:
            thread = next_thread();
            if (thread) release(*thread);
            if (!thread) {
                phase_ = Phase::Running;
                free_.set();
            }
            return true;
    }
    return false;
}

// --- what is told next

void Debuggee::find() {
    switch (stage_) {
        case Stage::Threads:
            if (!find_thread()) stage_ = Stage::SystemDll;
            return;
        case Stage::SystemDll:
            stage_ = Stage::Modules;
            told_base_ = 0;
            if (Thread* thread = process_.thread_from(0); thread && process_told_)
                offer(Kind::LoadDll, *thread, process_.system_dll_base());
            return;
        case Stage::Modules:
            if (!find_module()) stage_ = Stage::Live;
            return;
        case Stage::Live:
            break;
    }
    Thread* thread = queue_.front();
    if (!thread) {
        phase_ = Phase::Thawing;
        serial_ = 0;
        return;
    }
    const DebugSlot& slot = thread->debug();
    bool creates = slot.kind == Kind::CreateThread || slot.kind == Kind::CreateProcess;
    Kind kind = !creates ? slot.kind : process_told_ ? Kind::CreateThread : Kind::CreateProcess;
    offer(kind, *thread, slot.base, &slot);
}

// Looks at one; false: none is left.
bool Debuggee::find_thread() {
    Thread* thread = process_.thread_from(told_serial_);
    if (!thread || thread->serial() > last_serial_) return false;
    told_serial_ = thread->serial() + 1;
    if (!thread->debug().told && shows(*thread) && !thread->terminating())
        offer(process_told_ ? Kind::CreateThread : Kind::CreateProcess, *thread, 0);
    return true;
}

bool Debuggee::find_module() {
    auto space = process_.live_space();
    Thread* thread = process_.thread_from(0);
    if (!space || !thread || !process_told_) return false;
    uint64_t image = 0;
    if (!(*space)->next_view(told_base_, image)) return false;
    if (image && image != process_.image_base() && image != process_.system_dll_base())
        offer(Kind::LoadDll, *thread, image);
    return true;
}

void Debuggee::offer(Kind kind, Thread& thread, uint64_t base, const DebugSlot* slot) {
    event_ = {kind, Ref<Thread>(thread), base, slot};
    ++number_;
    phase_ = Phase::Ready;
    object_->ready_.push_back(*this);
    object_->wake();
}

void Debuggee::queue(Thread& thread, Kind kind) {
    DebugSlot& slot = thread.debug();
    slot.kind = kind;
    slot.state = State::Queued;
    thread.freeze();
    queue_.push_back(thread);
    if (phase_ != Phase::Running) return;
    phase_ = Phase::Freezing;
    serial_ = 0;
}

// --- from threads

void Debuggee::begins(Thread& thread) {
    if (!attached()) return;
    DebugSlot& slot = thread.debug();
    if (phase_ >= Phase::Freezing && phase_ <= Phase::Taken) thread.freeze();
    if (slot.told || slot.state != State::Idle || !shows(thread)) return;
    bool found = thread.serial() >= told_serial_ && thread.serial() <= last_serial_;
    if (stage_ == Stage::Threads && found) return;
    queue(thread, Kind::CreateThread);
    go();
}

void Debuggee::resumed(Thread& thread) {
    // A pass that lets the others go on comes to it by itself.
    if (!attached() || thread.debug().state != State::Later || replays_) return;
    queue(thread, thread.debug().kind);
    go();
}

bool Debuggee::raised(Thread& thread, const EXCEPTION_RECORD& record, const CONTEXT& context, uint64_t ip,
                      bool first_chance) {
    DebugSlot& slot = thread.debug();
    if (!shows(thread) || thread.terminating() || slot.state != State::Idle) return false;
    CONTEXT behind = context;
    behind.Rip = ip;
    thread.freeze();
    if (!thread.set_context(behind)) {
        thread.thaw();
        return false;
    }
    slot.record = record;
    slot.first_chance = first_chance;
    slot.raised_at = context.Rip;
    slot.stands_at = ip;
    queue(thread, Kind::Exception);
    go();
    return true;
}

void Debuggee::tell_of_view(Thread& thread, Kind kind, uint64_t base) {
    DebugSlot& slot = thread.debug();
    if (!shows(thread) || thread.terminating() || slot.state != State::Idle) return;
    slot.base = base;
    queue(thread, kind);
    go();
}

bool Debuggee::ends(Thread& thread) {
    DebugSlot& slot = thread.debug();
    if (!shows(thread) || (!slot.told && slot.state == State::Idle)) {
        withdraw(thread);
        return false;
    }
    slot.ended = true;
    if (++held_ == process_.thread_count()) process_.last_thread_ends(thread.exit_status());
    if (slot.state == State::Queued) return true;
    slot.state = State::Idle;
    queue_end(thread);
    go();
    return true;
}

// Of the last thread the debugger is told that the process ends.
void Debuggee::queue_end(Thread& thread) {
    bool last = process_.thread_count() - ends_queued_ == 1;
    ++ends_queued_;
    queue(thread, last ? Kind::ExitProcess : Kind::ExitThread);
}

void Debuggee::withdraw(Thread& thread) {
    thread.debug().unlink();
    thread.debug().state = State::Idle;
    if (phase_ != Phase::Ready || event_.thread.get() != &thread) return;
    ListLink<ReadyDebuggeeTag>::unlink();
    event_ = {};
    phase_ = Phase::Finding;
    go();
}

// --- the debugger

void Debuggee::take() {
    ListLink<ReadyDebuggeeTag>::unlink();
    phase_ = Phase::Taken;
    event_.thread->debug().told = true;
    process_told_ |= event_.kind == Kind::CreateProcess;
}

bool Debuggee::waits_for_answer(uint32_t thread_id) const {
    return phase_ == Phase::Taken && event_.thread->id() == thread_id;
}

// What stopped the thread is over: it goes on when it is let go.
NTSTATUS Debuggee::settle(Thread& thread, bool handled) {
    DebugSlot& slot = thread.debug();
    if (slot.kind == Kind::Exception && !handled && !thread.terminating()) {
        NTSTATUS status = thread.go_on_with(slot);
        if (ke::PageIn::left(status)) return status;
    }
    thread.forget_debug_status();
    slot.unlink();
    slot.state = State::Idle;
    bool told = slot.kind == Kind::ExitThread || slot.kind == Kind::ExitProcess;
    if (told) --ends_queued_;
    if (slot.ended && attached() && !told) {
        queue_end(thread);
    } else if (slot.ended) {
        slot.ended = false;
        --held_;
        thread.finish_end();
    }
    return STATUS_SUCCESS;
}

NTSTATUS Debuggee::answer(NTSTATUS status) {
    Ref<Thread> thread = event_.thread;
    DebugSlot& slot = thread->debug();
    bool ends = status == DBG_TERMINATE_THREAD || status == DBG_TERMINATE_PROCESS;
    if (event_.slot && slot.state == State::Queued) {
        if (status == DBG_REPLY_LATER && !slot.ended) {
            slot.unlink();
            slot.state = State::Later;
            replays_ = true;
        } else {
            NTSTATUS settled = settle(*thread, status != DBG_EXCEPTION_NOT_HANDLED);
            if (ke::PageIn::left(settled)) return settled;
        }
        // The one image that is there before the first thread runs.
        if (event_.kind == Kind::CreateProcess && slot.state == State::Idle && !ends &&
            !thread->terminating()) {
            slot.kind = Kind::LoadDll;
            slot.state = State::Queued;
            slot.base = process_.system_dll_base();
            queue_.push_front(*thread);
        }
    }
    if (status == DBG_TERMINATE_THREAD) thread->end(status);
    if (status == DBG_TERMINATE_PROCESS) process_.terminate_from_outside(status);
    event_ = {};
    phase_ = stands() ? Phase::Finding : Phase::Thawing;
    serial_ = 0;
    go();
    return STATUS_SUCCESS;
}

void Debuggee::release(Thread& thread) {
    DebugSlot& slot = thread.debug();
    slot.told = false;
    // Where its stack cannot be had now it comes upon the same once more.
    if (slot.state != State::Idle && ke::PageIn::left(settle(thread, false))) {
        slot.unlink();
        slot.state = State::Idle;
    }
    thread.thaw();
}

}  // namespace ps
