// SPDX-License-Identifier: GPL-3.0-only
// Security identifiers.
#include "base/service_sid.hpp"
#include "ntdll/crt/text.hpp"
#include "ntdll/rtl/wine.hpp"

namespace {

PISID sid_of(PSID sid) {
    return static_cast<PISID>(sid);
}
SIZE_T size_of(PSID sid) {
    return offsetof(SID, SubAuthority) + sid_of(sid)->SubAuthorityCount * sizeof(ULONG);
}
bool same(PSID first, PSID second, SIZE_T size) {
    return RtlCompareMemory(first, second, size) == size;
}

// The longest text: "S-1-" + 14 for the authority + 15 times "-" and ten digits.
constexpr SIZE_T longest_text = 4 + 16 + 15 * 11 + 1;

void append_number(WCHAR* text, ULONGLONG value, unsigned base) {
    WCHAR digits[66];
    crt::append(text, crt::print_number(value, digits, base));
}

void print(PISID sid, WCHAR* text) {
    text[0] = 0;
    crt::append(text, u"S-");
    append_number(text, sid->Revision, 10);
    crt::append(text, u"-");
    ULONGLONG authority = 0;
    for (UCHAR byte : sid->IdentifierAuthority.Value)
        authority = authority << 8 | byte;
    if (authority >> 32) {
        // Twelve digits, as [MS-DTYP] 2.4.2.1 has it.
        WCHAR digits[] = u"0x000000000000";
        for (unsigned at = 13; at >= 2; --at, authority >>= 4)
            digits[at] = u"0123456789abcdef"[authority & 15];
        crt::append(text, digits);
    } else {
        append_number(text, authority, 10);
    }
    for (unsigned i = 0; i < sid->SubAuthorityCount; ++i) {
        crt::append(text, u"-");
        append_number(text, sid->SubAuthority[i], 10);
    }
}

}  // namespace

