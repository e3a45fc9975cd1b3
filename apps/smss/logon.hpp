// SPDX-License-Identifier: GPL-3.0-only
//
// The logon of the console's user, who is an administrator.
#pragma once

#include "apps/common/native.hpp"

namespace smss {

// A primary token of High integrity for the shell. STATUS_PRIVILEGE_NOT_HELD when smss is not SYSTEM.
NTSTATUS log_on_administrator(app::Handle& token);

// For the shell's process: all for SYSTEM and administrators; users see it, wait for it and read this.
class ShellSecurity {
public:
    ShellSecurity();
    PVOID get() { return &descriptor_; }

private:
    alignas(8) UCHAR dacl_[128];
    SECURITY_DESCRIPTOR descriptor_;
};

}  // namespace smss
