// SPDX-License-Identifier: GPL-3.0-only
//
// The privileges that the shell's own commands enable for themselves, and whether its programs are
// administrators'.
#pragma once

#include "apps/common/program_token.hpp"

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

// Does the boot option `elevated=1` make administrators of all programs that a shell starts?
bool elevated_by_boot_option();

}  // namespace ntcmd
