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

// What a watch on one key hears of another key too.
class SecondWatch final : public cm::HandleWatch {
public:
    SecondWatch(cm::HandleWatch& first, Ref<cm::KeyObject> key) : first_(first), key_(std::move(key)) {
        filter = first.filter;
        tree = first.tree;
        key_->add_watch(*this);
    }
    ~SecondWatch() { withdraw(); }
    // The first one may take this with it.
    void fired(NTSTATUS status) override { first_.fired(status); }

private:
    cm::HandleWatch& first_;
    Ref<cm::KeyObject> key_;
};

// A caller that waits inside the call.
class WaitingWatch final : public cm::HandleWatch {
public:
    ~WaitingWatch() { withdraw(); }
    void fired(NTSTATUS status) override {
        withdraw();
        second.reset();
        status_ = status;
        latch_.set();
    }
    NTSTATUS status() const { return status_; }
    ke::Waitable& latch() { return latch_; }
    Own<SecondWatch> second;

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

    Own<SecondWatch> second;
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

Result<Own<PendingWatch>> make_pending(ke::Call& call, const NtNotifyChangeMultipleKeysArgs& args,
                                       Ref<ex::Event> event) {
    size_t size = sizeof(PendingWatch) + (args.Count ? sizeof(SecondWatch) + sizeof(cm::KeyObject) : 0);
    ob::Charge charge = TRY(ob::Charge::take(call.client(), size));
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

struct Decoded {
    Ref<cm::KeyObject> key;
    Ref<cm::KeyObject> second;  // null: there is none
    Ref<ex::Event> event;
};

// The other key, which nobody has a handle of.
Result<Ref<cm::KeyObject>> open_second(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> in) {
    auto attributes = TRY(call.capture_attributes(in));
    if (!attributes.given) return fail(STATUS_ACCESS_VIOLATION);
    cm::Place place = TRY(cm::lookup(call, attributes, attributes.flags & OBJ_OPENLINK));
    if (!place.key) return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    auto object = TRY(cm::KeyObject::create(std::move(place.key), call.client().id()));
    TRY(ob::check_access(call, *object, KEY_NOTIFY));
    return object;
}

Result<Decoded> decode(ke::Call& call, const NtNotifyChangeMultipleKeysArgs& args) {
    Decoded decoded;
    if (args.Count > 1) return fail(STATUS_INVALID_PARAMETER);
    decoded.key = TRY(cm::live_key(call, args.MasterKeyHandle, args.MasterKeyHandleAccess));
    if (!args.CompletionFilter || (args.CompletionFilter & ~kKnownFilters))
        return fail(STATUS_INVALID_PARAMETER);
    if (args.IoStatusBlock.null()) return fail(STATUS_ACCESS_VIOLATION);
    TRY(call.probe(args.IoStatusBlock));
    if (args.Event) decoded.event = TRY(ob::resolve<ex::Event>(call, args.Event, args.EventAccess));
    if (args.Count) decoded.second = TRY(open_second(call, args.SubordinateObjects));
    return decoded;
}

// Begins to watch, and what must be there for that is.
template <typename SomeWatch>
Result<void> set_up(SomeWatch& watch, Decoded decoded, const NtNotifyChangeMultipleKeysArgs& args) {
    watch.filter = args.CompletionFilter;
    watch.tree = args.WatchTree;
    if (decoded.second) watch.second = TRY(make_own<SecondWatch>(watch, std::move(decoded.second)));
    decoded.key->add_watch(watch);
    return {};
}

}  // namespace

ke::Task<NTSTATUS> NtNotifyChangeMultipleKeys(ke::Call& call, NtNotifyChangeMultipleKeysArgs args) {
    Decoded decoded = CO_TRY(decode(call, args));
    if (args.Asynchronous) {
        auto watch = CO_TRY(make_pending(call, args, std::move(decoded.event)));
        CO_TRY(set_up(*watch, std::move(decoded), args));
        if (watch->event) watch->event->clear();
        (void)watch.leak();
        co_return STATUS_PENDING;
    }
    WaitingWatch watch;
    // Its handle may be closed meanwhile.
    Ref<cm::KeyObject> key = decoded.key;
    CO_TRY(set_up(watch, std::move(decoded), args));
    NTSTATUS status = co_await ke::wait(call.thread(), watch.latch(), false, ke::Deadline::never());
    if (status != STATUS_WAIT_0) co_return status;
    IO_STATUS_BLOCK block{};
    block.Status = watch.status();
    CO_TRY(call.write(args.IoStatusBlock, block));
    co_return watch.status();
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtNotifyChangeKey(ke::Call& call, NtNotifyChangeKeyArgs args) {
    NtNotifyChangeMultipleKeysArgs one{};
    one.MasterKeyHandle = args.KeyHandle;
    one.Event = args.Event;
    one.ApcRoutine = args.ApcRoutine;
    one.ApcContext = args.ApcContext;
    one.IoStatusBlock = args.IoStatusBlock;
    one.CompletionFilter = args.CompletionFilter;
    one.WatchTree = args.WatchTree;
    one.Buffer = args.Buffer;
    one.BufferSize = args.BufferSize;
    one.Asynchronous = args.Asynchronous;
    return NtNotifyChangeMultipleKeys(call, one);
}
