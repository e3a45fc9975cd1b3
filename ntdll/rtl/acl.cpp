// SPDX-License-Identifier: GPL-3.0-only
// Access control lists: a header and a row of entries, each with its own size. Sizes are checked before they
// are followed.
#include "ntdll/ntdll.hpp"

namespace {

PACE_HEADER first_ace(PACL acl) {
    return reinterpret_cast<PACE_HEADER>(acl + 1);
}
PACE_HEADER after(PACE_HEADER ace) {
    return rtl::at<ACE_HEADER>(ace, ace->AceSize);
}
char* end_of(PACL acl) {
    return reinterpret_cast<char*>(acl) + acl->AclSize;
}
bool fits(PACL acl, PACE_HEADER ace) {
    const auto room = end_of(acl) - reinterpret_cast<char*>(ace);
    return room >= static_cast<LONG64>(sizeof(ACE_HEADER)) && ace->AceSize >= sizeof(ACE_HEADER) &&
           ace->AceSize <= room;
}

// The entry at `index`, or the first free byte when it is the count; null when the list is corrupt.
PACE_HEADER walk(PACL acl, ULONG index) {
    PACE_HEADER ace = first_ace(acl);
    for (ULONG i = 0; i < index; ++i) {
        if (i >= acl->AceCount || !fits(acl, ace)) return nullptr;
        ace = after(ace);
    }
    return ace;
}

bool revision_known(ULONG revision) {
    return revision >= MIN_ACL_REVISION && revision <= MAX_ACL_REVISION;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlCreateAcl(PACL Acl, ULONG AclLength, ULONG Revision) {
    if (AclLength < sizeof(ACL)) return STATUS_BUFFER_TOO_SMALL;
    if (!revision_known(Revision) || AclLength > 0xffff) return STATUS_INVALID_PARAMETER;
    *Acl = {static_cast<UCHAR>(Revision), 0, static_cast<USHORT>(AclLength & ~3u), 0, 0};
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlValidAcl(PACL Acl) {
    if (!revision_known(Acl->AclRevision) || Acl->AclSize < sizeof(ACL) || Acl->AclSize & 3) return FALSE;
    return walk(Acl, Acl->AceCount) != nullptr;
}

// Null in FirstFree: the list is full.
BOOLEAN NTAPI RtlFirstFreeAce(PACL Acl, PVOID* FirstFree) {
    PACE_HEADER free = walk(Acl, Acl->AceCount);
    *FirstFree = free && reinterpret_cast<char*>(free) < end_of(Acl) ? free : nullptr;
    return free != nullptr;
}

NTSTATUS NTAPI RtlGetAce(PACL Acl, ULONG Index, PVOID* Ace) {
    if (!RtlValidAcl(Acl) || Index >= Acl->AceCount) return STATUS_INVALID_PARAMETER;
    *Ace = walk(Acl, Index);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAddAce(PACL Acl, ULONG Revision, ULONG StartingIndex, PVOID AceList, ULONG AceListLength) {
    PVOID free;
    if (!revision_known(Revision) || !RtlValidAcl(Acl) || !RtlFirstFreeAce(Acl, &free)) {
        return STATUS_INVALID_PARAMETER;
    }
    USHORT count = 0;
    for (ULONG offset = 0; offset < AceListLength; ++count) {
        const auto* ace = rtl::at<ACE_HEADER>(AceList, offset);
        if (AceListLength - offset < sizeof(ACE_HEADER) || ace->AceSize < sizeof(ACE_HEADER) ||
            ace->AceSize > AceListLength - offset) {
            return STATUS_INVALID_PARAMETER;
        }
        offset += ace->AceSize;
    }
    if (!free || static_cast<LONG64>(AceListLength) > end_of(Acl) - static_cast<char*>(free)) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    char* at = StartingIndex < Acl->AceCount ? reinterpret_cast<char*>(walk(Acl, StartingIndex))
                                             : static_cast<char*>(free);
    rtl::move(at + AceListLength, at, static_cast<SIZE_T>(static_cast<char*>(free) - at));
    rtl::copy(at, AceList, AceListLength);
    Acl->AceCount = static_cast<USHORT>(Acl->AceCount + count);
    Acl->AclRevision = static_cast<UCHAR>(Revision);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDeleteAce(PACL Acl, ULONG Index) {
    if (!RtlValidAcl(Acl) || Index >= Acl->AceCount) return STATUS_INVALID_PARAMETER;
    PACE_HEADER ace = walk(Acl, Index);
    char* next = reinterpret_cast<char*>(after(ace));
    char* free = reinterpret_cast<char*>(walk(Acl, Acl->AceCount));
    rtl::move(ace, next, static_cast<SIZE_T>(free - next));
    --Acl->AceCount;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlQueryInformationAcl(PACL Acl, PVOID Information, ULONG Length,
                                      ACL_INFORMATION_CLASS Class) {
    if (!RtlValidAcl(Acl)) return STATUS_INVALID_ACL;
    if (Class == AclRevisionInformation) {
        if (Length < sizeof(ACL_REVISION_INFORMATION)) return STATUS_BUFFER_TOO_SMALL;
        static_cast<PACL_REVISION_INFORMATION>(Information)->AclRevision = Acl->AclRevision;
        return STATUS_SUCCESS;
    }
    if (Class != AclSizeInformation) return STATUS_INVALID_INFO_CLASS;
    if (Length < sizeof(ACL_SIZE_INFORMATION)) return STATUS_BUFFER_TOO_SMALL;
    const auto used =
        static_cast<ULONG>(reinterpret_cast<char*>(walk(Acl, Acl->AceCount)) - reinterpret_cast<char*>(Acl));
    *static_cast<PACL_SIZE_INFORMATION>(Information) = {Acl->AceCount, used, Acl->AclSize - used};
    return STATUS_SUCCESS;
}

// The revision alone, and never to a lower one.
NTSTATUS NTAPI RtlSetInformationAcl(PACL Acl, PVOID Information, ULONG Length, ACL_INFORMATION_CLASS Class) {
    if (!RtlValidAcl(Acl)) return STATUS_INVALID_PARAMETER;
    if (Class != AclRevisionInformation) return STATUS_INVALID_INFO_CLASS;
    if (Length < sizeof(ACL_REVISION_INFORMATION)) return STATUS_BUFFER_TOO_SMALL;
    const ULONG revision = static_cast<PACL_REVISION_INFORMATION>(Information)->AclRevision;
    if (!revision_known(revision) || revision < Acl->AclRevision) return STATUS_INVALID_PARAMETER;
    Acl->AclRevision = static_cast<UCHAR>(revision);
    return STATUS_SUCCESS;
}

}  // extern "C"
