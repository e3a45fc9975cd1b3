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

// Puts the contents of one key in the place of another's, which go to a third, all of the same level. What
// the target has goes first, one after the other; then it has all that is new at once.
class Exchange {
public:
    Exchange(Ref<cm::Key> target, Ref<cm::Key> source, Ref<cm::Key> old)
        : target_(std::move(target)), source_(std::move(source)), old_(std::move(old)) {}
    // A slice; true when it is done. STATUS_KEY_DELETED.
    Result<bool> step() {
        ke::Slice slice;
        cm::Unseen unseen;
        while (promised_ < source_->subkey_count()) {
            source_->promise_subkey(promised_++, *target_);
            if (slice.over()) return false;
        }
        while (old_->adopt_one(*target_))
            if (slice.over()) return false;
        return true;
    }
    // In the turn of the last step: nobody has put anything into the target since.
    void end() { target_->adopt_all(*source_); }
    // A slice of giving up; true when it is done.
    Result<bool> take_back() {
        ke::Slice slice;
        while (promised_ > 0) {
            source_->promise_subkey(--promised_, *source_);
            if (slice.over()) return false;
        }
        return true;
    }
    bool is_lost() const { return target_->is_deleted(); }
    ~Exchange() {
        cm::end_tree(std::move(old_));
        cm::end_tree(std::move(source_));
    }

private:
    Ref<cm::Key> target_;
    Ref<cm::Key> source_;
    Ref<cm::Key> old_;
    size_t promised_ = 0;  // subkeys of the source
};

// Once begun it is done, unless somebody deletes the key meanwhile.
ke::Task<NTSTATUS> exchange(unsigned priority, Ref<cm::Key> target, Ref<cm::Key> source, Ref<cm::Key> old) {
    Exchange work(std::move(target), std::move(source), std::move(old));
    NTSTATUS status = co_await ke::in_slices(priority, [&]() -> Result<bool> {
        if (work.is_lost()) return fail(STATUS_KEY_DELETED);
        if (!TRY(work.step())) return false;
        work.end();
        return true;
    });
    if (!NT_SUCCESS(status)) (void)co_await ke::in_slices(priority, [&] { return work.take_back(); });
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
    unsigned priority = call.thread().kernel_priority();
    auto job = CO_TRY(ke::Job::start([&] [[clang::coro_wrapper]] {
        return exchange(priority, std::move(key), std::move(read.root), std::move(old));
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
    auto read = co_await services::read_hive(call, hive->file(), key.get());
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
    ReadHive read = CO_TRY(co_await services::read_hive(call, std::move(file), key.get()));
    co_return co_await replace(call, std::move(key), std::move(read), args.Flags & REG_FORCE_RESTORE);
}
