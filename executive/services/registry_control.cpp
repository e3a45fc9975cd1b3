// SPDX-License-Identifier: GPL-3.0-only
//
// Services on the registry as a whole, most of which NT keeps for its own use.
#include "executive/cm/cm.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

NTSTATUS wip() {
    return STATUS_NOT_IMPLEMENTED;
}

}  // namespace

ke::Task<NTSTATUS> NtSaveMergedKeys(ke::Call&, NtSaveMergedKeysArgs) {
    co_return wip();
}
ke::Task<NTSTATUS> NtReplaceKey(ke::Call&, NtReplaceKeyArgs) {
    co_return wip();
}
ke::Task<NTSTATUS> NtLoadKeyEx(ke::Call&, NtLoadKeyExArgs) {
    co_return wip();
}
ke::Task<NTSTATUS> NtUnloadKeyEx(ke::Call&, NtUnloadKeyExArgs) {
    co_return wip();
}
ke::Task<NTSTATUS> NtQueryOpenSubKeysEx(ke::Call&, NtQueryOpenSubKeysExArgs) {
    co_return wip();
}
ke::Task<NTSTATUS> NtNotifyChangeMultipleKeys(ke::Call&, NtNotifyChangeMultipleKeysArgs) {
    co_return wip();
}
ke::Task<NTSTATUS> NtQueryMultipleValueKey(ke::Call&, NtQueryMultipleValueKeyArgs) {
    co_return wip();
}
NTSTATUS NtCompactKeys(ke::Call&, const NtCompactKeysArgs&) {
    return wip();
}
NTSTATUS NtCompressKey(ke::Call&, const NtCompressKeyArgs&) {
    return wip();
}
NTSTATUS NtLockRegistryKey(ke::Call&, const NtLockRegistryKeyArgs&) {
    return wip();
}
NTSTATUS NtInitializeRegistry(ke::Call&, const NtInitializeRegistryArgs&) {
    return wip();
}
