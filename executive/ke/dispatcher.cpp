// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/dispatcher.hpp"

#include "abi/nt/neptune.h"
#include "executive/hal/log.hpp"
#include "executive/ke/claim.hpp"
#include "executive/ke/door.hpp"
#include "executive/ke/kernel.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ke/timer_queue.hpp"
#include "executive/ke/trace.hpp"

namespace ke {

namespace {

[[clang::no_destroy]] constinit Dispatcher dispatcher;
constinit CPtr endpoint_capability;

uint64_t info(uint64_t label, uint64_t length) {
    return seL4_MessageInfo_new(label, 0, 0, length).words[0];
}

}  // namespace

Dispatcher& Dispatcher::instance() {
    return dispatcher;
}

CPtr service_endpoint() {
    return endpoint_capability;
}

Result<void> Dispatcher::initialize() {
    loop_ = &Loop::instance();
    may_be_repeated = [] { return dispatcher.serves_repeatable_call(); };
    endpoint_capability = TRY(allocate_endpoint());
    endpoint_ = TRY(copy_near(endpoint_capability));
    notification_ = TRY(allocate_notification());
    if (seL4_TCB_BindNotification(seL4_CapInitThreadTCB, notification_)) return fail(STATUS_UNSUCCESSFUL);
    CPtr alarm = TRY(badged_notification(kSignalBit | uint64_t{1} << kAlarmLine));
    return initialize_clock(alarm);
}

Result<CPtr> Dispatcher::badged_notification(uint64_t badge) {
    CPtr slot = TRY(allocate_slot());
    seL4_Error error = seL4_CNode_Mint(cspace_root(), slot, kDepth, cspace_root(), notification_, kDepth,
                                       seL4_CapRights_new(0, 0, 0, 1), badge);
    if (!error) return slot;
    free_slot(slot);
    return fail(from_kernel(error));
}

void Dispatcher::run() {
    TurnMeter::instance().prepare() ? serve_for_ever<true>() : serve_for_ever<false>();
}

template <bool kMeasured>
void Dispatcher::serve_for_ever() {
    for (;;) {
        receive<kMeasured>();
        if (!serve_plain()) handle();
    }
}

// The common case, straight: a thread in user code calls a service that cannot block. False: nothing was
// done.
inline bool Dispatcher::serve_plain() {
    Message& m = message_;
    if (m.badge & (kSignalBit | kHelperBit | kFaultBit)) [[unlikely]]
        return false;
    Thread& thread = *reinterpret_cast<Thread*>(m.badge);
    uint64_t number = m.info >> 12;
    if (thread.place_ != Thread::Place::User || number >= service_count || unusual_calls) [[unlikely]]
        return false;
    const Service& service = services[number];
    if (!service.plain || (service.driver_only && !thread.has_grants_)) return false;
    thread.place_ = Thread::Place::Call;
    thread.call_.service_ = static_cast<uint32_t>(number);
    Words words{m.words, thread.resources_.message_words + 4};
    NTSTATUS status = service.plain(thread.call_, words);
    if (status < 0 && !stands(thread, status)) [[unlikely]]
        return true;
    if (thread.attention_) [[unlikely]] {
        attend(thread, status);
        return true;
    }
    thread.place_ = Thread::Place::User;
    m.words[0] = static_cast<uint32_t>(status);
    m.info = info(NEPTUNE_REPLY_STATUS, 1);
    answer_ready_ = true;
    return true;
}

// Sends the answer that is ready, if any, and takes the next message. While queued work is left it only
// looks.
template <bool kMeasured>
inline void Dispatcher::receive() {
    Message& m = message_;
    Loop& loop = *loop_;
    if (!loop.idle()) [[unlikely]] {
        if (answer_ready_)
            seL4_RawSend(seL4_SysReply, 0, m.info, m.words[0], m.words[1], m.words[2], m.words[3]);
        answer_ready_ = false;
        m.badge = 0;
        while (work()) {
            if constexpr (kMeasured) TurnMeter::instance().end();
            m.info = seL4_RawCall(seL4_SysNBRecv, endpoint_, &m.badge, 0, &m.words[0], &m.words[1],
                                  &m.words[2], &m.words[3]);
            if constexpr (kMeasured) TurnMeter::instance().begin(m.badge ? cause() : TurnCause::Work);
            if (m.badge != 0) return;
        }
    }
    seL4_Int64 system_call = answer_ready_ ? seL4_SysReplyRecv : seL4_SysRecv;
    answer_ready_ = false;
    if constexpr (kMeasured) TurnMeter::instance().end();
    m.info = seL4_RawCall(system_call, endpoint_, &m.badge, m.info, &m.words[0], &m.words[1], &m.words[2],
                          &m.words[3]);
    if constexpr (kMeasured) TurnMeter::instance().begin(cause());
}

// Does queued work for half a slice, since the turn was about something else before; true when more is left.
bool Dispatcher::work() {
    auto run_one = [this] {
        acting_thread = nullptr;
        return loop_->run_one();
    };
    // Mostly there is no more than one thing to do.
    if (!run_one()) return false;
    Slice slice(slice_ticks / 2);
    while (!slice.over())
        if (!run_one()) return false;
    return true;
}

// Of the message at hand, else what says so itself.
Thread* Dispatcher::acting() const {
    uint64_t badge = message_.badge;
    if (badge == 0 || (badge & (kSignalBit | kHelperBit))) return acting_thread;
    return reinterpret_cast<Thread*>(badge & ~kFaultBit);
}

bool Dispatcher::serves_repeatable_call() const {
    uint64_t badge = message_.badge;
    if (badge == 0 || (badge & (kSignalBit | kHelperBit | kFaultBit)) || beside_the_call > 0) return false;
    return !acting_for_nobody && reinterpret_cast<Thread*>(badge)->place_ == Thread::Place::Call;
}

void await_making(Making& making) {
    dispatcher.await(making);
}

void Dispatcher::forget(const Thread& thread) {
    if (acting_thread == &thread) acting_thread = nullptr;
    if ((message_.badge & ~kFaultBit) == reinterpret_cast<uint64_t>(&thread)) message_.badge = 0;
}

Claim present_claim() {
    Thread* thread = Dispatcher::instance().acting();
    if (acting_for_nobody) return Claim::Own;
    if (!thread) return acting_for_program ? Claim::Program : Claim::Own;
    return thread->client().quota().claim();
}

const UserMemory* served_memory() {
    Thread* thread = dispatcher.acting();
    return thread ? &thread->call().memory() : nullptr;
}

// What the message at hand is about.
TurnCause Dispatcher::cause() const {
    uint64_t badge = message_.badge;
    uint64_t number = message_.info >> 12;
    if (badge & kSignalBit) return TurnCause::Signal;
    if (badge & kHelperBit) return TurnCause::Helper;
    if (badge & kFaultBit) return TurnCause::Fault;
    return number < service_count ? static_cast<TurnCause>(number) : TurnCause::Work;
}

void Dispatcher::turn() {
    receive<false>();
    if (!serve_plain()) handle();
    message_.badge = 0;
}

void Dispatcher::handle() {
    uint64_t badge = message_.badge;
    if (badge & kSignalBit) [[unlikely]]
        return signals(badge);
    if (badge & kHelperBit) [[unlikely]]
        return call(*reinterpret_cast<HelperThread*>(badge & ~kHelperBit));
    Thread& thread = *reinterpret_cast<Thread*>(badge & ~kFaultBit);
    if (thread.place_ != Thread::Place::User) [[unlikely]]
        return handle_other(thread, badge & kFaultBit);
    if (badge & kFaultBit) [[unlikely]]
        return fault(thread);
    call(thread);
}

void Dispatcher::handle_other(Thread& thread, bool is_fault) {
    if (thread.place_ == Thread::Place::Errand) {
        // The page of its few instructions may have to be brought in first.
        if (is_fault && bring_page(thread)) return;
        return thread.end_errand(!is_fault && message_.info >> 12 == NEPTUNE_CALL_MOVED);
    }
    if (thread.place_ == Thread::Place::Again) {
        if (is_fault) return fault(thread);
        arrive_again(thread);
        return call(thread);
    }
    // Only a thread that sends without waiting for the answer can be here: it does not keep to the protocol.
    log.error("a thread of {} sent a message from inside a call", thread.client().image_name());
    thread.terminate();
}

// Answers a fault that only wants its page. False: it is about something else.
bool Dispatcher::bring_page(Thread& thread) {
    if (message_.info >> 12 != seL4_Fault_VMFault) return false;
    bool fetch = message_.words[2] != 0;
    bool write = message_.words[3] & 2;
    Access access = fetch ? Access::Execute : write ? Access::Write : Access::Read;
    if (!thread.client().memory().page(message_.words[1], access)) return false;
    message_.info = info(0, 0);
    answer_ready_ = true;
    return true;
}

// The next slice of a long call; whoever calls something else, or with other arguments, starts afresh.
void Dispatcher::arrive_again(Thread& thread) {
    Call& call = thread.call_;
    const seL4_Word* words = message_.words;
    bool same = message_.info >> 12 == call.service_;
    for (unsigned i = 0; i < NEPTUNE_CALL_LENGTH; ++i)
        same &= words[i] == call.words_[i];
    if (!same) call.forget_progress();
    call.again_ = false;
    call.repeated_ = same;
    thread.update_attention();
}

void Dispatcher::keep_words(Thread& thread) {
    for (unsigned i = 0; i < NEPTUNE_CALL_LENGTH; ++i)
        thread.call_.words_[i] = message_.words[i];
}

void Dispatcher::answer_again(Thread& thread) {
    Call& call = thread.call_;
    if (!call.repeated_) thread.note_return();
    thread.place_ = Thread::Place::Again;
    thread.update_attention();
    for (unsigned i = 0; i < NEPTUNE_CALL_LENGTH; ++i)
        message_.words[i] = call.words_[i];
    static_assert(service_count <= NEPTUNE_REPLY_AGAIN);
    answer(thread, NEPTUNE_REPLY_AGAIN | call.service_, NEPTUNE_CALL_LENGTH);
}

void Dispatcher::call(Thread& thread) {
    bool blocked = false;
    thread.place_ = Thread::Place::Call;
    NTSTATUS status = serve(thread, message_.info >> 12, blocked);
    if (blocked) return;
    if (thread.attention_) [[unlikely]]
        return attend(thread, status);
    thread.place_ = Thread::Place::User;
    message_.words[0] = static_cast<uint32_t>(status);
    answer(thread, NEPTUNE_REPLY_STATUS, 1);
}

void Dispatcher::call(HelperThread& helper) {
    acting_thread = nullptr;
    message_.words[0] = helper.called(message_.words[0]);
    message_.info = info(0, 1);
    answer_ready_ = true;
}

void Dispatcher::answer(Thread& thread, uint64_t label, uint64_t length) {
    message_.info = info(label, length);
    if (!thread.reply_saved_) {
        answer_ready_ = true;
        return;
    }
    // Not a plain send: the slot is empty when the caller's thread is gone.
    thread.reply_saved_ = false;
    const seL4_Word* words = message_.words;
    seL4_RawSend(seL4_SysNBSend, thread.resources_.reply_slot, message_.info, words[0], words[1], words[2],
                 words[3]);
}

NTSTATUS Dispatcher::serve(Thread& thread, uint64_t number, bool& blocked) {
    if (number >= service_count) return STATUS_INVALID_SYSTEM_SERVICE;
    const Service& service = services[number];
    thread.call_.service_ = static_cast<uint32_t>(number);
    Words words{message_.words, thread.resources_.message_words + 4};
    if (service.driver_only && !thread.client_.is_driver_host()) [[unlikely]]
        return STATUS_PRIVILEGE_NOT_HELD;
    if (unusual_calls) [[unlikely]] {
        if (trace_enabled(thread) && !thread.call_.repeated_) trace_call(thread, service, words);
        if (NTSTATUS status = open_door(thread.call_, service, words)) {
            blocked = !stands(thread, status);
            return status;
        }
    }
    if (service.plain) [[likely]] {
        NTSTATUS status = service.plain(thread.call_, words);
        if (status < 0) [[unlikely]]
            blocked = !stands(thread, status);
        if (trace_enabled(thread) && !thread.call_.again_) [[unlikely]]
            trace_return(thread, service, status);
        return status;
    }
    if (!service.blocking) return STATUS_INVALID_SYSTEM_SERVICE;
    served_quota_ = &thread.client_.quota();
    thread.task_.emplace(service.blocking(thread.call_, words));
    thread.task_->start(&thread.completion_);
    served_quota_ = nullptr;
    if (thread.task_->done()) {
        NTSTATUS status = thread.task_->take();
        thread.task_.reset();
        if (status < 0) [[unlikely]]
            blocked = !stands(thread, status);
        if (trace_enabled(thread) && !thread.call_.again_) [[unlikely]]
            trace_return(thread, service, status);
        return status;
    }
    blocked = true;
    keep_words(thread);
    if (!save_reply(thread)) thread.terminate();
    return STATUS_SUCCESS;  // for nobody: it is answered when it ends
}

bool Dispatcher::save_reply(Thread& thread) {
    if (thread.reply_saved_) return true;
    thread.reply_saved_ =
        seL4_CNode_SaveCaller(cspace_root(), thread.resources_.reply_slot, kDepth) == seL4_NoError;
    return thread.reply_saved_;
}

// The end of a call whose thread was suspended, ended, given registers or an APC meanwhile.
void Dispatcher::attend(Thread& thread, NTSTATUS status) {
    if (thread.terminating_) return thread.end();
    if (thread.call_.again_ && !thread.reply_saved_) keep_words(thread);
    if (thread.stopped()) {
        if (!save_reply(thread)) {
            thread.terminating_ = true;
            return thread.end();
        }
        thread.held_status_ = status;
        thread.reply_held_ = true;
        return;
    }
    if (thread.call_.again_) return answer_again(thread);
    if (thread.new_context_) {
        // Writing registers with resume takes the call back; the thread goes on elsewhere.
        Result<void> written = thread.write_registers(*thread.new_context_, true, status);
        thread.new_context_.reset();
        thread.call_.forget_progress();
        thread.reply_saved_ = false;
        thread.place_ = Thread::Place::User;
        thread.update_attention();
        if (!written) thread.terminate();
        return;
    }
    Own<Apc> apc = thread.take_apc();
    thread.call_.forget_progress();
    thread.update_attention();
    thread.place_ = Thread::Place::User;
    message_.words[0] = static_cast<uint32_t>(status);
    if (!apc) return answer(thread, NEPTUNE_REPLY_STATUS, 1);
    if (log.tracing()) [[unlikely]]
        log.trace("{}: APC to {p}", thread.client().image_name(), apc->routine);
    message_.words[1] = apc->routine;
    message_.words[2] = apc->context;
    message_.words[3] = apc->argument1;
    thread.resources_.message_words[4] = apc->argument2;
    answer(thread, NEPTUNE_REPLY_APC, 4);
}

void Dispatcher::complete(Thread& thread, NTSTATUS status) {
    if (trace_enabled(thread) && !thread.call_.again_) [[unlikely]]
        trace_return(thread, services[thread.call_.service_], status);
    thread.woken(status);
    if (thread.place_ == Thread::Place::Errand && !thread.terminating_) [[unlikely]] {
        thread.held_status_ = status;
        thread.errand_.call_over = true;
        return;
    }
    if (!thread.attention_ && thread.reply_saved_) [[likely]] {
        thread.place_ = Thread::Place::User;
        thread.reply_saved_ = false;
        seL4_RawSend(seL4_SysNBSend, thread.resources_.reply_slot, info(NEPTUNE_REPLY_STATUS, 1),
                     static_cast<uint32_t>(status), 0, 0, 0);
        return;
    }
    // The message at hand may be an answer that waits to be sent.
    Message kept = message_;
    attend(thread, status);
    message_ = kept;
}

void Dispatcher::send_errand(Thread& thread, bool load) {
    Message kept = message_;
    message_.words[1] = load;
    answer(thread, NEPTUNE_REPLY_FLOATING, 2);
    message_ = kept;
}

void Dispatcher::signals(uint64_t bits) {
    acting_thread = nullptr;
    if (bits & uint64_t{1} << kAlarmLine) {
        acknowledge_alarm();
        TimerQueue::instance().run_due();
    }
    constexpr uint64_t kLines = (uint64_t{1} << kDoorbellLines) - 1;
    for (uint64_t left = bits & kLines; left != 0; left &= left - 1)
        for (Doorbell& doorbell : doorbells_[__builtin_ctzll(left)])
            loop_->post(doorbell);
}

Result<CPtr> Dispatcher::open_doorbell(Doorbell& doorbell) {
    unsigned line = next_line_++ % kDoorbellLines;
    CPtr capability = TRY(badged_notification(kSignalBit | uint64_t{1} << line));
    doorbells_[line].push_back(doorbell);
    return capability;
}

void Dispatcher::close_doorbell(CPtr capability) {
    // Copies in driver hosts are its children and go with it.
    seL4_CNode_Revoke(cspace_root(), capability, kDepth);
    seL4_CNode_Delete(cspace_root(), capability, kDepth);
    free_slot(capability);
}

}  // namespace ke
