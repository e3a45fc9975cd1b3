// SPDX-License-Identifier: GPL-3.0-only
//
// Locks, extended attributes and quotas: what the services ask of a driver that knows them, and of one that
// does not.
#include "tests/common/drivers.hpp"
#include "tests/common/report.hpp"
#include "tests/drivers/clerk/clerk.h"

namespace {

using test::check;

constexpr ULONG kLong = 2000;  // more than a request has in itself
UCHAR list[kLong];
UCHAR answer[sizeof(CLERK_ANSWER) + CLERK_LIST];

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
    expect("  ", unlock(other, 0, 1, 0), STATUS_SUCCESS);
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
    constexpr ULONG kLengths[] = {8, 700, kLong};
    for (ULONG length : kLengths) {
        IO_STATUS_BLOCK io{};
        memset(answer, 0, sizeof answer);
        expect("attributes are set", NtSetEaFile(file, &io, list, length), STATUS_SUCCESS);
        expect("  and asked for",
               NtQueryEaFile(file, &io, answer, sizeof answer, FALSE, nullptr, 0, nullptr, FALSE),
               STATUS_SUCCESS);
        check("  all of them", same_list(io, length) && how().Flags == 0 && how().ListLength == 0);
        ULONG index = 42;
        UCHAR names[900] = {9};
        NTSTATUS status = NtQueryEaFile(file, &io, answer, sizeof answer, TRUE, names, length, &index, TRUE);
        if (length > sizeof names) continue;
        expect("  by name and index", status, STATUS_SUCCESS);
        check("  as it was said",
              how().Flags == 7 && how().Index == 42 && how().ListLength == length && how().FirstByte == 9);
    }
    IO_STATUS_BLOCK io{};
    HANDLE blind = nullptr;
    open(u"Clerk", FILE_READ_DATA, blind);
    expect("attributes are not every handle's to set", NtSetEaFile(blind, &io, list, 8),
           STATUS_ACCESS_DENIED);
    expect("  nor to ask for", NtQueryEaFile(blind, &io, answer, 64, FALSE, nullptr, 0, nullptr, FALSE),
           STATUS_ACCESS_DENIED);
    expect("a driver that refuses", NtSetEaFile(file, &io, answer, sizeof answer), STATUS_EA_TOO_LARGE);
    expect("a buffer that is short", NtQueryEaFile(file, &io, answer, 8, FALSE, nullptr, 0, nullptr, FALSE),
           STATUS_BUFFER_TOO_SMALL);
    NtClose(blind);
}

void quotas(HANDLE file) {
    IO_STATUS_BLOCK io{};
    expect("quotas are set", NtSetQuotaInformationFile(file, &io, list, kLong), STATUS_SUCCESS);
    NTSTATUS status =
        NtQueryQuotaInformationFile(file, &io, answer, sizeof answer, FALSE, list, 100, nullptr, FALSE);
    expect("  and asked for", status, STATUS_SUCCESS);
    check("  by a list",
          same_list(io, kLong) && how().Flags == 0 && how().ListLength == 100 && how().FirstByte == list[0]);
    SID_IDENTIFIER_AUTHORITY nt = SECURITY_NT_AUTHORITY;
    SID first = {SID_REVISION, 1, nt, {SECURITY_AUTHENTICATED_USER_RID}};
    status = NtQueryQuotaInformationFile(file, &io, answer, sizeof answer, TRUE, nullptr, 0, &first, TRUE);
    expect("  from one on", status, STATUS_SUCCESS);
    check("  which is named", how().ListLength == 0 && how().FirstByte == 0x100 + SID_REVISION);
}

// The driver's next process knows of no lock.
void locks_are_lost() {
    HANDLE file = nullptr;
    open(u"Clerk", GENERIC_READ | GENERIC_WRITE, file);
    expect("a lock at a driver that is killed", lock(file, 0, 1, 0), STATUS_SUCCESS);
    test::kill_process(test::host_process(u"Clerk"));
    IO_STATUS_BLOCK io{};
    expect("  is lost, and its file says so", NtSetEaFile(file, &io, list, 8),
           STATUS_REINITIALIZATION_NEEDED);
    expect("  once", NtSetEaFile(file, &io, list, 8), STATUS_SUCCESS);
    NtClose(file);
}

void refused() {
    HANDLE file = nullptr;
    IO_STATUS_BLOCK io{};
    expect("a driver that knows nothing of it", open(u"Null", GENERIC_READ | GENERIC_WRITE, file),
           STATUS_SUCCESS);
    expect("  no locks", lock(file, 0, 1, 0), STATUS_INVALID_DEVICE_REQUEST);
    expect("  no attributes", NtSetEaFile(file, &io, list, 8), STATUS_INVALID_DEVICE_REQUEST);
    expect("  none to ask for", NtQueryEaFile(file, &io, answer, 64, FALSE, nullptr, 0, nullptr, FALSE),
           STATUS_INVALID_DEVICE_REQUEST);
    expect("  no quotas", NtSetQuotaInformationFile(file, &io, list, 8), STATUS_INVALID_DEVICE_REQUEST);
    NtClose(file);
}

}  // namespace

extern "C" VOID NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    HANDLE file = nullptr;
    NTSTATUS status = test::load_driver(u"Clerk", u"System32\\drivers\\clerk.sys");
    if (NT_SUCCESS(status)) status = open(u"Clerk", GENERIC_READ | GENERIC_WRITE, file);
    expect("a driver that keeps locks and lists is loaded", status, STATUS_SUCCESS);
    for (ULONG i = 0; i < kLong; i++)
        list[i] = static_cast<UCHAR>(i * 7 + 1);
    if (NT_SUCCESS(status)) {
        locks(file);
        attributes(file);
        quotas(file);
        NtClose(file);
        locks_are_lost();
        test::unload_driver(u"Clerk");
    }
    refused();
    test::end();
}
