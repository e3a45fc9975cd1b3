// SPDX-License-Identifier: GPL-3.0-only
//
// Whose rights programs get, and the privileges that the shell's own commands enable for themselves.
#pragma once

#include "apps/common/native.hpp"

namespace ntcmd {

// A privilege that is enabled as long as this lives, where the shell has it.
class Privilege {
public:
    explicit Privilege(ULONG privilege) : privilege_(privilege) {
        enabled_ = NT_SUCCESS(RtlAdjustPrivilege(privilege, TRUE, FALSE, &before_));
    }
    Privilege(const Privilege&) = delete;
    Privilege& operator=(const Privilege&) = delete;
    ~Privilege() {
        BOOLEAN was = FALSE;
        if (enabled_) RtlAdjustPrivilege(privilege_, before_, FALSE, &was);
    }

private:
    ULONG privilege_;
    BOOLEAN before_ = FALSE;
    bool enabled_ = false;
};

// A token for a program. An ordinary one is the shell's without its administrator's rights: Administrators
// for denying only, Medium label, no privileges but harmless ones. An administrator's is the shell's own with
// the privileges enabled that administration takes: STATUS_PRIVILEGE_NOT_HELD when the shell has them not.
NTSTATUS make_program_token(bool administrator, app::Handle& token);

// Does the boot option `elevated=1` make administrators of all programs that a shell starts?
bool elevated_by_boot_option();

}  // namespace ntcmd
