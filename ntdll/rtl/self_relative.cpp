// SPDX-License-Identifier: GPL-3.0-only
// Security descriptors from one form into the other.
#include "base/descriptor.hpp"
#include "ntdll/rtl/descriptor.hpp"

namespace {

using rtl::absolute;

ULONG sid_size(PSID sid) {
    return sid ? static_cast<ULONG>(rtl::round_up(RtlLengthSid(sid), 4)) : 0;
}
ULONG acl_size(PACL acl) {
    return acl ? static_cast<ULONG>(rtl::round_up(acl->AclSize, 4)) : 0;
}
ULONG size_of(const rtl::Parts& parts) {
    return sid_size(parts.owner) + sid_size(parts.group) + acl_size(parts.sacl) + acl_size(parts.dacl);
}

// Copies a part behind the others and returns its offset.
ULONG place(PISECURITY_DESCRIPTOR_RELATIVE to, ULONG& used, const void* part, ULONG exact, ULONG padded) {
    if (!part) return 0;
    const ULONG offset = used;
    rtl::copy(rtl::at<char>(to, offset), part, exact);
    used += padded;
    return offset;
}

ULONG exact_size(PACL acl) {
    return acl ? acl->AclSize : 0u;
}

// How much there must be: says it, and whether there is.
bool room(PULONG given, ULONG needed) {
    const ULONG had = *given;
    *given = needed;
    return had >= needed;
}

template <typename T>
T* copy_part(T* to, const T* part, ULONG size) {
    if (!part) return nullptr;
    rtl::copy(to, part, size);
    return to;
}

bool is_self_relative(PSECURITY_DESCRIPTOR descriptor) {
    return absolute(descriptor)->Control & SE_SELF_RELATIVE;
}

}  // namespace

extern "C" {

ULONG NTAPI RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor) {
    const ULONG header =
        is_self_relative(Descriptor) ? sizeof(SECURITY_DESCRIPTOR_RELATIVE) : sizeof(SECURITY_DESCRIPTOR);
    return header + size_of(rtl::parts_of(Descriptor));
}

