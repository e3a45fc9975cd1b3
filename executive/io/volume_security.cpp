// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/volume_security.hpp"

#include <span>

#include "abi/nt/ntioapi.h"

namespace io {

namespace {

using base::Sid;

constexpr Sid kUsers{5, {SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_USERS}};
constexpr Sid kInteractive{5, {SECURITY_INTERACTIVE_RID}};

constexpr uint8_t kAll = OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE;
constexpr uint8_t kBelow = kAll | INHERIT_ONLY_ACE;
constexpr ACCESS_MASK kRead = FILE_GENERIC_READ | FILE_GENERIC_EXECUTE;
constexpr ACCESS_MASK kModify = kRead | FILE_GENERIC_WRITE | DELETE;
constexpr ACCESS_MASK kPutIn = SYNCHRONIZE | FILE_TRAVERSE | FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY;

struct Entry {
    uint8_t flags;
    ACCESS_MASK access;
    const Sid& sid;
};

constexpr Entry kOfRoot[] = {{kAll, FILE_ALL_ACCESS, base::kLocalSystem},
                             {kAll, FILE_ALL_ACCESS, base::kAdministrators},
                             {kAll, kRead, kUsers},
                             {kBelow, kModify, base::kAuthenticatedUsers},
                             {0, FILE_ADD_SUBDIRECTORY, base::kAuthenticatedUsers}};
constexpr Entry kOfWindows[] = {{kAll, FILE_ALL_ACCESS, base::kLocalSystem},
                                {kAll, FILE_ALL_ACCESS, base::kAdministrators},
                                {kAll, kRead, kUsers},
                                {kBelow, FILE_ALL_ACCESS, base::kCreatorOwner}};
// What one puts there is one's own, and others do not see it.
constexpr Entry kOfTemp[] = {{kAll, FILE_ALL_ACCESS, base::kLocalSystem},
                             {kAll, FILE_ALL_ACCESS, base::kAdministrators},
                             {CONTAINER_INHERIT_ACE, kPutIn, kUsers},
                             {kBelow, FILE_ALL_ACCESS, base::kCreatorOwner}};
constexpr Entry kOfUsers[] = {{kAll, FILE_ALL_ACCESS, base::kLocalSystem},
                              {kAll, FILE_ALL_ACCESS, base::kAdministrators},
                              {kAll, kRead, kUsers},
                              {kAll, kRead, base::kEveryone}};
constexpr Entry kOfPublic[] = {{kAll, FILE_ALL_ACCESS, base::kLocalSystem},
                               {kAll, FILE_ALL_ACCESS, base::kAdministrators},
                               {kBelow, FILE_ALL_ACCESS, base::kCreatorOwner},
                               {kBelow, kModify, kInteractive},
                               {0, kRead | kPutIn, kInteractive},
                               {kBelow, kModify, base::kService},
                               {0, kRead | kPutIn, base::kService}};

std::span<const Entry> entries_of(Folder folder) {
    switch (folder) {
        case Folder::Root:
            return kOfRoot;
        case Folder::Windows:
            return kOfWindows;
        case Folder::Temp:
            return kOfTemp;
        case Folder::Users:
            return kOfUsers;
        case Folder::Public:
            return kOfPublic;
    }
    return {};
}

}  // namespace

Result<Vector<uint8_t>> default_descriptor(Folder folder) {
    base::AclBuilder dacl, sacl;
    for (const Entry& entry : entries_of(folder))
        TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, entry.flags, entry.access, entry.sid));
    Vector<uint8_t> list = TRY(dacl.finish()), labels;
    base::Parts parts;
    parts.control = SE_DACL_PROTECTED;
    parts.owner = base::SidView(base::kAdministrators).bytes();
    parts.group = base::SidView(base::kLocalSystem).bytes();
    parts.has_dacl = true;
    parts.dacl = list.span();
    if (folder == Folder::Root) {
        // Files in the root itself are an administrator's to change, whoever they let.
        constexpr uint8_t kFilesHere = OBJECT_INHERIT_ACE | NO_PROPAGATE_INHERIT_ACE | INHERIT_ONLY_ACE;
        TRY(sacl.append(SYSTEM_MANDATORY_LABEL_ACE_TYPE, kFilesHere, SYSTEM_MANDATORY_LABEL_NO_WRITE_UP,
                        Sid(16, {SECURITY_MANDATORY_HIGH_RID})));
        labels = TRY(sacl.finish());
        parts.has_sacl = true;
        parts.sacl = labels.span();
    }
    return base::build_descriptor(parts);
}

}  // namespace io
