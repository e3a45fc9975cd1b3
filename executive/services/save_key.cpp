// SPDX-License-Identifier: GPL-3.0-only
//
// Saving keys as hives.
#include "executive/cm/cm.hpp"
#include "executive/cm/regf/writer.hpp"
#include "executive/cm/tree_copy.hpp"
#include "executive/services.hpp"
#include "executive/services/hive_file.hpp"
#include "executive/services/hives.hpp"

using namespace base;

namespace {

using cm::regf::OwnStore;

// What holds the hives lies in none.
Result<Ref<cm::Key>> key_to_save(ke::Call& call, HANDLE handle) {
    Ref<cm::Key> key(TRY(cm::live_key(call, handle, 0))->key());
    if (key->level() < services::kHiveLevel) return fail(STATUS_ACCESS_DENIED);
    return key;
}

ke::Task<NTSTATUS> save(ke::Call& call, Ref<cm::Key> key, Ref<io::File> file,
                        cm::regf::WriteOptions options) {
    OwnStore store = CO_TRY(OwnStore::create(call.client()));
    auto writer = CO_TRY(make_own<cm::regf::Writer>(std::move(key), std::move(store), options));
    NTSTATUS status = co_await services::undisturbed(call, *writer);
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
    CO_TRY(services::check_hive_privilege(call, SE_BACKUP_PRIVILEGE));
    Ref<cm::Key> key = CO_TRY(key_to_save(call, key_handle));
    if (format == REG_NO_COMPRESSION && key->level() != services::kHiveLevel)
        co_return STATUS_INVALID_PARAMETER;
    auto file = CO_TRY(ob::resolve<io::File>(call, file_handle, file_access));
    cm::regf::WriteOptions options;
    options.latest = format != REG_STANDARD_FORMAT;
    co_return co_await save(call, std::move(key), std::move(file), options);
}

}  // namespace

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtSaveKey(ke::Call& call, NtSaveKeyArgs args) {
    return save(call, args.KeyHandle, args.FileHandle, args.FileHandleAccess, REG_STANDARD_FORMAT);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtSaveKeyEx(ke::Call& call, NtSaveKeyExArgs args) {
    return save(call, args.KeyHandle, args.FileHandle, args.FileHandleAccess, args.Format);
}

ke::Task<NTSTATUS> NtSaveMergedKeys(ke::Call& call, NtSaveMergedKeysArgs args) {
    CO_TRY(services::check_hive_privilege(call, SE_BACKUP_PRIVILEGE));
    Ref<cm::Key> high = CO_TRY(key_to_save(call, args.HighPrecedenceKeyHandle));
    Ref<cm::Key> low = CO_TRY(key_to_save(call, args.LowPrecedenceKeyHandle));
    // A path below one of them would be another one's in the file.
    if (high->level() != low->level()) co_return STATUS_INVALID_PARAMETER;
    auto file = CO_TRY(ob::resolve<io::File>(call, args.FileHandle, args.FileHandleAccess));
    auto merged = CO_TRY(make_own<cm::TreeCopy>(std::move(low), std::move(high)));
    NTSTATUS status = co_await services::undisturbed(call, *merged);
    if (!NT_SUCCESS(status)) co_return status;
    co_return co_await save(call, merged->root(), std::move(file), {});
}
