// SPDX-License-Identifier: GPL-3.0-only
//
// Tokens of as many SIDs as there may be, which lie each across two pages that the process has not touched.
#include "tests/bench/hostile/hostile.hpp"

namespace hostile {

namespace {

constexpr ULONG kSids = 128;
constexpr SIZE_T kPage = 4096;
constexpr SIZE_T kSize = (kSids + 1) * kPage;
constexpr ULONG kFirst = kPage - 8;

struct List {
    ULONG count;
    SID_AND_ATTRIBUTES entries[kSids];
};

UCHAR* map(HANDLE section) {
    PVOID base = nullptr;
    SIZE_T size = 0;
    const NTSTATUS status = NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, nullptr, &size,
                                               ViewUnmap, 0, PAGE_READWRITE);
    if (!NT_SUCCESS(status)) fail(u"view", status);
    return static_cast<UCHAR*>(base);
}

// S-1-5-21-N-... with as many parts as a SID may have.
void write_sid(UCHAR* at, ULONG number) {
    auto* sid = reinterpret_cast<SID*>(at);
    *sid = {SID_REVISION, SID_MAX_SUB_AUTHORITIES, SECURITY_NT_AUTHORITY, {}};
    for (ULONG i = 0; i < SID_MAX_SUB_AUTHORITIES; ++i)
        sid->SubAuthority[i] = i == 0 ? 21 : number;
}

const List& list_at(const UCHAR* view) {
    static List list;
    list.count = kSids;
    for (ULONG i = 0; i < kSids; ++i)
        list.entries[i] = {const_cast<UCHAR*>(view) + kFirst + i * kPage, 0};
    return list;
}

HANDLE filter(HANDLE token, const List* disable, const List* restricting) {
    HANDLE made = nullptr;
    const NTSTATUS status =
        NtFilterToken(token, 0, reinterpret_cast<PTOKEN_GROUPS>(const_cast<List*>(disable)), nullptr,
                      reinterpret_cast<PTOKEN_GROUPS>(const_cast<List*>(restricting)), &made);
    if (!NT_SUCCESS(status)) fail(u"filter", status);
    return made;
}

void filters() {
    LARGE_INTEGER size;
    size.QuadPart = kSize;
    HANDLE section = nullptr, token = nullptr;
    NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, &size, PAGE_READWRITE, SEC_COMMIT, nullptr);
    UCHAR* view = map(section);
    for (ULONG i = 0; i < kSids; ++i)
        write_sid(view + kFirst + i * kPage, i);
    NtOpenProcessToken(NtCurrentProcess(), TOKEN_ALL_ACCESS, &token);
    for (ULONG round = 0; round < 2; ++round) {
        const List& untouched = list_at(map(section));
        const HANDLE restricted = filter(token, &untouched, &untouched);
        const HANDLE again = filter(restricted, &untouched, &untouched);
        HANDLE copy = nullptr;
        NtDuplicateToken(again, TOKEN_ALL_ACCESS, nullptr, FALSE, TokenImpersonation, &copy);
        static UCHAR answer[16'384];
        ULONG length = 0;
        NtQueryInformationToken(again, TokenRestrictedSids, answer, sizeof answer, &length);
        NtClose(restricted);
        NtClose(again);
        NtClose(copy);
    }
    NtClose(token);
    NtClose(section);
}

constexpr Load kLoads[] = {
    {u"filters", filters},
};

}  // namespace

Loads token_loads() {
    return {kLoads, sizeof kLoads / sizeof kLoads[0]};
}

}  // namespace hostile
