// SPDX-License-Identifier: GPL-3.0-only
//
// What a token says: a user, groups, privileges. A value; the object behind token handles (ex::TokenObject)
// holds one. Today every process runs as Local System.
#pragma once

#include "base/vector.hpp"
#include "executive/se/sid.hpp"

namespace se {

struct Group {
    Sid sid;
    ULONG attributes;
};

struct Privilege {
    ULONG number;  // SE_*_PRIVILEGE: the low part of its LUID
    ULONG attributes;
    bool enabled() const { return attributes & SE_PRIVILEGE_ENABLED; }
};

struct Token {
    static constexpr size_t kGroups = 3;
    static constexpr size_t kPrivileges = 14;

    Sid user = kLocalSystem;
    Sid owner = kAdministrators;
    Sid primary_group = kLocalSystem;
    Group groups[kGroups] = {
        {kAdministrators, SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED | SE_GROUP_OWNER},
        {kEveryone, SE_GROUP_MANDATORY | SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED},
        {kAuthenticatedUsers, SE_GROUP_MANDATORY | SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED},
    };
    Privilege privileges[kPrivileges] = {
        {SE_CREATE_TOKEN_PRIVILEGE, 0},    {SE_LOCK_MEMORY_PRIVILEGE, kOn}, {SE_INCREASE_QUOTA_PRIVILEGE, 0},
        {SE_TCB_PRIVILEGE, kOn},           {SE_SECURITY_PRIVILEGE, 0},      {SE_TAKE_OWNERSHIP_PRIVILEGE, 0},
        {SE_LOAD_DRIVER_PRIVILEGE, kOn},   {SE_SYSTEMTIME_PRIVILEGE, kOn},  {SE_BACKUP_PRIVILEGE, 0},
        {SE_RESTORE_PRIVILEGE, 0},         {SE_SHUTDOWN_PRIVILEGE, kOn},    {SE_DEBUG_PRIVILEGE, kOn},
        {SE_CHANGE_NOTIFY_PRIVILEGE, kOn}, {SE_IMPERSONATE_PRIVILEGE, kOn},
    };

    bool has_sid(const Sid& sid) const;
    Privilege* find_privilege(const LUID& luid);
    bool holds(ULONG privilege) const;

private:
    static constexpr ULONG kOn = SE_PRIVILEGE_ENABLED_BY_DEFAULT | SE_PRIVILEGE_ENABLED;
};

}  // namespace se
