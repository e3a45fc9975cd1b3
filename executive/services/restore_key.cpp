// SPDX-License-Identifier: GPL-3.0-only
//
// NtRestoreKey: what a hive's file holds in the place of what a key has.
#include "executive/cm/cm.hpp"
#include "executive/cm/openings.hpp"
#include "executive/cm/remains.hpp"
#include "executive/ke/spawn.hpp"
#include "executive/services.hpp"
#include "executive/services/hive_read.hpp"

using namespace base;

namespace {

using services::Hive;
using services::ReadHive;

// Puts the contents of one key in the place of another's, which go to a third, all of the same level. No
// program runs meanwhile, but a driver may: what it makes there goes.
class Exchange {
public:
    Exchange(Ref<cm::Key> target, Ref<cm::Key> source, Ref<cm::Key> old)
        : target_(std::move(target)), source_(std::move(source)), old_(std::move(old)) {}
    // A slice; true when it is done.
    Result<bool> step() {
        // Two for one key would mix what they bring.
        if (running_ && running_ != this) return false;
        running_ = this;
        ke::Slice slice;
        while (!emptied_) {
            emptied_ = !old_->adopt_value(*target_) && !old_->adopt_subkey(*target_);
            if (slice.over()) return false;
        }
        while (bring_one())
            if (slice.over()) return false;
        target_->take_rest_of(*source_);
        return true;
    }
    void end() {
        running_ = nullptr;
        cm::end_tree(std::move(old_));
        cm::end_tree(std::move(source_));
    }

private:
    bool bring_one() {
        if (source_->value_count()) {
            // Its hash is known, and the name may be long.
            const cm::Value& value = source_->value(0);
            size_t length = value.name.length();
            cm::ValueSearch search(*target_, length, {length, value.hash, 0});
            search.take_all(value.name);
            if (search.found()) target_->remove_value(*search.found());
            return target_->adopt_value(*source_);
        }
        cm::Key* subkey = source_->first_subkey();
        if (!subkey) return false;
        if (Ref<cm::Key> other(target_->find(subkey->name())); other) {
            other->detach();
            cm::end_tree(std::move(other));
        }
        return target_->adopt_subkey(*source_);
    }

    Ref<cm::Key> target_;
    Ref<cm::Key> source_;
    Ref<cm::Key> old_;
    bool emptied_ = false;
    static inline constinit const Exchange* running_ = nullptr;
};

// Once begun it is done.
ke::Task<NTSTATUS> exchange(Ref<cm::Key> target, Ref<cm::Key> source, Ref<cm::Key> old) {
    Exchange work(std::move(target), std::move(source), std::move(old));
    NTSTATUS status = co_await ke::in_slices(ke::Pacer::kSystemPriority, [&] { return work.step(); });
    work.end();
    co_return status;
}

// `force`: whoever has keys below it open sees them deleted.
ke::Task<NTSTATUS> replace(ke::Call& call, Ref<cm::Key> key, ReadHive read, bool force) {
    if (!force) {
        cm::OpeningCount openings(key, false);
        NTSTATUS status = co_await services::undisturbed(call, openings);
        if (!NT_SUCCESS(status)) co_return status;
        if (openings.count()) co_return STATUS_CANNOT_DELETE;
    }
    if (key->is_deleted()) co_return STATUS_KEY_DELETED;
    Ref<cm::Key> old = CO_TRY(cm::Key::create_apart(key->level()));
    auto job = CO_TRY(ke::Job::start([&] [[clang::coro_wrapper]] {
        return exchange(std::move(key), std::move(read.root), std::move(old));
    }));
    co_return co_await ke::EventWait(call.thread(), job->done());
}

// To what its file holds: only a hive that nobody but its user flushes has a state worth going back to.
ke::Task<NTSTATUS> refresh(ke::Call& call, Ref<cm::Key> key) {
    CO_TRY(services::check_hive_privilege(call, SE_TCB_PRIVILEGE));
    Ref<Hive> hive = Hive::of_root(*key);
    if (!hive || !(hive->flags() & REG_NO_LAZY_FLUSH)) co_return STATUS_INVALID_PARAMETER;
    NTSTATUS status = co_await hive->take_turn(services::Behalf(call));
    if (status != STATUS_SUCCESS) co_return status;
    auto read = co_await services::read_hive(call, hive->file(), key->level());
    if (read) {
        status = co_await replace(call, std::move(key), std::move(*read), true);
        if (NT_SUCCESS(status)) hive->note_flushed();
    } else {
        status = read.error();
    }
    hive->pass_turn();
    co_return status;
}

}  // namespace

ke::Task<NTSTATUS> NtRestoreKey(ke::Call& call, NtRestoreKeyArgs args) {
    constexpr ULONG kKnown =
        REG_WHOLE_HIVE_VOLATILE | REG_REFRESH_HIVE | REG_NO_LAZY_FLUSH | REG_FORCE_RESTORE;
    if (args.Flags & ~kKnown) co_return STATUS_INVALID_PARAMETER;
    CO_TRY(services::check_hive_privilege(call, SE_RESTORE_PRIVILEGE));
    Ref<cm::Key> key(CO_TRY(cm::live_key(call, args.KeyHandle, 0))->key());
    if (args.Flags & REG_REFRESH_HIVE) co_return co_await refresh(call, std::move(key));
    if (args.Flags & REG_WHOLE_HIVE_VOLATILE) co_return STATUS_INVALID_PARAMETER;
    if (key->level() < services::kHiveLevel) co_return STATUS_ACCESS_DENIED;
    auto file = CO_TRY(ob::resolve<io::File>(call, args.FileHandle, args.FileHandleAccess));
    ReadHive read = CO_TRY(co_await services::read_hive(call, std::move(file), key->level()));
    co_return co_await replace(call, std::move(key), std::move(read), args.Flags & REG_FORCE_RESTORE);
}
