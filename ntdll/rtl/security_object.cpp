// SPDX-License-Identifier: GPL-3.0-only
// Descriptors of private objects: what a server keeps for objects of its own, made and changed by the rules
// that the Executive follows for its (base/new_descriptor).
#include "base/new_descriptor.hpp"
#include "ntdll/rtl/descriptor.hpp"

namespace {

using namespace base;
using Bytes = std::span<const uint8_t>;

constexpr ULONG inherits = SEF_DACL_AUTO_INHERIT | SEF_SACL_AUTO_INHERIT;

Bytes bytes_of(PSID sid) {
    return sid ? SidView::checked(static_cast<const uint8_t*>(sid)).bytes() : Bytes();
}
Bytes bytes_of(PACL acl) {
    return acl ? Bytes(reinterpret_cast<const uint8_t*>(acl), acl->AclSize) : Bytes();
}

// A descriptor of either form as the toolkit has them; nothing of none.
Result<Vector<uint8_t>> checked(PSECURITY_DESCRIPTOR descriptor) {
    if (!descriptor) return Vector<uint8_t>();
    if (!RtlValidSecurityDescriptor(descriptor)) return fail(STATUS_INVALID_SECURITY_DESCR);
    const rtl::Parts parts = rtl::parts_of(descriptor);
    base::Parts made;
    made.control = rtl::absolute(descriptor)->Control;
    made.owner = bytes_of(parts.owner);
    made.group = bytes_of(parts.group);
    made.has_sacl = made.control & SE_SACL_PRESENT;
    made.has_dacl = made.control & SE_DACL_PRESENT;
    if (made.has_sacl) made.sacl = bytes_of(parts.sacl);
    if (made.has_dacl) made.dacl = bytes_of(parts.dacl);
    return build_descriptor(made);
}

NTSTATUS give(const Result<Vector<uint8_t>>& made, PSECURITY_DESCRIPTOR* to) {
    if (!made) return made.error();
    PVOID copy = RtlAllocateHeap(rtl::process_heap(), 0, made.value().size());
    if (!copy) return STATUS_NO_MEMORY;
    rtl::copy(copy, made.value().data(), made.value().size());
    *to = copy;
    return STATUS_SUCCESS;
}

Result<Vector<uint8_t>> query(HANDLE token, TOKEN_INFORMATION_CLASS information_class) {
    if (!token) return fail(STATUS_NO_TOKEN);
    ULONG length = 0;
    NTSTATUS status = NtQueryInformationToken(token, information_class, nullptr, 0, &length);
    if (status != STATUS_BUFFER_TOO_SMALL) return fail(status);
    Vector<uint8_t> answer;
    TRY(answer.resize(length));
    status = NtQueryInformationToken(token, information_class, answer.data(), length, &length);
    if (!NT_SUCCESS(status)) return fail(status);
    return answer;
}
template <typename T>
const T& as(const Vector<uint8_t>& answer) {
    return *reinterpret_cast<const T*>(answer.data());
}

Result<void> check_privilege(HANDLE token, ULONG privilege, NTSTATUS refused) {
    PRIVILEGE_SET needed = {1, PRIVILEGE_SET_ALL_NECESSARY, {{{privilege, 0}, 0}}};
    BOOLEAN held = FALSE;
    if (!token) return fail(STATUS_NO_TOKEN);
    const NTSTATUS status = NtPrivilegeCheck(token, &needed, &held);
    if (!NT_SUCCESS(status)) return fail(status);
    return held ? Result<void>() : fail(refused);
}

// One makes an owner only of oneself or of a group that may own, unless one restores files.
Result<void> check_owner(HANDLE token, Bytes owner) {
    const SidView wanted = SidView::checked(owner.data());
    const Vector<uint8_t> user = TRY(query(token, TokenUser));
    if (wanted == SidView::checked(bytes_of(as<TOKEN_USER>(user).User.Sid).data())) return {};
    const Vector<uint8_t> answer = TRY(query(token, TokenGroups));
    const auto& groups = as<TOKEN_GROUPS>(answer);
    for (ULONG i = 0; i < groups.GroupCount; ++i) {
        const SID_AND_ATTRIBUTES& group = groups.Groups[i];
        const bool may_own =
            (group.Attributes & SE_GROUP_OWNER) && !(group.Attributes & SE_GROUP_USE_FOR_DENY_ONLY);
        if (may_own && wanted == SidView::checked(bytes_of(group.Sid).data())) return {};
    }
    return check_privilege(token, SE_RESTORE_PRIVILEGE, STATUS_INVALID_OWNER);
}

// Labels are no audits.
bool has_audits(Bytes sacl) {
    AceReader reader(sacl);
    Ace ace;
    while (reader.next(ace))
        if (ace.type != SYSTEM_MANDATORY_LABEL_ACE_TYPE) return true;
    return false;
}

Result<Vector<uint8_t>> make(PSECURITY_DESCRIPTOR parent, PSECURITY_DESCRIPTOR creator, const GUID* type,
                             bool directory, ULONG flags, HANDLE token, const GENERIC_MAPPING& mapping) {
    const Vector<uint8_t> container = TRY(checked(parent));
    const Vector<uint8_t> asked = TRY(checked(creator));
    const base::Parts parts = base::parts_of(asked.span());
    if (has_audits(parts.sacl) && !(flags & SEF_AVOID_PRIVILEGE_CHECK))
        TRY(check_privilege(token, SE_SECURITY_PRIVILEGE, STATUS_PRIVILEGE_NOT_HELD));
    if (!parts.owner.empty() && !(flags & SEF_AVOID_OWNER_CHECK)) TRY(check_owner(token, parts.owner));
    Vector<uint8_t> owner, group, dacl;
    NewDescriptor how;
    if (token) {
        owner = TRY(query(token, TokenOwner));
        group = TRY(query(token, TokenPrimaryGroup));
        dacl = TRY(query(token, TokenDefaultDacl));
        how.owner = SidView::checked(bytes_of(as<TOKEN_OWNER>(owner).Owner).data());
        how.group = SidView::checked(bytes_of(as<TOKEN_PRIMARY_GROUP>(group).PrimaryGroup).data());
        how.default_dacl = bytes_of(as<TOKEN_DEFAULT_DACL>(dacl).DefaultDacl);
    }
    how.container = container.span();
    how.asked = asked.span();
    how.is_container = directory;
    how.object_type = type;
    how.flags = flags;
    how.mapping = mapping;
    auto made = new_descriptor(how);
    // Owner and group would have come from it.
    bool none =
        !made && (made.error() == STATUS_INVALID_OWNER || made.error() == STATUS_INVALID_PRIMARY_GROUP);
    if (none && !token) return fail(STATUS_NO_TOKEN);
    return made;
}

Result<Vector<uint8_t>> change(SECURITY_INFORMATION which, PSECURITY_DESCRIPTOR changes,
                               PSECURITY_DESCRIPTOR old_descriptor, ULONG flags,
                               const GENERIC_MAPPING& mapping, HANDLE token) {
    const Vector<uint8_t> before = TRY(checked(old_descriptor));
    const Vector<uint8_t> wanted = TRY(checked(changes));
    const base::Parts parts = base::parts_of(wanted.span());
    if (which & OWNER_SECURITY_INFORMATION) {
        if (parts.owner.empty()) return fail(STATUS_INVALID_OWNER);
        if (!(flags & SEF_AVOID_OWNER_CHECK)) TRY(check_owner(token, parts.owner));
    }
    if ((which & GROUP_SECURITY_INFORMATION) && parts.group.empty())
        return fail(STATUS_INVALID_PRIMARY_GROUP);
    return changed_descriptor(before.span(), wanted.span(), which, flags & inherits, mapping);
}

Result<Vector<uint8_t>> convert(PSECURITY_DESCRIPTOR parent, PSECURITY_DESCRIPTOR current, const GUID* type,
                                bool directory, const GENERIC_MAPPING& mapping) {
    const Vector<uint8_t> container = TRY(checked(parent));
    const Vector<uint8_t> before = TRY(checked(current));
    NewDescriptor how;
    how.container = container.span();
    how.is_container = directory;
    how.object_type = type;
    how.mapping = mapping;
    return converted_descriptor(before.span(), how);
}

NTSTATUS query_parts(PSECURITY_DESCRIPTOR descriptor, SECURITY_INFORMATION which, PVOID to, ULONG room,
                     PULONG length) {
    const Vector<uint8_t> all = TRY(checked(descriptor));
    const Vector<uint8_t> part = TRY(extract(all.span(), which));
    *length = static_cast<ULONG>(part.size());
    if (room < part.size()) return STATUS_BUFFER_TOO_SMALL;
    rtl::copy(to, part.data(), part.size());
    return STATUS_SUCCESS;
}

HANDLE effective_token() {
    HANDLE token = nullptr;
    if (!NT_SUCCESS(NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &token)))
        NtOpenProcessToken(NtCurrentProcess(), TOKEN_QUERY, &token);
    return token;
}

