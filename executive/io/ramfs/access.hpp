// SPDX-License-Identifier: GPL-3.0-only
//
// Who may do what with the files of a memory volume: NT's rules ([MS-FSA] 2.1.5.1) over the descriptors that
// its nodes keep. On a volume whose root has none nothing has one, and everybody may everything.
//
// A check of a long list takes most of a turn, so each slice of a request does one at most, and the answers
// are kept for its later slices. A descriptor that changes meanwhile is another one, and is asked again.
#pragma once

#include "executive/io/ramfs/node.hpp"
#include "executive/se/access_check.hpp"

namespace io::ramfs {

// What an opener wants. Generic rights have been mapped.
struct Wanted {
    const se::Token* token;  // null: the Executive itself, which may everything
    ACCESS_MASK desired;     // with MAXIMUM_ALLOWED: whatever there is
    ACCESS_MASK also = 0;    // what the opening itself takes, and the handle does not get
    bool for_backup = false;
};

inline ACCESS_MASK everything(ACCESS_MASK desired) {
    return desired & MAXIMUM_ALLOWED ? (desired & ~MAXIMUM_ALLOWED) | FILE_ALL_ACCESS : desired;
}
// What the maker of a file gets of it: what he asks for, whatever its list says. STATUS_PRIVILEGE_NOT_HELD.
Result<ACCESS_MASK> access_to_new(const Wanted& wanted);

// The access checks of one request.
class Access {
public:
    Access() = default;
    Access(Access&&) = default;
    Access& operator=(Access&&) = default;

    // Before each slice.
    void begin_slice() { spent_ = false; }

    // In all of these: nothing, or false, when the slice is over.
    //
    // What an opener gets of a node: what its list grants; DELETE and FILE_READ_ATTRIBUTES also where the
    // folder of the name that he opens it by (null: none) grants FILE_DELETE_CHILD or FILE_LIST_DIRECTORY;
    // and for a backup what SeBackupPrivilege and SeRestorePrivilege give. STATUS_ACCESS_DENIED,
    // STATUS_PRIVILEGE_NOT_HELD, STATUS_BAD_IMPERSONATION_LEVEL.
    Result<std::optional<ACCESS_MASK>> open(const Wanted& wanted, const Node& node, const Node* folder);
    // May he put a file or folder into this one? STATUS_ACCESS_DENIED.
    Result<bool> check_adding(const Wanted& wanted, const Node& folder, bool directory);
    // May he take this name away? DELETE, or FILE_DELETE_CHILD of its folder. STATUS_ACCESS_DENIED.
    Result<bool> check_removing(const Wanted& wanted, const Link& link);
    // May this slice still make a descriptor out of such sources?
    bool has_time_for(size_t bytes);

private:
    struct Known {
        Ref<ob::Descriptor> descriptor;
        ACCESS_MASK wanted;
        se::AccessAnswer answer;
    };
    // Each request asks for three at most.
    struct Answers {
        Known known[3];
        unsigned next = 0;
    };
    Result<std::optional<se::AccessAnswer>> ask(const se::Token& token, const Node& node, ACCESS_MASK wanted);

    bool spent_ = false;    // something long has been done in this slice
    Own<Answers> answers_;  // null: none of a long list
};

// May he go through this folder? Only who lacks SeChangeNotifyPrivilege has to be asked.
// STATUS_ACCESS_DENIED.
Result<void> check_traversing(const se::Token& token, const Node& folder);

// The descriptor of what is made in this folder: what is asked for (checked; empty: nothing), and what the
// folder hands down or else the creator's token says; null on a volume without security. `creator` null: the
// Executive. STATUS_BAD_INHERITANCE_ACL: a list would have more than se::kMostEntries.
Result<Ref<ob::Descriptor>> new_descriptor(const se::Token* creator, std::span<const uint8_t> asked,
                                           const Node& folder, bool directory);

}  // namespace io::ramfs