extern "C" {

BOOLEAN NTAPI RtlValidSid(PSID Sid) {
    return Sid && (sid_of(Sid)->Revision & 0xf) == SID_REVISION &&
           sid_of(Sid)->SubAuthorityCount <= SID_MAX_SUB_AUTHORITIES;
}

ULONG NTAPI RtlLengthRequiredSid(ULONG SubAuthorityCount) {
    return static_cast<ULONG>(offsetof(SID, SubAuthority) + SubAuthorityCount * sizeof(ULONG));
}

ULONG NTAPI RtlLengthSid(PSID Sid) {
    return static_cast<ULONG>(size_of(Sid));
}

BOOLEAN NTAPI RtlEqualSid(PSID First, PSID Second) {
    return sid_of(First)->SubAuthorityCount == sid_of(Second)->SubAuthorityCount &&
           same(First, Second, size_of(First));
}

// Equal but for the last sub-authority.
BOOLEAN NTAPI RtlEqualPrefixSid(PSID First, PSID Second) {
    if (sid_of(First)->SubAuthorityCount != sid_of(Second)->SubAuthorityCount) return FALSE;
    const SIZE_T last = sid_of(First)->SubAuthorityCount ? sizeof(ULONG) : 0;
    return same(First, Second, size_of(First) - last);
}

NTSTATUS NTAPI RtlCopySid(ULONG DestinationLength, PSID Destination, PSID Source) {
    const SIZE_T size = size_of(Source);
    if (DestinationLength < size) return rtl::boolean_for_win32(STATUS_BUFFER_TOO_SMALL);
    rtl::move(Destination, Source, size);
    return rtl::boolean_for_win32(STATUS_SUCCESS);
}

NTSTATUS NTAPI RtlInitializeSid(PSID Sid, PSID_IDENTIFIER_AUTHORITY Authority, UCHAR SubAuthorityCount) {
    if (SubAuthorityCount > SID_MAX_SUB_AUTHORITIES) return rtl::boolean_for_win32(STATUS_INVALID_PARAMETER);
    sid_of(Sid)->Revision = SID_REVISION;
    sid_of(Sid)->SubAuthorityCount = SubAuthorityCount;
    sid_of(Sid)->IdentifierAuthority = *Authority;
    return rtl::boolean_for_win32(STATUS_SUCCESS);
}

PULONG NTAPI RtlSubAuthoritySid(PSID Sid, ULONG SubAuthority) {
    return &sid_of(Sid)->SubAuthority[SubAuthority];
}
PUCHAR NTAPI RtlSubAuthorityCountSid(PSID Sid) {
    return &sid_of(Sid)->SubAuthorityCount;
}
PSID_IDENTIFIER_AUTHORITY NTAPI RtlIdentifierAuthoritySid(PSID Sid) {
    return &sid_of(Sid)->IdentifierAuthority;
}

NTSTATUS NTAPI RtlAllocateAndInitializeSidEx(PSID_IDENTIFIER_AUTHORITY Authority, UCHAR SubAuthorityCount,
                                             PULONG SubAuthorities, PSID* Sid) {
    if (SubAuthorityCount > SID_MAX_SUB_AUTHORITIES) return STATUS_INVALID_SID;
    PSID made = RtlAllocateHeap(rtl::process_heap(), 0, RtlLengthRequiredSid(SubAuthorityCount));
    if (!made) return STATUS_NO_MEMORY;
    RtlInitializeSid(made, Authority, SubAuthorityCount);
    rtl::copy(sid_of(made)->SubAuthority, SubAuthorities, SubAuthorityCount * sizeof(ULONG));
    *Sid = made;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAllocateAndInitializeSid(PSID_IDENTIFIER_AUTHORITY Authority, UCHAR SubAuthorityCount,
                                           ULONG Sub0, ULONG Sub1, ULONG Sub2, ULONG Sub3, ULONG Sub4,
                                           ULONG Sub5, ULONG Sub6, ULONG Sub7, PSID* Sid) {
    ULONG parts[] = {Sub0, Sub1, Sub2, Sub3, Sub4, Sub5, Sub6, Sub7};
    if (SubAuthorityCount > ARRAYSIZE(parts)) return STATUS_INVALID_SID;
    return RtlAllocateAndInitializeSidEx(Authority, SubAuthorityCount, parts, Sid);
}

PVOID NTAPI RtlFreeSid(PSID Sid) {
    RtlFreeHeap(rtl::process_heap(), 0, Sid);
    return nullptr;
}

NTSTATUS NTAPI RtlConvertSidToUnicodeString(PUNICODE_STRING String, PSID Sid, BOOLEAN Allocate) {
    if (!RtlValidSid(Sid)) return STATUS_INVALID_SID;
    WCHAR text[longest_text];
    print(sid_of(Sid), text);
    UNICODE_STRING source;
    RtlInitUnicodeString(&source, text);
    if (Allocate)
        return RtlDuplicateUnicodeString(RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE, &source, String);
    if (source.Length > String->MaximumLength) return STATUS_BUFFER_OVERFLOW;
    RtlCopyUnicodeString(String, &source);
    return STATUS_SUCCESS;
}

// Bytes of the text with its terminator.
NTSTATUS NTAPI RtlLengthSidAsUnicodeString(PSID Sid, PULONG StringLength) {
    if (!RtlValidSid(Sid)) return STATUS_INVALID_SID;
    WCHAR text[longest_text];
    print(sid_of(Sid), text);
    *StringLength = static_cast<ULONG>((rtl::length(text) + 1) * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlCreateServiceSid(PUNICODE_STRING ServiceName, PSID ServiceSid, PULONG ServiceSidLength) {
    const base::Sid sid = base::service_sid({ServiceName->Buffer, ServiceName->Length / sizeof(WCHAR)});
    const ULONG room = *ServiceSidLength;
    *ServiceSidLength = static_cast<ULONG>(sid.size());
    if (room < sid.size()) return STATUS_BUFFER_TOO_SMALL;
    rtl::copy(ServiceSid, sid.bytes().data(), sid.size());
    return STATUS_SUCCESS;
}

}  // extern "C"
