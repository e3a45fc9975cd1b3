// SPDX-License-Identifier: GPL-3.0-only
//
// Locks, extended attributes and quotas: what the services ask of a driver that knows them, and of one that
// does not; lists that are none.
#include "abi/nt/ntiolists.h"
#include "tests/common/drivers.hpp"
#include "tests/common/report.hpp"
#include "tests/drivers/clerk/clerk.h"

namespace {

using test::check;

constexpr ULONG kLong = 2000;                                        // more than a request has in itself
constexpr ULONG kAttribute = 16, kName = 8, kQuota = 56, kSid = 20;  // bytes of an entry
alignas(8) UCHAR list[2 * CLERK_LIST];
UCHAR answer[sizeof(CLERK_ANSWER) + CLERK_LIST];

// A list of whole entries of `size` bytes, each with the same behind its NextEntryOffset.
void fill(PVOID to, ULONG length, ULONG size, const void* entry) {
    auto* at = static_cast<UCHAR*>(to);
    for (ULONG left = length; left >= size; left -= size, at += size) {
        *reinterpret_cast<PULONG>(at) = left >= 2 * size ? size : 0;
        memcpy(at + sizeof(ULONG), entry, size - sizeof(ULONG));
    }
}

void fill_attributes(PVOID to, ULONG length) {
    fill(to, length, kAttribute, "\0\2\5\0nm\0value");
}

void fill_quotas(PVOID to, ULONG length) {
    UCHAR entry[kQuota] = {};
    auto& quota = reinterpret_cast<FILE_QUOTA_INFORMATION&>(entry);
    quota.SidLength = 12;
    quota.Sid = {SID_REVISION, 1, SECURITY_NT_AUTHORITY, {SECURITY_AUTHENTICATED_USER_RID}};
    fill(to, length, kQuota, entry + sizeof(ULONG));
}

void fill_sids(PVOID to, ULONG length) {
    FILE_GET_QUOTA_INFORMATION entry = {
        0, 12, {SID_REVISION, 1, SECURITY_NT_AUTHORITY, {SECURITY_AUTHENTICATED_USER_RID}}};
    fill(to, length, kSid, &entry.SidLength);
}

LARGE_INTEGER number(LONGLONG value) {
    LARGE_INTEGER result;
    result.QuadPart = value;
    return result;
}

NTSTATUS open(const WCHAR* device, ACCESS_MASK access, HANDLE& file) {
    test::Path path(u"\\Device\\", device);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path.name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK io{};
    return NtOpenFile(&file, access | SYNCHRONIZE, &attributes, &io, FILE_SHARE_READ | FILE_SHARE_WRITE,
                      FILE_SYNCHRONOUS_IO_NONALERT);
}

void expect(const char* name, NTSTATUS status, NTSTATUS expected) {
    check(name, status == expected, "status", static_cast<ULONG>(status));
}

NTSTATUS lock(HANDLE file, LONGLONG offset, LONGLONG length, ULONG key) {
    LARGE_INTEGER from = number(offset), bytes = number(length);
    IO_STATUS_BLOCK io{};
    return NtLockFile(file, nullptr, nullptr, nullptr, &io, &from, &bytes, key, TRUE, TRUE);
}

NTSTATUS unlock(HANDLE file, LONGLONG offset, LONGLONG length, ULONG key) {
    LARGE_INTEGER from = number(offset), bytes = number(length);
    IO_STATUS_BLOCK io{};
    return NtUnlockFile(file, &io, &from, &bytes, key);
}

void locks(HANDLE file) {
    HANDLE other = nullptr, blind = nullptr;
    expect("another handle", open(u"Clerk", FILE_WRITE_DATA, other), STATUS_SUCCESS);
    expect("one that neither reads nor writes", open(u"Clerk", FILE_READ_ATTRIBUTES, blind), STATUS_SUCCESS);
    expect("a lock", lock(file, 0x123456789, 0x100000001, 7), STATUS_SUCCESS);
    expect("  is nobody else's", lock(other, 0, 1, 7), STATUS_LOCK_NOT_GRANTED);
    expect("  nor given up by him", unlock(other, 0x123456789, 0x100000001, 7), STATUS_RANGE_NOT_LOCKED);
    expect("  nor by another key", unlock(file, 0x123456789, 0x100000001, 8), STATUS_RANGE_NOT_LOCKED);
    expect("  and is given up", unlock(file, 0x123456789, 0x100000001, 7), STATUS_SUCCESS);
    expect("  for the other", lock(other, 0, 1, 0), STATUS_SUCCESS);
    expect("  who gives it back", unlock(other, 0, 1, 0), STATUS_SUCCESS);
    expect("a lock without access", lock(blind, 0, 1, 0), STATUS_ACCESS_DENIED);
    LARGE_INTEGER bytes = number(1);
    IO_STATUS_BLOCK io{};
    NTSTATUS status = NtLockFile(file, nullptr, nullptr, nullptr, &io, nullptr, &bytes, 0, TRUE, TRUE);
    expect("a lock of nowhere", status, STATUS_ACCESS_VIOLATION);
    NtClose(other);
    NtClose(blind);
}

const CLERK_ANSWER& how() {
    return *reinterpret_cast<const CLERK_ANSWER*>(answer);
}

bool same_list(const IO_STATUS_BLOCK& io, ULONG length) {
    return io.Information == sizeof(CLERK_ANSWER) + length &&
           memcmp(answer + sizeof(CLERK_ANSWER), list, length) == 0;
}

void attributes(HANDLE file) {
    constexpr ULONG kLengths[] = {kAttribute, 704, kLong};
    for (ULONG length : kLengths) {
        IO_STATUS_BLOCK io{};
        memset(answer, 0, sizeof answer);
        fill_attributes(list, length);
        expect("attributes are set", NtSetEaFile(file, &io, list, length), STATUS_SUCCESS);
        expect("  and asked for",
               NtQueryEaFile(file, &io, answer, sizeof answer, FALSE, nullptr, 0, nullptr, FALSE),
               STATUS_SUCCESS);
        check("  all of them", same_list(io, length) && how().Flags == 0 && how().ListLength == 0);
        ULONG index = 42;
        alignas(4) UCHAR names[900];
        if (length > sizeof names) continue;
        fill(names, length, kName, "\1n\0");
        NTSTATUS status = NtQueryEaFile(file, &io, answer, sizeof answer, TRUE, names, length, &index, TRUE);
        expect("  by name and index", status, STATUS_SUCCESS);
        check("  as it was said", how().Flags == 7 && how().Index == 42 && how().ListLength == length &&
                                      how().FirstByte == kName);
    }
    IO_STATUS_BLOCK io{};
    HANDLE blind = nullptr;
    open(u"Clerk", FILE_READ_DATA, blind);
    fill_attributes(list, kAttribute);
    expect("attributes are not every handle's to set", NtSetEaFile(blind, &io, list, kAttribute),
           STATUS_ACCESS_DENIED);
    expect("  nor to ask for", NtQueryEaFile(blind, &io, answer, 64, FALSE, nullptr, 0, nullptr, FALSE),
           STATUS_ACCESS_DENIED);
    fill_attributes(list, sizeof list);
    expect("a driver that refuses", NtSetEaFile(file, &io, list, sizeof list), STATUS_EA_TOO_LARGE);
    expect("a buffer that is short", NtQueryEaFile(file, &io, answer, 8, FALSE, nullptr, 0, nullptr, FALSE),
           STATUS_BUFFER_TOO_SMALL);
    NtClose(blind);
}

void quotas(HANDLE file) {
    IO_STATUS_BLOCK io{};
    alignas(4) UCHAR sids[5 * kSid];
    constexpr ULONG kQuotas = kLong / kQuota * kQuota;
    fill_quotas(list, kQuotas);
    fill_sids(sids, sizeof sids);
    expect("quotas are set", NtSetQuotaInformationFile(file, &io, list, kQuotas), STATUS_SUCCESS);
    NTSTATUS status = NtQueryQuotaInformationFile(file, &io, answer, sizeof answer, FALSE, sids, sizeof sids,
                                                  nullptr, FALSE);
    expect("  and asked for", status, STATUS_SUCCESS);
    check("  by a list", same_list(io, kQuotas) && how().Flags == 0 && how().ListLength == sizeof sids &&
                             how().FirstByte == kSid);
    SID_IDENTIFIER_AUTHORITY nt = SECURITY_NT_AUTHORITY;
    SID first = {SID_REVISION, 1, nt, {SECURITY_AUTHENTICATED_USER_RID}};
    status = NtQueryQuotaInformationFile(file, &io, answer, sizeof answer, TRUE, nullptr, 0, &first, TRUE);
    expect("  from one on", status, STATUS_SUCCESS);
    check("  which is named", how().ListLength == 0 && how().FirstByte == 0x100 + SID_REVISION);
}

void expect_wrong(const char* name, NTSTATUS status, NTSTATUS expected, const IO_STATUS_BLOCK& io,
                  ULONG_PTR offset) {
    check(name, status == expected && io.Status == status && io.Information == offset, "offset",
          io.Information);
}

void nonsense(HANDLE file) {
    IO_STATUS_BLOCK io{};
    fill_attributes(list, kLong);
    list[100 * kAttribute + 10] = 'x';
    NTSTATUS status = NtSetEaFile(file, &io, list, kLong);
    expect_wrong("a name without an end", status, STATUS_EA_LIST_INCONSISTENT, io, 100 * kAttribute);
    status = NtSetEaFile(file, &io, list, 20);
    expect_wrong("an entry that is cut off", status, STATUS_EA_LIST_INCONSISTENT, io, kAttribute);
    list[0] = 18;
    status = NtSetEaFile(file, &io, list, kLong);
    expect_wrong("an entry that begins anywhere", status, STATUS_EA_LIST_INCONSISTENT, io, 0);
    status = NtQueryEaFile(file, &io, answer, sizeof answer, FALSE, list, 8, nullptr, FALSE);
    expect_wrong("names without an end", status, STATUS_EA_LIST_INCONSISTENT, io, 0);
    fill_quotas(list, kLong);
    list[3 * kQuota + 4] = 11;
    status = NtSetQuotaInformationFile(file, &io, list, kLong);
    expect_wrong("a SID that is longer", status, STATUS_QUOTA_LIST_INCONSISTENT, io, 3 * kQuota);
    status = NtQueryQuotaInformationFile(file, &io, answer, sizeof answer, FALSE, list, 8, nullptr, FALSE);
    expect_wrong("SIDs that are none", status, STATUS_QUOTA_LIST_INCONSISTENT, io, 0);
    status = NtQueryQuotaInformationFile(file, &io, answer, sizeof answer, FALSE, nullptr, 0, list, FALSE);
    expect("nor is this one", status, STATUS_INVALID_SID);
    expect("more than anybody keeps", NtSetEaFile(file, &io, list, 0x10001), STATUS_INVALID_PARAMETER);
}

NTSTATUS create(const WCHAR* first, const WCHAR* second, ULONG length, HANDLE& file, IO_STATUS_BLOCK& io) {
    test::Path path(first, second);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path.name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return NtCreateFile(&file, FILE_READ_EA | SYNCHRONIZE, &attributes, &io, nullptr, 0, FILE_SHARE_READ,
                        FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_NONALERT, list, length);
}

void at_opening() {
    constexpr ULONG kLengths[] = {kAttribute, 704, kLong};
    HANDLE file = nullptr;
    IO_STATUS_BLOCK io{};
    for (ULONG length : kLengths) {
        fill_attributes(list, length);
        expect("attributes for a file that is made", create(u"\\Device\\Clerk", u"\\new", length, file, io),
               STATUS_SUCCESS);
        memset(answer, 0, sizeof answer);
        NtQueryEaFile(file, &io, answer, sizeof answer, FALSE, nullptr, 0, nullptr, FALSE);
        check("  are its driver's", same_list(io, length), "bytes", io.Information);
        NtClose(file);
    }
    list[kAttribute + 10] = 'x';
    NTSTATUS status = create(u"\\Device\\Clerk", u"\\new", kLong, file, io);
    expect_wrong("  but not nonsense", status, STATUS_EA_LIST_INCONSISTENT, io, kAttribute);
    fill_attributes(list, kAttribute);
    expect("  and on the RAM volume", create(u"\\SystemRoot\\", u"attributes.tst", kAttribute, file, io),
           STATUS_SUCCESS);
    NtClose(file);
}

// The driver's next process knows of no lock.
void locks_are_lost() {
    HANDLE file = nullptr;
    open(u"Clerk", GENERIC_READ | GENERIC_WRITE, file);
    expect("a lock at a driver that is killed", lock(file, 0, 1, 0), STATUS_SUCCESS);
    test::kill_process(test::host_process(u"Clerk"));
    IO_STATUS_BLOCK io{};
    fill_attributes(list, kAttribute);
    expect("  is lost, and its file says so", NtSetEaFile(file, &io, list, kAttribute),
           STATUS_REINITIALIZATION_NEEDED);
    expect("  once", NtSetEaFile(file, &io, list, kAttribute), STATUS_SUCCESS);
    NtClose(file);
}

void refused() {
    HANDLE file = nullptr;
    IO_STATUS_BLOCK io{};
    expect("a driver that knows nothing of it", open(u"Null", GENERIC_READ | GENERIC_WRITE, file),
           STATUS_SUCCESS);
    expect("  no locks", lock(file, 0, 1, 0), STATUS_INVALID_DEVICE_REQUEST);
    expect("  no attributes", NtSetEaFile(file, &io, list, kAttribute), STATUS_INVALID_DEVICE_REQUEST);
    expect("  none to ask for", NtQueryEaFile(file, &io, answer, 64, FALSE, nullptr, 0, nullptr, FALSE),
           STATUS_INVALID_DEVICE_REQUEST);
    fill_quotas(list, kQuota);
    expect("  no quotas", NtSetQuotaInformationFile(file, &io, list, kQuota), STATUS_INVALID_DEVICE_REQUEST);
    expect("  and what is no list is none", NtSetEaFile(file, &io, list, 4), STATUS_EA_LIST_INCONSISTENT);
    NtClose(file);
}

}  // namespace

extern "C" VOID NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    HANDLE file = nullptr;
    NTSTATUS status = test::load_driver(u"Clerk", u"System32\\drivers\\clerk.sys");
    if (NT_SUCCESS(status)) status = open(u"Clerk", GENERIC_READ | GENERIC_WRITE, file);
    expect("a driver that keeps locks and lists is loaded", status, STATUS_SUCCESS);
    if (NT_SUCCESS(status)) {
        locks(file);
        attributes(file);
        quotas(file);
        nonsense(file);
        at_opening();
        NtClose(file);
        locks_are_lost();
        test::unload_driver(u"Clerk");
    }
    refused();
    test::end();
}
