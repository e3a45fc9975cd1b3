// SPDX-License-Identifier: GPL-3.0-only
//
// Flushing and unloading hives.
#include "executive/cm/cm.hpp"
#include "executive/services.hpp"
#include "executive/services/hives.hpp"

using namespace base;

namespace {

using services::Hive;

// The hive whose root is named. STATUS_INVALID_PARAMETER: it is no hive's.
ke::Task<Result<Ref<Hive>>> find_hive(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> target) {
    CO_TRY(services::check_hive_privilege(call, SE_RESTORE_PRIVILEGE));
    auto attributes = CO_TRY(call.capture_attributes(target));
    if (!attributes.given) co_return fail(STATUS_ACCESS_VIOLATION);
    cm::Place place = CO_TRY(co_await cm::find_place(call, std::move(attributes), true));
    if (!place.key) co_return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    Ref<Hive> hive = Hive::of_root(*place.key);
    if (!hive) co_return fail(STATUS_INVALID_PARAMETER);
    co_return hive;
}

// Flushed, with nothing of it open, in one moment; or not looked at, by force.
ke::Task<NTSTATUS> make_ready_to_unload(ke::Call& call, Ref<Hive> hive, bool force) {
    constexpr unsigned kMost = 16;
    for (unsigned i = 0; i < kMost; ++i) {
        if (!force && hive->openings()) co_return STATUS_CANNOT_DELETE;
        NTSTATUS status = co_await Hive::flush(call, hive);
        // Another may have done it meanwhile.
        if (NT_SUCCESS(status) && !hive->is_loaded()) co_return STATUS_INVALID_PARAMETER;
        if (!NT_SUCCESS(status) || force) co_return status;
        if (hive->is_flushed() && hive->openings() == 0) co_return STATUS_SUCCESS;
    }
    co_return STATUS_CANNOT_DELETE;
}

ke::Task<NTSTATUS> unload(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> target, bool force) {
    Ref<Hive> hive = CO_TRY(co_await find_hive(call, target));
    NTSTATUS status = co_await make_ready_to_unload(call, hive, force);
    if (NT_SUCCESS(status)) hive->unload();
    co_return status;
}

}  // namespace

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtUnloadKey(ke::Call& call, NtUnloadKeyArgs args) {
    return unload(call, args.TargetKey, false);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtUnloadKey2(ke::Call& call, NtUnloadKey2Args args) {
    if (args.Flags & ~ULONG{REG_FORCE_UNLOAD}) return STATUS_INVALID_PARAMETER;
    return unload(call, args.TargetKey, args.Flags & REG_FORCE_UNLOAD);
}

// With an event it is enough that it will be unloaded. STATUS_INVALID_PARAMETER too: another event is to be
// set then already.
ke::Task<NTSTATUS> NtUnloadKeyEx(ke::Call& call, NtUnloadKeyExArgs args) {
    if (!args.Event) co_return co_await unload(call, args.TargetKey, false);
    auto event = CO_TRY(ob::resolve<ex::Event>(call, args.Event, args.EventAccess));
    Ref<Hive> hive = CO_TRY(co_await find_hive(call, args.TargetKey));
    NTSTATUS status = co_await Hive::flush(call, hive);
    if (!NT_SUCCESS(status)) co_return status;
    if (!hive->is_loaded() || hive->is_waited_for()) co_return STATUS_INVALID_PARAMETER;
    event->clear();
    if (hive->openings() || !hive->is_flushed()) {
        hive->unload_when_closed(std::move(event));
        co_return STATUS_PENDING;
    }
    hive->unload();
    event->set();
    co_return STATUS_SUCCESS;
}

ke::Task<NTSTATUS> NtFlushKey(ke::Call& call, NtFlushKeyArgs args) {
    Ref<cm::Key> key(CO_TRY(cm::live_key(call, args.KeyHandle, args.KeyHandleAccess))->key());
    // What lies in no file is as safe as it can be.
    Ref<Hive> hive = Hive::of(*key);
    if (!hive) co_return STATUS_SUCCESS;
    co_return co_await Hive::flush(call, std::move(hive));
}
