// SPDX-License-Identifier: GPL-3.0-only
//
// acl: who may do what with a file, a registry key or a named object, and changes of it.
#include "apps/common/format.hpp"
#include "apps/ntcmd/access_text.hpp"
#include "apps/ntcmd/rights.hpp"
#include "apps/ntcmd/shell.hpp"

namespace ntcmd {
namespace {

constexpr ULONG kRoom = 16 * 1024;
constexpr ULONG kListRoom = 8 * 1024;

struct Target {
    app::Handle handle;
    Secured kind = Secured::Object;
};

bool is_key(View path) {
    return path.starts_with(View(u"\\Registry\\")) || path.equals(View(u"\\Registry"));
}

NTSTATUS open_as_file(View path, ACCESS_MASK access, Target& target) {
    // The list of a folder is read with no more than this; another open says whether it is one.
    NTSTATUS status =
        app::open_file(path, access | SYNCHRONIZE, FILE_SYNCHRONOUS_IO_NONALERT | FILE_DIRECTORY_FILE,
                       *target.handle.receive());
    target.kind = Secured::Folder;
    if (status != STATUS_NOT_A_DIRECTORY) return status;
    target.kind = Secured::File;
    return app::open_file(path, access | SYNCHRONIZE, FILE_SYNCHRONOUS_IO_NONALERT, *target.handle.receive());
}

NTSTATUS open_as_object(View path, ACCESS_MASK access, Target& target) {
    using Open = NTSTATUS (*)(HANDLE*, ACCESS_MASK, OBJECT_ATTRIBUTES*);
    constexpr Open kOpens[] = {
        [](HANDLE* to, ACCESS_MASK a, OBJECT_ATTRIBUTES* o) { return NtOpenDirectoryObject(to, a, o); },
        [](HANDLE* to, ACCESS_MASK a, OBJECT_ATTRIBUTES* o) { return NtOpenEvent(to, a, o); },
        [](HANDLE* to, ACCESS_MASK a, OBJECT_ATTRIBUTES* o) { return NtOpenMutant(to, a, o); },
        [](HANDLE* to, ACCESS_MASK a, OBJECT_ATTRIBUTES* o) { return NtOpenSemaphore(to, a, o); },
        [](HANDLE* to, ACCESS_MASK a, OBJECT_ATTRIBUTES* o) { return NtOpenSection(to, a, o); },
        [](HANDLE* to, ACCESS_MASK a, OBJECT_ATTRIBUTES* o) { return NtOpenTimer(to, a, o); },
        [](HANDLE* to, ACCESS_MASK a, OBJECT_ATTRIBUTES* o) { return NtOpenSymbolicLinkObject(to, a, o); },
    };
    app::Attributes attributes(path);
    NTSTATUS status = STATUS_OBJECT_TYPE_MISMATCH;
    target.kind = Secured::Object;
    for (Open open : kOpens) {
        status = open(target.handle.receive(), access, attributes.get());
        if (status != STATUS_OBJECT_TYPE_MISMATCH) break;
    }
    return status;
}

NTSTATUS open_target(View path, ACCESS_MASK access, Target& target) {
    if (is_key(path)) {
        app::Attributes attributes(path);
        target.kind = Secured::Key;
        return NtOpenKey(target.handle.receive(), access, attributes.get());
    }
    NTSTATUS status = open_as_file(path, access, target);
    return status == STATUS_OBJECT_TYPE_MISMATCH ? open_as_object(path, access, target) : status;
}

// A descriptor as the object gives it.
class Descriptor {
public:
    NTSTATUS read(HANDLE handle, SECURITY_INFORMATION which) {
        ULONG length = 0;
        return NtQuerySecurityObject(handle, which, bytes_, sizeof bytes_, &length);
    }
    PSID owner() { return sid(RtlGetOwnerSecurityDescriptor); }
    // Null: there is none, or one that grants everything.
    PACL dacl() { return list(RtlGetDaclSecurityDescriptor); }
    PACL sacl() { return list(RtlGetSaclSecurityDescriptor); }
    SECURITY_DESCRIPTOR_CONTROL control() {
        SECURITY_DESCRIPTOR_CONTROL control = 0;
        ULONG revision = 0;
        RtlGetControlSecurityDescriptor(bytes_, &control, &revision);
        return control;
    }

private:
    PSID sid(NTSTATUS(NTAPI* get)(PSECURITY_DESCRIPTOR, PSID*, PBOOLEAN)) {
        PSID sid = nullptr;
        BOOLEAN defaulted;
        get(bytes_, &sid, &defaulted);
        return sid;
    }
    PACL list(NTSTATUS(NTAPI* get)(PSECURITY_DESCRIPTOR, PBOOLEAN, PACL*, PBOOLEAN)) {
        PACL list = nullptr;
        BOOLEAN present = FALSE, defaulted;
        get(bytes_, &present, &list, &defaulted);
        return present ? list : nullptr;
    }
    alignas(8) UCHAR bytes_[kRoom] = {};
};

ACE_HEADER* entry(PACL list, ULONG index) {
    PVOID ace = nullptr;
    return NT_SUCCESS(RtlGetAce(list, index, &ace)) ? static_cast<ACE_HEADER*>(ace) : nullptr;
}
PSID sid_of(ACE_HEADER* ace) {
    return &reinterpret_cast<PACCESS_ALLOWED_ACE>(ace)->SidStart;
}
bool is_plain(const ACE_HEADER* ace) {
    return ace->AceType == ACCESS_ALLOWED_ACE_TYPE || ace->AceType == ACCESS_DENIED_ACE_TYPE;
}

void show_list(Shell& shell, Secured kind, PACL list) {
    if (!list) return shell.out.write(u"everybody may everything: there is no list\n");
    if (!list->AceCount) return shell.out.write(u"nobody may anything: the list is empty\n");
    for (ULONG i = 0; ACE_HEADER* ace = entry(list, i); ++i) {
        if (!is_plain(ace)) {
            shell.out.print(u"other  an entry of type {}\n", static_cast<ULONG>(ace->AceType));
            continue;
        }
        shell.out.print(u"{}  {} {}{}\n", ace->AceType == ACCESS_DENIED_ACE_TYPE ? u"deny " : u"allow",
                        app::column(name_of(sid_of(ace)), 18),
                        rights_text(kind, reinterpret_cast<PACCESS_ALLOWED_ACE>(ace)->Mask),
                        inheritance_text(ace->AceFlags));
    }
}

void show_label(Shell& shell, PACL list) {
    for (ULONG i = 0; ACE_HEADER* ace = list ? entry(list, i) : nullptr; ++i) {
        if (ace->AceType != SYSTEM_MANDATORY_LABEL_ACE_TYPE) continue;
        const ACCESS_MASK mask = reinterpret_cast<PSYSTEM_MANDATORY_LABEL_ACE>(ace)->Mask;
        shell.out.print(u"label  {}: no{}{}{} from below{}\n", level_text(sid_of(ace)),
                        mask & SYSTEM_MANDATORY_LABEL_NO_WRITE_UP ? u" writing" : u"",
                        mask & SYSTEM_MANDATORY_LABEL_NO_READ_UP ? u" reading" : u"",
                        mask & SYSTEM_MANDATORY_LABEL_NO_EXECUTE_UP ? u" executing" : u"",
                        inheritance_text(ace->AceFlags));
    }
}

LONG show(Shell& shell, View path) {
    Target target;
    NTSTATUS status = open_target(path, READ_CONTROL, target);
    if (!NT_SUCCESS(status)) return complain(shell, path, status);
    Descriptor descriptor;
    status = descriptor.read(target.handle.get(), OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION |
                                                      LABEL_SECURITY_INFORMATION);
    if (!NT_SUCCESS(status)) return complain(shell, path, status);
    if (PSID owner = descriptor.owner()) shell.out.print(u"owner  {}\n", name_of(owner));
    show_label(shell, descriptor.sacl());
    show_list(shell, target.kind, descriptor.dacl());
    return 0;
}

// --- changes

struct Change {
    enum class Kind { Grant, Deny, Remove, Owner } kind;
    AnySid who;
    ACCESS_MASK mask = 0;
};

UCHAR inherited_by(Secured kind) {
    if (kind == Secured::Folder) return OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE;
    return kind == Secured::Key ? UCHAR{CONTAINER_INHERIT_ACE} : UCHAR{0};
}

NTSTATUS add_entry(PACL to, const Change& change, Secured kind) {
    auto* sid = const_cast<AnySid&>(change.who).get();
    return change.kind == Change::Kind::Deny
               ? RtlAddAccessDeniedAceEx(to, ACL_REVISION, inherited_by(kind), change.mask, sid)
               : RtlAddAccessAllowedAceEx(to, ACL_REVISION, inherited_by(kind), change.mask, sid);
}

// The new list, in the order in which lists are: what denies, what allows, what is inherited.
NTSTATUS changed_list(PACL from, PACL to, const Change& change, Secured kind) {
    NTSTATUS status = RtlCreateAcl(to, kListRoom, ACL_REVISION);
    const bool removes = change.kind == Change::Kind::Remove;
    bool placed = removes;
    auto* who = const_cast<AnySid&>(change.who).get();
    for (ULONG i = 0; NT_SUCCESS(status) && from; ++i) {
        ACE_HEADER* ace = entry(from, i);
        if (!ace) break;
        const bool own = !(ace->AceFlags & INHERITED_ACE);
        const bool here = change.kind == Change::Kind::Deny || !own || ace->AceType != ACCESS_DENIED_ACE_TYPE;
        if (!placed && here) status = add_entry(to, change, kind), placed = true;
        if (removes && own && is_plain(ace) && RtlEqualSid(sid_of(ace), who)) continue;
        if (NT_SUCCESS(status)) status = RtlAddAce(to, from->AclRevision, ~0u, ace, ace->AceSize);
    }
    return NT_SUCCESS(status) && !placed ? add_entry(to, change, kind) : status;
}

NTSTATUS change_list(Target& target, const Change& change) {
    Descriptor before;
    NTSTATUS status = before.read(target.handle.get(), DACL_SECURITY_INFORMATION);
    if (!NT_SUCCESS(status)) return status;
    alignas(8) UCHAR bytes[kListRoom];
    auto* list = reinterpret_cast<PACL>(bytes);
    status = changed_list(before.dacl(), list, change, target.kind);
    if (!NT_SUCCESS(status)) return status;
    // Its size is what it needs.
    ACL_SIZE_INFORMATION size = {};
    RtlQueryInformationAcl(list, &size, sizeof size, AclSizeInformation);
    list->AclSize = static_cast<USHORT>(size.AclBytesInUse);
    SECURITY_DESCRIPTOR made;
    RtlCreateSecurityDescriptor(&made, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&made, TRUE, list, FALSE);
    constexpr SECURITY_DESCRIPTOR_CONTROL kKept = SE_DACL_AUTO_INHERITED | SE_DACL_PROTECTED;
    RtlSetControlSecurityDescriptor(&made, kKept, before.control() & kKept);
    return NtSetSecurityObject(target.handle.get(), DACL_SECURITY_INFORMATION, &made);
}

NTSTATUS change_owner(Target& target, Change& change) {
    SECURITY_DESCRIPTOR made;
    RtlCreateSecurityDescriptor(&made, SECURITY_DESCRIPTOR_REVISION);
    RtlSetOwnerSecurityDescriptor(&made, change.who.get(), FALSE);
    return NtSetSecurityObject(target.handle.get(), OWNER_SECURITY_INFORMATION, &made);
}

bool kind_named(View text, Change& change) {
    constexpr struct {
        const WCHAR* name;
        Change::Kind kind;
    } kNames[] = {{u"/grant", Change::Kind::Grant},
                  {u"/deny", Change::Kind::Deny},
                  {u"/remove", Change::Kind::Remove},
                  {u"/owner", Change::Kind::Owner}};
    for (const auto& name : kNames)
        if (text.equals(View(name.name))) return change.kind = name.kind, true;
    return false;
}

LONG refuse(Shell& shell, View what, View why) {
    shell.out.print(u"acl: {} {}\n", what, why);
    return 1;
}

LONG make_change(Shell& shell, View path, View what, View argument) {
    Change change;
    if (!kind_named(what, change)) return refuse(shell, what, u"is not /grant, /deny, /remove or /owner");
    const bool has_rights = change.kind == Change::Kind::Grant || change.kind == Change::Kind::Deny;
    const SIZE_T colon = has_rights ? argument.find_last(u':') : argument.size;
    if (!sid_named(argument.first(colon), change.who))
        return refuse(shell, argument.first(colon), u"is nobody's name and no SID");
    // To give something away takes both; who has them not is refused by the object.
    const bool owner = change.kind == Change::Kind::Owner;
    const Privilege take(owner ? SE_TAKE_OWNERSHIP_PRIVILEGE : SE_CHANGE_NOTIFY_PRIVILEGE),
        give(owner ? SE_RESTORE_PRIVILEGE : SE_CHANGE_NOTIFY_PRIVILEGE);
    Target target;
    NTSTATUS status = open_target(path, owner ? WRITE_OWNER : READ_CONTROL | WRITE_DAC, target);
    if (!NT_SUCCESS(status)) return complain(shell, path, status);
    if (has_rights) change.mask = rights_typed(target.kind, argument.from(colon + 1));
    if (has_rights && !change.mask) return refuse(shell, argument, u"names no rights (F, M, RX, R, W, X, D)");
    status = owner ? change_owner(target, change) : change_list(target, change);
    return NT_SUCCESS(status) ? 0 : complain(shell, path, status);
}

}  // namespace

LONG command_acl(Shell& shell, const Command& command) {
    const View typed = command.words[1];
    const Text key = key_path(typed);
    const Text path = is_key(key) ? key : shell.absolute(typed);
    if (command.words.size() == 2) return show(shell, path);
    if (command.words.size() == 3) return refuse(shell, command.words[2], u"needs a name behind it");
    return make_change(shell, path, command.words[2], command.words[3]);
}

}  // namespace ntcmd
