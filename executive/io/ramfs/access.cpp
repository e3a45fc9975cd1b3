// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/access.hpp"

#include "abi/nt/ntioapi.h"
#include "executive/io/file.hpp"
#include "executive/se/assign.hpp"

namespace io::ramfs {

namespace {

// Bytes of a descriptor that is checked in no time.
constexpr size_t kShort = 512;

// What a list need not grant, where the folder grants something else.
constexpr ACCESS_MASK kByFolder = DELETE | FILE_READ_ATTRIBUTES;

// What the privileges give who opens for a backup (MSDN, "Privilege Constants").
ACCESS_MASK by_privilege(const Wanted& wanted) {
    constexpr ACCESS_MASK kBackup = READ_CONTROL | ACCESS_SYSTEM_SECURITY | FILE_GENERIC_READ | FILE_TRAVERSE;
    constexpr ACCESS_MASK kRestore = WRITE_DAC | WRITE_OWNER | ACCESS_SYSTEM_SECURITY | FILE_GENERIC_WRITE |
                                     FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY | DELETE;
    if (!wanted.for_backup) return 0;
    return (wanted.token->holds(SE_BACKUP_PRIVILEGE) ? kBackup : 0) |
           (wanted.token->holds(SE_RESTORE_PRIVILEGE) ? kRestore : 0);
}

}  // namespace

bool Access::has_time_for(size_t bytes) {
    if (bytes <= kShort) return true;
    return !std::exchange(spent_, true);
}

Result<std::optional<se::AccessAnswer>> Access::ask(const se::Token& token, const Node& node,
                                                    ACCESS_MASK wanted) {
    const Ref<ob::Descriptor>& descriptor = node.descriptor();
    const se::AccessRequest request{token, ob::Descriptor::bytes(descriptor), wanted, File::kType.mapping};
    if (request.descriptor.size() <= kShort) return std::optional(se::access_check(request));
    if (answers_)
        for (const Known& known : answers_->known)
            if (known.descriptor == descriptor && known.wanted == wanted) return std::optional(known.answer);
    if (!has_time_for(request.descriptor.size())) return std::optional<se::AccessAnswer>();
    if (!answers_) answers_ = TRY(base::make_own<Answers>());
    Known& known = answers_->known[answers_->next++ % 3];
    known = {descriptor, wanted, se::access_check(request)};
    return std::optional(known.answer);
}

Result<std::optional<ACCESS_MASK>> Access::open(const Wanted& wanted, const Node& node, const Node* folder) {
    if (!wanted.token || !node.descriptor()) return std::optional(everything(wanted.desired));
    if (wanted.token->only_identifies()) return fail(STATUS_BAD_IMPERSONATION_LEVEL);
    const ACCESS_MASK maximum = wanted.desired & MAXIMUM_ALLOWED;
    const ACCESS_MASK needed = (wanted.desired & ~MAXIMUM_ALLOWED) | wanted.also;
    const ACCESS_MASK given = by_privilege(wanted);
    ACCESS_MASK granted = given & (maximum ? ~ACCESS_SYSTEM_SECURITY : needed);
    if (ACCESS_MASK left = (needed & ~given) | maximum) {
        auto answer = TRY(ask(*wanted.token, node, left));
        if (!answer) return std::optional<ACCESS_MASK>();
        if (answer->status == STATUS_PRIVILEGE_NOT_HELD) return fail(answer->status);
        granted |= answer->granted;
    }
    const ACCESS_MASK missing = kByFolder & ~granted & (maximum ? kByFolder : needed);
    if (missing && folder) {
        ACCESS_MASK of_folder = (missing & DELETE ? FILE_DELETE_CHILD : 0u) |
                                (missing & FILE_READ_ATTRIBUTES ? FILE_LIST_DIRECTORY : 0u);
        auto answer = TRY(ask(*wanted.token, *folder, of_folder));
        if (!answer) return std::optional<ACCESS_MASK>();
        if (answer->granted & FILE_DELETE_CHILD) granted |= DELETE;
        if (answer->granted & FILE_LIST_DIRECTORY) granted |= FILE_READ_ATTRIBUTES;
    }
    if ((granted & needed) != needed || (maximum && !granted)) return fail(STATUS_ACCESS_DENIED);
    granted &= FILE_ALL_ACCESS | ACCESS_SYSTEM_SECURITY;
    return std::optional(maximum ? granted : granted & wanted.desired);
}

Result<ACCESS_MASK> access_to_new(const Wanted& wanted) {
    if (wanted.token && (wanted.desired & ACCESS_SYSTEM_SECURITY) &&
        !wanted.token->holds(SE_SECURITY_PRIVILEGE))
        return fail(STATUS_PRIVILEGE_NOT_HELD);
    return everything(wanted.desired);
}

Result<bool> Access::check_adding(const Wanted& wanted, const Node& folder, bool directory) {
    if (!wanted.token || !folder.descriptor()) return true;
    if (wanted.token->only_identifies()) return fail(STATUS_BAD_IMPERSONATION_LEVEL);
    const ACCESS_MASK needed = directory ? FILE_ADD_SUBDIRECTORY : FILE_ADD_FILE;
    if (by_privilege(wanted) & needed) return true;
    auto answer = TRY(ask(*wanted.token, folder, needed));
    if (answer && answer->status != STATUS_SUCCESS) return fail(answer->status);
    return answer.has_value();
}

Result<bool> Access::check_removing(const Wanted& wanted, const Link& link) {
    Wanted all = wanted;
    all.desired = DELETE;
    return TRY(open(all, link.node(), link.folder())).has_value();
}

Result<void> check_traversing(const se::Token& token, const Node& folder) {
    if (!folder.descriptor()) return {};
    se::AccessAnswer answer =
        se::access_check({token, folder.descriptor()->bytes(), FILE_TRAVERSE, File::kType.mapping});
    return answer.status == STATUS_SUCCESS ? Result<void>() : fail(answer.status);
}

Result<Ref<ob::Descriptor>> new_descriptor(const se::Token* creator, std::span<const uint8_t> asked,
                                           const Node& folder, bool directory) {
    if (!folder.descriptor()) return Ref<ob::Descriptor>();
    se::Assignment assignment{File::kType, asked, folder.descriptor()->bytes()};
    assignment.is_container = directory;
    assignment.flags = SEF_DACL_AUTO_INHERIT | SEF_SACL_AUTO_INHERIT;
    return ob::Descriptor::of(TRY(se::descriptor_by(creator, assignment)));
}

}  // namespace io::ramfs
