// SPDX-License-Identifier: GPL-3.0-only
//
// Saving, restoring, loading and unloading keys as hives.
#include "executive/cm/cm.hpp"
#include "executive/cm/openings.hpp"
#include "executive/cm/regf/reader.hpp"
#include "executive/cm/regf/recovery.hpp"
#include "executive/cm/regf/writer.hpp"
#include "executive/cm/remains.hpp"
#include "executive/io/open.hpp"
#include "executive/ke/spawn.hpp"
#include "executive/se/token.hpp"
#include "executive/services.hpp"
#include "executive/services/hive_file.hpp"
#include "executive/services/hives.hpp"

using namespace base;

namespace {

using cm::regf::OwnStore;
using services::Hive;

// \Registry\Machine and \Registry\User; what lies right below them is the root of a hive.
constexpr uint32_t kAboveHives = 1;

Result<void> check_privilege(ke::Call& call, ULONG privilege) {
    if (call.client().is_driver_host() || se::holds_privilege(call, privilege)) return {};
    return fail(STATUS_PRIVILEGE_NOT_HELD);
}

Result<ke::Call::Attributes> capture(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> in) {
    auto attributes = TRY(call.capture_attributes(in));
    if (!attributes.given) return fail(STATUS_INVALID_PARAMETER);
    return attributes;
}

ke::Task<NTSTATUS> save(ke::Call& call, Ref<cm::Key> key, Ref<io::File> file,
                        cm::regf::WriteOptions options) {
    OwnStore store = CO_TRY(OwnStore::create(call.client()));
    auto writer = CO_TRY(make_own<cm::regf::Writer>(std::move(key), std::move(store), options));
    NTSTATUS status = co_await services::undisturbed(call.thread(), *writer);
    if (!NT_SUCCESS(status)) co_return status;
    cm::regf::Store& bytes = writer->store();
    status = co_await services::write_hive_part(call, file, bytes, 0, bytes.size());
    if (NT_SUCCESS(status)) status = co_await services::set_hive_size(call, file, bytes.size());
    if (NT_SUCCESS(status)) status = co_await services::flush_hive_file(call, file);
    co_return status;
}

ke::Task<NTSTATUS> save(ke::Call& call, HANDLE key_handle, HANDLE file_handle, ACCESS_MASK file_access,
                        ULONG format) {
    if (format != REG_STANDARD_FORMAT && format != REG_LATEST_FORMAT && format != REG_NO_COMPRESSION)
        co_return STATUS_INVALID_PARAMETER;
    CO_TRY(check_privilege(call, SE_BACKUP_PRIVILEGE));
    Ref<cm::Key> key(CO_TRY(cm::live_key(call, key_handle, 0))->key());
    // What holds the hives lies in none.
    if (key->level() <= kAboveHives) co_return STATUS_ACCESS_DENIED;
    if (format == REG_NO_COMPRESSION && key->level() != kAboveHives + 1) co_return STATUS_INVALID_PARAMETER;
    auto file = CO_TRY(ob::resolve<io::File>(call, file_handle, file_access));
    cm::regf::WriteOptions options;
    options.latest = format != REG_STANDARD_FORMAT;
    co_return co_await save(call, std::move(key), std::move(file), options);
}

// The keys that a file holds, apart; and what its base block says.
struct Loaded {
    Ref<cm::Key> root;
    uint32_t sequence = 0;
    bool repaired = false;
    ~Loaded() {
        if (root) cm::end_tree(std::move(root));
    }
    Loaded() = default;
    Loaded(Loaded&&) = default;
    Loaded& operator=(Loaded&&) = default;
};

// By its logs. One that cannot be read is none.
ke::Task<NTSTATUS> repair(ke::Call& call, OwnStore& store, const services::HiveFiles& files) {
    OwnStore logs[2];
    for (unsigned i = 0; i < 2; ++i) {
        if (!files.logs[i]) continue;
        auto log = co_await services::read_hive_file(call, files.logs[i], cm::regf::kSector);
        if (!log && log.error() == STATUS_THREAD_IS_TERMINATING) co_return log.error();
        if (log) logs[i] = std::move(*log);
    }
    auto store_of = [](const OwnStore& log) { return log ? &*log : nullptr; };
    auto recovery = CO_TRY(make_own<cm::regf::Recovery>(*store, store_of(logs[0]), store_of(logs[1])));
    co_return co_await ke::in_slices(call.thread(), [&] { return recovery->step(); });
}

// The hive's own bytes are in the store.
ke::Task<Result<Loaded>> load(ke::Call& call, OwnStore store, const services::HiveFiles& files,
                              uint32_t level) {
    Loaded loaded;
    NTSTATUS status = STATUS_SUCCESS;
    loaded.repaired = cm::regf::Recovery::is_needed(*store);
    if (loaded.repaired) status = co_await repair(call, store, files);
    if (!NT_SUCCESS(status)) co_return fail(status);
    OwnStore notes = CO_TRY(OwnStore::create(call.client()));
    auto reader = CO_TRY(make_own<cm::regf::Reader>(*store, std::move(notes), level));
    status = co_await ke::in_slices(call.thread(), [&] { return reader->step(); });
    if (!NT_SUCCESS(status)) co_return fail(status);
    loaded.root = reader->take_root();
    loaded.sequence = reader->block().secondary_sequence;
    co_return loaded;
}

// Puts the contents of one key in the place of another's, which go to a third, all of the same level. No
// program runs meanwhile, but a driver may: what it makes there goes.
class Exchange {
public:
    Exchange(Ref<cm::Key> target, Ref<cm::Key> source, Ref<cm::Key> old)
        : target_(std::move(target)), source_(std::move(source)), old_(std::move(old)) {}
    // A slice; true when it is done.
    bool step() {
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
    NTSTATUS status =
        co_await ke::in_slices(ke::Pacer::kSystemPriority, [&] { return Result<bool>(work.step()); });
    work.end();
    co_return status;
}

ke::Task<NTSTATUS> restore(ke::Call& call, Ref<cm::Key> key, Ref<io::File> file, bool force) {
    OwnStore store = CO_TRY(co_await services::read_hive_file(call, file, cm::regf::kBaseBlock));
    // It is the caller's, and stays open.
    services::HiveFiles files;
    files.hive = std::move(file);
    auto read = co_await load(call, std::move(store), files, key->level());
    files.hive.reset();
    Loaded loaded = CO_TRY(std::move(read));
    if (!force) {
        cm::Openings openings(key, false);
        NTSTATUS status = co_await services::undisturbed(call.thread(), openings);
        if (!NT_SUCCESS(status)) co_return status;
        if (openings.count()) co_return STATUS_CANNOT_DELETE;
    }
    if (key->is_deleted()) co_return STATUS_KEY_DELETED;
    Ref<cm::Key> old = CO_TRY(cm::Key::create_apart(key->level()));
    auto job = CO_TRY(ke::Job::start([&] [[clang::coro_wrapper]] {
        return exchange(std::move(key), std::move(loaded.root), std::move(old));
    }));
    co_return co_await ke::EventWait(call.thread(), job->done());
}

ke::Task<NTSTATUS> restore(ke::Call& call, const NtRestoreKeyArgs args) {
    constexpr ULONG kKnown =
        REG_WHOLE_HIVE_VOLATILE | REG_REFRESH_HIVE | REG_NO_LAZY_FLUSH | REG_FORCE_RESTORE;
    if (args.Flags & ~kKnown) co_return STATUS_INVALID_PARAMETER;
    CO_TRY(check_privilege(call, SE_RESTORE_PRIVILEGE));
    Ref<cm::Key> key(CO_TRY(cm::live_key(call, args.KeyHandle, 0))->key());
    if (args.Flags & REG_REFRESH_HIVE) {
        // To the state of the last flush, of a hive that is not flushed by the way: none is.
        CO_TRY(check_privilege(call, SE_TCB_PRIVILEGE));
        Ref<Hive> hive = Hive::of_root(*key);
        if (!hive) co_return STATUS_INVALID_PARAMETER;
        co_return STATUS_NOT_SUPPORTED;
    }
    if (args.Flags & REG_WHOLE_HIVE_VOLATILE) co_return STATUS_INVALID_PARAMETER;
    if (key->level() <= kAboveHives) co_return STATUS_ACCESS_DENIED;
    auto file = CO_TRY(ob::resolve<io::File>(call, args.FileHandle, args.FileHandleAccess));
    co_return co_await restore(call, std::move(key), std::move(file), args.Flags & REG_FORCE_RESTORE);
}

// The root of a hive is to be made here.
Result<void> check_place(const cm::Place& place) {
    if (place.key) return fail(STATUS_ACCESS_DENIED);
    if (place.parent->is_deleted()) return fail(STATUS_KEY_DELETED);
    if (place.parent->level() != kAboveHives) return fail(STATUS_ACCESS_DENIED);
    if (place.parent->find(place.name)) return fail(STATUS_ACCESS_DENIED);
    return {};
}

ke::Task<NTSTATUS> load_files(ke::Call& call, const cm::Place& place, OwnStore store,
                              services::HiveFiles files) {
    Loaded loaded = CO_TRY(co_await load(call, std::move(store), files, kAboveHives + 1));
    CO_TRY(check_place(place));
    ob::Charge charge = CO_TRY(ob::Charge::take(call.client(), sizeof(Hive)));
    CO_TRY(place.parent->attach(*loaded.root, place.name));
    auto hive =
        make_ref<Hive>(loaded.root, std::move(files), std::move(charge), loaded.sequence, loaded.repaired);
    if (!hive) {
        loaded.root->detach();
        co_return hive.error();
    }
    loaded.root.reset();
    co_return STATUS_SUCCESS;
}

io::OpenOptions hive_options() {
    io::OpenOptions options;
    options.access = FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE;
    options.share = FILE_SHARE_READ;
    options.options = FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT;
    return options;
}

// NAME.LOG1 and NAME.LOG2 beside the hive NAME.
ke::Task<NTSTATUS> open_logs(ke::Call& call, services::HiveFiles& files) {
    constexpr std::u16string_view kEnds[] = {u".LOG1", u".LOG2"};
    for (unsigned i = 0; i < 2; ++i) {
        String name = CO_TRY(String::create(files.hive->name()));
        CO_TRY(name.append(kEnds[i]));
        io::OpenOptions options = hive_options();
        options.disposition = FILE_OPEN_IF;
        options.attributes = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM;
        Ref<io::Device> device(files.hive->device());
        files.logs[i] = CO_TRY(co_await io::open_on(&call, std::move(device), std::move(name), options)).file;
    }
    co_return STATUS_SUCCESS;
}

ke::Task<NTSTATUS> load(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> target,
                        ke::UserIn<OBJECT_ATTRIBUTES> source, ULONG flags) {
    if (flags & ~ULONG{REG_NO_LAZY_FLUSH}) co_return STATUS_INVALID_PARAMETER;
    CO_TRY(check_privilege(call, SE_RESTORE_PRIVILEGE));
    auto key = CO_TRY(capture(call, target));
    auto file = CO_TRY(capture(call, source));
    // This may answer "again"; what follows waits.
    services::HiveFiles files;
    files.hive = CO_TRY(co_await io::open_attributes(call, std::move(file), hive_options())).file;
    cm::Place place = CO_TRY(co_await cm::find_place(call, std::move(key), true));
    CO_TRY(check_place(place));
    OwnStore store = CO_TRY(co_await services::read_hive_file(call, files.hive, cm::regf::kBaseBlock));
    // Nothing is made beside what is no hive.
    if (store->get<uint32_t>(0) != cm::regf::kSignature) co_return STATUS_NOT_REGISTRY_FILE;
    NTSTATUS status = co_await open_logs(call, files);
    if (!NT_SUCCESS(status)) co_return status;
    co_return co_await load_files(call, place, std::move(store), std::move(files));
}

// Flushed, with nothing of it open, in one moment.
ke::Task<NTSTATUS> make_ready_to_unload(ke::Call& call, Ref<Hive> hive, bool force) {
    constexpr unsigned kMost = 16;
    for (unsigned i = 0; i < kMost; ++i) {
        NTSTATUS status = co_await Hive::flush(call, hive);
        if (!NT_SUCCESS(status)) co_return status;
        if (force) co_return STATUS_SUCCESS;
        cm::Openings openings(Ref<cm::Key>(hive->root()), true);
        status = co_await services::undisturbed(call.thread(), openings);
        if (!NT_SUCCESS(status)) co_return status;
        if (openings.count()) co_return STATUS_CANNOT_DELETE;
        if (hive->is_flushed()) co_return STATUS_SUCCESS;
    }
    co_return STATUS_CANNOT_DELETE;
}

ke::Task<NTSTATUS> unload(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> target, ULONG flags) {
    if (flags & ~ULONG{REG_FORCE_UNLOAD}) co_return STATUS_INVALID_PARAMETER;
    CO_TRY(check_privilege(call, SE_RESTORE_PRIVILEGE));
    auto attributes = CO_TRY(capture(call, target));
    cm::Place place = CO_TRY(co_await cm::find_place(call, std::move(attributes), true));
    if (!place.key) co_return STATUS_OBJECT_NAME_NOT_FOUND;
    Ref<Hive> hive = Hive::of_root(*place.key);
    if (!hive) co_return STATUS_INVALID_PARAMETER;
    NTSTATUS status = co_await make_ready_to_unload(call, hive, flags & REG_FORCE_UNLOAD);
    if (!NT_SUCCESS(status)) co_return status;
    // Another may have done it meanwhile.
    if (Hive::of_root(*place.key) != hive) co_return STATUS_INVALID_PARAMETER;
    hive->unload();
    co_return STATUS_SUCCESS;
}

// Nobody here can have a transaction: whatever the handle names is none.
NTSTATUS no_transaction(ke::Call& call, HANDLE handle) {
    TRY(ob::resolve_any(call, handle, 0));
    return STATUS_OBJECT_TYPE_MISMATCH;
}

}  // namespace

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtSaveKey(ke::Call& call, NtSaveKeyArgs args) {
    return save(call, args.KeyHandle, args.FileHandle, args.FileHandleAccess, REG_STANDARD_FORMAT);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtSaveKeyEx(ke::Call& call, NtSaveKeyExArgs args) {
    return save(call, args.KeyHandle, args.FileHandle, args.FileHandleAccess, args.Format);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtRestoreKey(ke::Call& call, NtRestoreKeyArgs args) {
    return restore(call, args);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtLoadKey(ke::Call& call, NtLoadKeyArgs args) {
    return load(call, args.TargetKey, args.SourceFile, 0);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtLoadKey2(ke::Call& call, NtLoadKey2Args args) {
    return load(call, args.TargetKey, args.SourceFile, args.Flags);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtUnloadKey(ke::Call& call, NtUnloadKeyArgs args) {
    return unload(call, args.TargetKey, 0);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtUnloadKey2(ke::Call& call, NtUnloadKey2Args args) {
    return unload(call, args.TargetKey, args.Flags);
}

ke::Task<NTSTATUS> NtFlushKey(ke::Call& call, NtFlushKeyArgs args) {
    Ref<cm::Key> key(CO_TRY(cm::live_key(call, args.KeyHandle, args.KeyHandleAccess))->key());
    // What lies in no file is as safe as it can be.
    Ref<Hive> hive = Hive::of(*key);
    if (!hive) co_return STATUS_SUCCESS;
    co_return co_await Hive::flush(call, std::move(hive));
}

ke::Task<NTSTATUS> NtQueryOpenSubKeys(ke::Call& call, NtQueryOpenSubKeysArgs args) {
    CO_TRY(call.probe(args.HandleCount));
    auto attributes = CO_TRY(capture(call, args.TargetKey));
    cm::Place place = CO_TRY(co_await cm::find_place(call, std::move(attributes), true));
    if (!place.key) co_return STATUS_OBJECT_NAME_NOT_FOUND;
    cm::Openings openings(std::move(place.key), false);
    NTSTATUS status = co_await services::undisturbed(call.thread(), openings);
    if (!NT_SUCCESS(status)) co_return status;
    co_return to_status(call.write(args.HandleCount, openings.count()));
}

NTSTATUS NtCreateKeyTransacted(ke::Call& call, const NtCreateKeyTransactedArgs& args) {
    return no_transaction(call, args.TransactionHandle);
}

NTSTATUS NtOpenKeyTransacted(ke::Call& call, const NtOpenKeyTransactedArgs& args) {
    return no_transaction(call, args.TransactionHandle);
}

NTSTATUS NtOpenKeyTransactedEx(ke::Call& call, const NtOpenKeyTransactedExArgs& args) {
    return no_transaction(call, args.TransactionHandle);
}
