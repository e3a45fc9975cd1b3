// SPDX-License-Identifier: GPL-3.0-only
//
// NtReplaceKey: another file in the place of a loaded hive's, to be seen when it is loaded the next time.
#include "executive/cm/cm.hpp"
#include "executive/io/open.hpp"
#include "executive/services.hpp"
#include "executive/services/hive_read.hpp"

using namespace base;

namespace {

using services::Hive;
using services::HiveFiles;

// Where a file is to lie on this device.
Result<String> name_on(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> in, const io::Device& device) {
    auto attributes = TRY(call.capture_attributes(in));
    if (!attributes.given) return fail(STATUS_ACCESS_VIOLATION);
    ob::Found found = TRY(ob::lookup(call, attributes));
    if (found.object.get() != &device) return fail(STATUS_NOT_SAME_DEVICE);
    return std::move(found.rest);
}

// The hive goes on with its own file, under that one's new name.
ke::Task<NTSTATUS> exchange(ke::Call& call, Hive& hive, Ref<io::File> file, String old_name) {
    String name = CO_TRY(co_await io::name_now(call, hive.file()));
    String back = CO_TRY(String::create(name));
    NTSTATUS status = co_await services::rename_hive_file(call, hive.file(), std::move(old_name));
    if (!NT_SUCCESS(status)) co_return status;
    status = co_await services::rename_hive_file(call, std::move(file), std::move(name));
    if (!NT_SUCCESS(status)) (void)co_await services::rename_hive_file(call, hive.file(), std::move(back));
    co_return status;
}

}  // namespace

ke::Task<NTSTATUS> NtReplaceKey(ke::Call& call, NtReplaceKeyArgs args) {
    CO_TRY(services::check_hive_privilege(call, SE_RESTORE_PRIVILEGE));
    Ref<cm::Key> key(CO_TRY(cm::live_key(call, args.TargetHandle, args.TargetHandleAccess))->key());
    Ref<Hive> hive = Hive::of(*key);
    if (!hive) co_return STATUS_INVALID_PARAMETER;
    String old_name = CO_TRY(name_on(call, args.OldFile, hive->file()->device()));
    auto source = CO_TRY(call.capture_attributes(args.NewFile));
    if (!source.given) co_return STATUS_ACCESS_VIOLATION;
    io::OpenOptions options;
    options.access = FILE_READ_DATA | DELETE | SYNCHRONIZE;
    options.share = FILE_SHARE_READ | FILE_SHARE_DELETE;
    options.options = FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT;
    // Closes it at the end.
    HiveFiles fresh;
    fresh.hive = CO_TRY(co_await io::open_attributes(call, std::move(source), options)).file;
    if (&fresh.hive->device() != &hive->file()->device()) co_return STATUS_NOT_SAME_DEVICE;
    // It is one that can be loaded.
    CO_TRY(co_await services::read_hive(call, fresh.hive, nullptr));
    NTSTATUS status = co_await Hive::flush(call, hive);
    if (NT_SUCCESS(status)) status = co_await hive->take_turn(call);
    if (status != STATUS_SUCCESS) co_return status;
    if (hive->is_loaded()) {
        status = co_await exchange(call, *hive, fresh.hive, std::move(old_name));
    } else {
        status = STATUS_INVALID_PARAMETER;
    }
    hive->pass_turn();
    co_return status;
}