// Of a named pipe that nobody asked a list for, as CreateNamedPipe documents it.
Result<Vector<uint8_t>> pipe_list(HANDLE token) {
    const Vector<uint8_t> answer = TRY(query(token, TokenOwner));
    const SidView owner = SidView::checked(bytes_of(as<TOKEN_OWNER>(answer).Owner).data());
    AclBuilder list;
    TRY(list.append(ACCESS_ALLOWED_ACE_TYPE, 0, GENERIC_ALL, kLocalSystem));
    TRY(list.append(ACCESS_ALLOWED_ACE_TYPE, 0, GENERIC_ALL, kAdministrators));
    TRY(list.append(ACCESS_ALLOWED_ACE_TYPE, 0, GENERIC_ALL, owner));
    TRY(list.append(ACCESS_ALLOWED_ACE_TYPE, 0, GENERIC_READ, kEveryone));
    TRY(list.append(ACCESS_ALLOWED_ACE_TYPE, 0, GENERIC_READ, kAnonymous));
    return list.finish();
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlNewSecurityObjectEx(PSECURITY_DESCRIPTOR Parent, PSECURITY_DESCRIPTOR Creator,
                                      PSECURITY_DESCRIPTOR* NewDescriptor, GUID* ObjectType,
                                      BOOLEAN IsDirectoryObject, ULONG AutoInheritFlags, HANDLE Token,
                                      PGENERIC_MAPPING GenericMapping) {
    return give(
        make(Parent, Creator, ObjectType, IsDirectoryObject, AutoInheritFlags, Token, *GenericMapping),
        NewDescriptor);
}

NTSTATUS NTAPI RtlNewSecurityObject(PSECURITY_DESCRIPTOR Parent, PSECURITY_DESCRIPTOR Creator,
                                    PSECURITY_DESCRIPTOR* NewDescriptor, BOOLEAN IsDirectoryObject,
                                    HANDLE Token, PGENERIC_MAPPING GenericMapping) {
    return RtlNewSecurityObjectEx(Parent, Creator, NewDescriptor, nullptr, IsDirectoryObject, 0, Token,
                                  GenericMapping);
}

// Of several types of one object only the first counts.
NTSTATUS NTAPI RtlNewSecurityObjectWithMultipleInheritance(PSECURITY_DESCRIPTOR Parent,
                                                           PSECURITY_DESCRIPTOR Creator,
                                                           PSECURITY_DESCRIPTOR* NewDescriptor,
                                                           GUID** ObjectTypes, ULONG GuidCount,
                                                           BOOLEAN IsDirectoryObject, ULONG AutoInheritFlags,
                                                           HANDLE Token, PGENERIC_MAPPING GenericMapping) {
    GUID* type = GuidCount ? ObjectTypes[0] : nullptr;
    return RtlNewSecurityObjectEx(Parent, Creator, NewDescriptor, type, IsDirectoryObject, AutoInheritFlags,
                                  Token, GenericMapping);
}

// The descriptor is another one afterwards, on the process heap as the one before.
NTSTATUS NTAPI RtlSetSecurityObjectEx(SECURITY_INFORMATION SecurityInformation, PSECURITY_DESCRIPTOR Changes,
                                      PSECURITY_DESCRIPTOR* ObjectsDescriptor, ULONG AutoInheritFlags,
                                      PGENERIC_MAPPING GenericMapping, HANDLE Token) {
    PSECURITY_DESCRIPTOR before = *ObjectsDescriptor;
    const NTSTATUS status =
        give(change(SecurityInformation, Changes, before, AutoInheritFlags, *GenericMapping, Token),
             ObjectsDescriptor);
    if (NT_SUCCESS(status)) RtlFreeHeap(rtl::process_heap(), 0, before);
    return status;
}

NTSTATUS NTAPI RtlSetSecurityObject(SECURITY_INFORMATION SecurityInformation, PSECURITY_DESCRIPTOR Changes,
                                    PSECURITY_DESCRIPTOR* ObjectsDescriptor, PGENERIC_MAPPING GenericMapping,
                                    HANDLE Token) {
    return RtlSetSecurityObjectEx(SecurityInformation, Changes, ObjectsDescriptor, 0, GenericMapping, Token);
}

NTSTATUS NTAPI RtlQuerySecurityObject(PSECURITY_DESCRIPTOR Descriptor, SECURITY_INFORMATION Information,
                                      PSECURITY_DESCRIPTOR Resultant, ULONG Length, PULONG ReturnLength) {
    return query_parts(Descriptor, Information, Resultant, Length, ReturnLength);
}

NTSTATUS NTAPI RtlDeleteSecurityObject(PSECURITY_DESCRIPTOR* Descriptor) {
    RtlFreeHeap(rtl::process_heap(), 0, *Descriptor);
    *Descriptor = nullptr;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlConvertToAutoInheritSecurityObject(PSECURITY_DESCRIPTOR Parent,
                                                     PSECURITY_DESCRIPTOR Current,
                                                     PSECURITY_DESCRIPTOR* NewDescriptor, GUID* ObjectType,
                                                     BOOLEAN IsDirectoryObject,
                                                     PGENERIC_MAPPING GenericMapping) {
    return give(convert(Parent, Current, ObjectType, IsDirectoryObject, *GenericMapping), NewDescriptor);
}

NTSTATUS NTAPI RtlDefaultNpAcl(PACL* Acl) {
    HANDLE token = effective_token();
    PVOID made = nullptr;
    const NTSTATUS status = give(pipe_list(token), &made);
    if (token) NtClose(token);
    *Acl = static_cast<PACL>(made);
    return status;
}

}  // extern "C"