NTSTATUS NTAPI RtlCreateSecurityDescriptorRelative(PISECURITY_DESCRIPTOR_RELATIVE Descriptor,
                                                   ULONG Revision) {
    if (Revision != SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
    *Descriptor = {};
    Descriptor->Revision = SECURITY_DESCRIPTOR_REVISION;
    Descriptor->Control = SE_SELF_RELATIVE;
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlValidRelativeSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, ULONG Length,
                                                 SECURITY_INFORMATION Required) {
    const std::span<const uint8_t> bytes(static_cast<const uint8_t*>(Descriptor), Length);
    if (!base::check_descriptor(bytes)) return FALSE;
    const base::Parts parts = base::parts_of(bytes);
    return !(((Required & OWNER_SECURITY_INFORMATION) && parts.owner.empty()) ||
             ((Required & GROUP_SECURITY_INFORMATION) && parts.group.empty()) ||
             ((Required & SACL_SECURITY_INFORMATION) && !parts.has_sacl) ||
             ((Required & DACL_SECURITY_INFORMATION) && !parts.has_dacl));
}

NTSTATUS NTAPI RtlMakeSelfRelativeSD(PSECURITY_DESCRIPTOR Source, PSECURITY_DESCRIPTOR SelfRelative,
                                     PULONG Length) {
    const rtl::Parts parts = rtl::parts_of(Source);
    const ULONG size = static_cast<ULONG>(sizeof(SECURITY_DESCRIPTOR_RELATIVE)) + size_of(parts);
    if (!room(Length, size)) return STATUS_BUFFER_TOO_SMALL;
    auto* to = static_cast<PISECURITY_DESCRIPTOR_RELATIVE>(SelfRelative);
    rtl::zero(to, size);
    to->Revision = SECURITY_DESCRIPTOR_REVISION;
    to->Sbz1 = absolute(Source)->Sbz1;
    to->Control = static_cast<USHORT>(absolute(Source)->Control | SE_SELF_RELATIVE);
    ULONG used = sizeof(SECURITY_DESCRIPTOR_RELATIVE);
    to->Sacl = place(to, used, parts.sacl, exact_size(parts.sacl), acl_size(parts.sacl));
    to->Dacl = place(to, used, parts.dacl, exact_size(parts.dacl), acl_size(parts.dacl));
    to->Owner = place(to, used, parts.owner, sid_size(parts.owner), sid_size(parts.owner));
    to->Group = place(to, used, parts.group, sid_size(parts.group), sid_size(parts.group));
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAbsoluteToSelfRelativeSD(PSECURITY_DESCRIPTOR Absolute, PSECURITY_DESCRIPTOR SelfRelative,
                                           PULONG Length) {
    if (is_self_relative(Absolute)) return STATUS_BAD_DESCRIPTOR_FORMAT;
    return RtlMakeSelfRelativeSD(Absolute, SelfRelative, Length);
}

// What is too small is said for all five buffers; nothing is written then.
NTSTATUS NTAPI RtlSelfRelativeToAbsoluteSD(PSECURITY_DESCRIPTOR SelfRelative, PSECURITY_DESCRIPTOR Absolute,
                                           PULONG AbsoluteSize, PACL Dacl, PULONG DaclSize, PACL Sacl,
                                           PULONG SaclSize, PSID Owner, PULONG OwnerSize, PSID Group,
                                           PULONG GroupSize) {
    if (!is_self_relative(SelfRelative)) return STATUS_BAD_DESCRIPTOR_FORMAT;
    const rtl::Parts parts = rtl::parts_of(SelfRelative);
    bool fits = room(AbsoluteSize, sizeof(SECURITY_DESCRIPTOR));
    fits &= room(DaclSize, acl_size(parts.dacl));
    fits &= room(SaclSize, acl_size(parts.sacl));
    fits &= room(OwnerSize, sid_size(parts.owner));
    fits &= room(GroupSize, sid_size(parts.group));
    if (!fits) return STATUS_BUFFER_TOO_SMALL;
    PISECURITY_DESCRIPTOR to = absolute(Absolute);
    const PISECURITY_DESCRIPTOR from = absolute(SelfRelative);
    *to = {};
    to->Revision = from->Revision;
    to->Sbz1 = from->Sbz1;
    to->Control = static_cast<USHORT>(from->Control & ~SE_SELF_RELATIVE);
    to->Owner = parts.owner ? rtl::copy(Owner, parts.owner, sid_size(parts.owner)), Owner : nullptr;
    to->Group = parts.group ? rtl::copy(Group, parts.group, sid_size(parts.group)), Group : nullptr;
    to->Sacl = copy_part(Sacl, parts.sacl, exact_size(parts.sacl));
    to->Dacl = copy_part(Dacl, parts.dacl, exact_size(parts.dacl));
    return STATUS_SUCCESS;
}

// In place: an absolute header is longer, so that what is behind it moves up.
NTSTATUS NTAPI RtlSelfRelativeToAbsoluteSD2(PSECURITY_DESCRIPTOR SelfRelative, PULONG BufferSize) {
    constexpr ULONG old_header = sizeof(SECURITY_DESCRIPTOR_RELATIVE);
    constexpr ULONG further = sizeof(SECURITY_DESCRIPTOR) - old_header;
    if (!is_self_relative(SelfRelative)) return STATUS_BAD_DESCRIPTOR_FORMAT;
    const rtl::Parts parts = rtl::parts_of(SelfRelative);
    char* begin = static_cast<char*>(SelfRelative) + old_header;
    char* end = begin;
    const auto reach = [&end](PVOID part, ULONG size) {
        char* behind = static_cast<char*>(part) + size;
        if (part && behind > end) end = behind;
    };
    reach(parts.owner, sid_size(parts.owner));
    reach(parts.group, sid_size(parts.group));
    reach(parts.sacl, exact_size(parts.sacl));
    reach(parts.dacl, exact_size(parts.dacl));
    if (!room(BufferSize, static_cast<ULONG>(end - static_cast<char*>(SelfRelative)) + further))
        return STATUS_BUFFER_TOO_SMALL;
    rtl::move(begin + further, begin, static_cast<SIZE_T>(end - begin));
    const auto moved = [](PVOID part) -> PVOID {
        return part ? static_cast<char*>(part) + further : nullptr;
    };
    PISECURITY_DESCRIPTOR to = absolute(SelfRelative);
    to->Control &= static_cast<USHORT>(~SE_SELF_RELATIVE);
    to->Owner = moved(parts.owner);
    to->Group = moved(parts.group);
    to->Sacl = static_cast<PACL>(moved(parts.sacl));
    to->Dacl = static_cast<PACL>(moved(parts.dacl));
    return STATUS_SUCCESS;
}

// A self-relative copy on the process heap.
NTSTATUS NTAPI RtlCopySecurityDescriptor(PSECURITY_DESCRIPTOR Input, PSECURITY_DESCRIPTOR* Output) {
    if (!RtlValidSecurityDescriptor(Input)) return STATUS_INVALID_SECURITY_DESCR;
    ULONG length = 0;
    RtlMakeSelfRelativeSD(Input, nullptr, &length);
    PVOID copy = RtlAllocateHeap(rtl::process_heap(), 0, length);
    if (!copy) return STATUS_NO_MEMORY;
    *Output = copy;
    return RtlMakeSelfRelativeSD(Input, copy, &length);
}

}  // extern "C"
