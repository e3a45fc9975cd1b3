// SPDX-License-Identifier: GPL-3.0-only
//
// The logon of the console's user, who is an administrator.
#pragma once

#include "apps/common/native.hpp"

namespace smss {

// A primary token of High integrity for the shell. STATUS_PRIVILEGE_NOT_HELD when smss is not SYSTEM.
NTSTATUS log_on_administrator(app::Handle& token);

// The variables of a program that acts as the user: smss's own and those that say who he is and where he
// keeps what is his. Null when there is no memory: then smss's own.
class UserEnvironment {
public:
    UserEnvironment();
    UserEnvironment(const UserEnvironment&) = delete;
    UserEnvironment& operator=(const UserEnvironment&) = delete;
    ~UserEnvironment();
    PWSTR get() const { return variables_; }

private:
    void set(app::View name, app::View value);

    PWSTR variables_ = nullptr;
};

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
