// SPDX-License-Identifier: GPL-3.0-only
//
// Services on the registry that change nothing here: for what NT does with a hive's cells or with
// transactions.
#include "executive/cm/cm.hpp"
#include "executive/services.hpp"
#include "executive/services/hives.hpp"

using namespace base;

namespace {

// Nobody here can have a transaction: whatever the handle names is none.
NTSTATUS no_transaction(ke::Call& call, HANDLE handle) {
    TRY(ob::resolve_any(call, handle, 0));
    return STATUS_OBJECT_TYPE_MISMATCH;
}

}  // namespace

// The session manager's call, once at boot, and later to say that the boot is accepted: both have happened by
// then.
NTSTATUS NtInitializeRegistry(ke::Call&, const NtInitializeRegistryArgs& args) {
    constexpr USHORT kLastAccepted = 1 + 1000;
    return args.BootCondition > kLastAccepted ? STATUS_INVALID_PARAMETER : STATUS_ACCESS_DENIED;
}

// For the kernel itself, which has no use for it.
NTSTATUS NtLockRegistryKey(ke::Call&, const NtLockRegistryKeyArgs&) {
    return STATUS_PRIVILEGE_NOT_HELD;
}

// A hive's file is made anew as it is flushed: it has no gaps, and related keys lie together.
NTSTATUS NtCompressKey(ke::Call& call, const NtCompressKeyArgs& args) {
    TRY(services::check_hive_privilege(call, SE_BACKUP_PRIVILEGE));
    auto object = TRY(cm::live_key(call, args.Key, args.KeyAccess));
    return object->key().level() == services::kHiveLevel ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS NtCompactKeys(ke::Call& call, const NtCompactKeysArgs& args) {
    TRY(services::check_hive_privilege(call, SE_BACKUP_PRIVILEGE));
    ke::Slice slice;
    for (uint64_t i = std::min<uint64_t>(call.progress().done, args.Count); i < args.Count; ++i) {
        if (slice.over()) return call.again({.done = i});
        HANDLE handle = TRY(call.read(args.KeyArray, i));
        TRY(cm::live_key(call, handle, KEY_WRITE));
    }
    return STATUS_SUCCESS;
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
