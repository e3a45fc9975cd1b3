// SPDX-License-Identifier: GPL-3.0-only
//
// SeExports: the numbers of privileges and the SIDs that drivers compare with, in the order of ntifs.h.
#include "abi/wdm/setypes.h"
#include "base/sid.hpp"

namespace {

using base::Sid;

constexpr Sid kNull{0, {SECURITY_NULL_RID}}, kLocal{2, {0}}, kNtAuthority{5, {}};
constexpr Sid kWorld = base::kEveryone, kOwner = base::kCreatorOwner, kGroup = base::kCreatorGroup;
constexpr Sid kDialup{5, {1}}, kNetwork{5, {2}}, kBatch{5, {3}}, kInteractive{5, {SECURITY_INTERACTIVE_RID}};
constexpr Sid kSystem = base::kLocalSystem, kAdmins = base::kAdministrators, kNobody = base::kAnonymous;
constexpr Sid kUsers{5, {32, 545}}, kGuests{5, {32, 546}}, kPowerUsers{5, {32, 547}};
constexpr Sid kAccountOperators{5, {32, 548}}, kSystemOperators{5, {32, 549}};
constexpr Sid kPrintOperators{5, {32, 550}}, kBackupOperators{5, {32, 551}};
constexpr Sid kAuthenticated = base::kAuthenticatedUsers, kRestricted{5, {SECURITY_RESTRICTED_CODE_RID}};
constexpr Sid kIUser{5, {17}}, kLocalService{5, {19}}, kNetworkService{5, {20}};
constexpr Sid kUntrusted{16, {0}}, kLow{16, {0x1000}}, kMedium{16, {0x2000}}, kHigh{16, {0x3000}};
constexpr Sid kSystemLevel{16, {0x4000}}, kOwnerRights = base::kOwnerRights;

// Each member of SE_EXPORTS has eight bytes.
union Item {
    constexpr Item(ULONG privilege) : privilege{privilege, 0} {}
    constexpr Item(const Sid& sid) : sid(&sid) {}
    LUID privilege;
    const void* sid;
};
static_assert(sizeof(Item) == 8);

constinit Item exports[] = {
    ULONG{SE_CREATE_TOKEN_PRIVILEGE},
    ULONG{SE_ASSIGNPRIMARYTOKEN_PRIVILEGE},
    ULONG{SE_LOCK_MEMORY_PRIVILEGE},
    ULONG{SE_INCREASE_QUOTA_PRIVILEGE},
    ULONG{SE_MACHINE_ACCOUNT_PRIVILEGE},
    ULONG{SE_TCB_PRIVILEGE},
    ULONG{SE_SECURITY_PRIVILEGE},
    ULONG{SE_TAKE_OWNERSHIP_PRIVILEGE},
    ULONG{SE_LOAD_DRIVER_PRIVILEGE},
    ULONG{SE_CREATE_PAGEFILE_PRIVILEGE},
    ULONG{SE_INC_BASE_PRIORITY_PRIVILEGE},
    ULONG{SE_SYSTEM_PROFILE_PRIVILEGE},
    ULONG{SE_SYSTEMTIME_PRIVILEGE},
    ULONG{SE_PROF_SINGLE_PROCESS_PRIVILEGE},
    ULONG{SE_CREATE_PERMANENT_PRIVILEGE},
    ULONG{SE_BACKUP_PRIVILEGE},
    ULONG{SE_RESTORE_PRIVILEGE},
    ULONG{SE_SHUTDOWN_PRIVILEGE},
    ULONG{SE_DEBUG_PRIVILEGE},
    ULONG{SE_AUDIT_PRIVILEGE},
    ULONG{SE_SYSTEM_ENVIRONMENT_PRIVILEGE},
    ULONG{SE_CHANGE_NOTIFY_PRIVILEGE},
    ULONG{SE_REMOTE_SHUTDOWN_PRIVILEGE},
    kNull,
    kWorld,
    kLocal,
    kOwner,
    kGroup,
    kNtAuthority,
    kDialup,
    kNetwork,
    kBatch,
    kInteractive,
    kSystem,
    kAdmins,
    kUsers,
    kGuests,
    kPowerUsers,
    kAccountOperators,
    kSystemOperators,
    kPrintOperators,
    kBackupOperators,
    kAuthenticated,
    kRestricted,
    kNobody,
    ULONG{SE_UNDOCK_PRIVILEGE},
    ULONG{SE_SYNC_AGENT_PRIVILEGE},
    ULONG{SE_ENABLE_DELEGATION_PRIVILEGE},
    kLocalService,
    kNetworkService,
    ULONG{SE_MANAGE_VOLUME_PRIVILEGE},
    ULONG{SE_IMPERSONATE_PRIVILEGE},
    ULONG{SE_CREATE_GLOBAL_PRIVILEGE},
    ULONG{SE_TRUSTED_CREDMAN_ACCESS_PRIVILEGE},
    ULONG{SE_RELABEL_PRIVILEGE},
    ULONG{SE_INC_WORKING_SET_PRIVILEGE},
    ULONG{SE_TIME_ZONE_PRIVILEGE},
    ULONG{SE_CREATE_SYMBOLIC_LINK_PRIVILEGE},
    kIUser,
    kUntrusted,
    kLow,
    kMedium,
    kHigh,
    kSystemLevel,
    kOwnerRights,
};

}  // namespace

extern "C" {

Item* SeExports = exports;
}
