// SPDX-License-Identifier: GPL-3.0-only
//
// Waiting for changes of a registry key. It lies here and not in cm because it signals events.
#include "executive/cm/cm.hpp"
#include "executive/ex/event.hpp"
#include "executive/ps/win32.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

constexpr ULONG kKnownFilters = REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_ATTRIBUTES |
                                REG_NOTIFY_CHANGE_LAST_SET | REG_NOTIFY_CHANGE_SECURITY;

// A caller that waits inside the call.
class WaitingWatch final : public cm::HandleWatch {
public:
    ~WaitingWatch() { withdraw(); }
    void fired(NTSTATUS status) override {
        withdraw();
        status_ = status;
        latch_.set();
    }
    NTSTATUS status() const { return status_; }
    ke::Waitable& latch() { return latch_; }

private:
    ke::Latch latch_;
    NTSTATUS status_ = STATUS_SUCCESS;
};

// A caller that went on: it is told by event, APC and status block. Owns itself until it has fired.
class PendingWatch final : public cm::HandleWatch {
public:
    PendingWatch(ke::Thread& thread, ob::Charge charge)
        : thread_(thread), keep_alive_(thread.thread_object()), charge_(std::move(charge)) {}

    void fired(NTSTATUS status) override {
        Own<PendingWatch> self(this);
        withdraw();
        if (!thread_.terminating()) report(status);
        if (event) event->set();
    }

    Ref<ex::Event> event;
    Own<ke::Apc> apc;
    ke::UserOut<IO_STATUS_BLOCK> status_block;

private:
    void report(NTSTATUS status) {
        IO_STATUS_BLOCK block{};
        block.Status = status;
        // A status block that is gone meanwhile is the caller's own loss.
        if (!status_block.null())
            (void)thread_.client().memory().copy_out(status_block.address(), &block, sizeof(block));
        if (apc) thread_.queue_apc(std::move(apc));
    }

    ke::Thread& thread_;
    Ref<ob::Object> keep_alive_;
    ob::Charge charge_;
};

Result<Own<PendingWatch>> make_pending(ke::Call& call, const NtNotifyChangeKeyArgs& args,
                                       Ref<ex::Event> event) {
    ob::Charge charge = TRY(ob::Charge::take(call.client(), sizeof(PendingWatch)));
    auto watch = TRY(make_own<PendingWatch>(call.thread(), std::move(charge)));
    watch->event = std::move(event);
    // libwine's RegNotifyChangeKeyValue has it on its stack, and is long gone.
    if (!ps::is_win32(call)) watch->status_block = args.IoStatusBlock;
    if (args.ApcRoutine) {
        watch->apc = TRY(ob::ChargedApc::create(call.client()));
        watch->apc->routine = reinterpret_cast<uint64_t>(args.ApcRoutine);
        watch->apc->context = reinterpret_cast<uint64_t>(args.ApcContext);
        watch->apc->argument1 = args.IoStatusBlock.address();
    }
    return watch;
}

void set_up(cm::HandleWatch& watch, const NtNotifyChangeKeyArgs& args) {
    watch.filter = args.CompletionFilter;
    watch.tree = args.WatchTree;
}

struct Decoded {
    Ref<cm::KeyObject> key;
    Ref<ex::Event> event;
};

Result<Decoded> decode(ke::Call& call, const NtNotifyChangeKeyArgs& args) {
    Decoded decoded;
    decoded.key = TRY(ob::resolve<cm::KeyObject>(call, args.KeyHandle, args.KeyHandleAccess));
    if (decoded.key->key().is_deleted()) return fail(STATUS_KEY_DELETED);
    if (!args.CompletionFilter || (args.CompletionFilter & ~kKnownFilters))
        return fail(STATUS_INVALID_PARAMETER);
    if (args.IoStatusBlock.null()) return fail(STATUS_ACCESS_VIOLATION);
    TRY(call.probe(args.IoStatusBlock));
    if (args.Event) decoded.event = TRY(ob::resolve<ex::Event>(call, args.Event, args.EventAccess));
    return decoded;
}

}  // namespace

ke::Task<NTSTATUS> NtNotifyChangeKey(ke::Call& call, NtNotifyChangeKeyArgs args) {
    Decoded decoded = CO_TRY(decode(call, args));
    if (args.Asynchronous) {
        auto watch = CO_TRY(make_pending(call, args, std::move(decoded.event)));
        if (watch->event) watch->event->clear();
        set_up(*watch, args);
        decoded.key->add_watch(*watch.leak());
        co_return STATUS_PENDING;
    }
    WaitingWatch watch;
    set_up(watch, args);
    decoded.key->add_watch(watch);
    NTSTATUS status = co_await ke::wait(call.thread(), watch.latch(), false, ke::Deadline::never());
    if (status != STATUS_WAIT_0) co_return status;
    IO_STATUS_BLOCK block{};
    block.Status = watch.status();
    CO_TRY(call.write(args.IoStatusBlock, block));
    co_return watch.status();
}
