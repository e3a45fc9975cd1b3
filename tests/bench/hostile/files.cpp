// SPDX-License-Identifier: GPL-3.0-only
//
// Locks of one file and watches of one directory, by the thousand.
#include "tests/bench/hostile/hostile.hpp"

namespace hostile {

namespace {

constexpr WCHAR kDirectory[] = u"\\SystemRoot\\hostile watched";
constexpr WCHAR kFile[] = u"\\SystemRoot\\hostile watched\\file";

HANDLE open(View path, ACCESS_MASK access, ULONG disposition, ULONG options) {
    IO_STATUS_BLOCK io;
    HANDLE file = nullptr;
    app::Attributes where(path, OBJ_CASE_INSENSITIVE);
    const NTSTATUS status = NtCreateFile(&file, access | SYNCHRONIZE, where.get(), &io, nullptr, 0,
                                         FILE_SHARE_VALID_FLAGS, disposition, options, nullptr, 0);
    if (!NT_SUCCESS(status)) fail(path, status);
    return file;
}

// Disjoint ones, all given back at once by the end of the handle; shared ones of everything, that one request
// for an exclusive one meets; and many that wait for the same one.
void locks() {
    constexpr ULONG kLocks = 20'000, kWaiting = 2'000;
    static IO_STATUS_BLOCK io[kWaiting];
    constexpr ACCESS_MASK kData = FILE_READ_DATA | FILE_WRITE_DATA;
    for (int round = 0; round < 2; ++round) {
        const bool shared = round == 1;
        const HANDLE file = open(kFile, kData, FILE_OPEN_IF, 0), other = open(kFile, kData, FILE_OPEN, 0);
        for (ULONG i = 0; i < kLocks; ++i) {
            LARGE_INTEGER from, length;
            from.QuadPart = shared ? 0 : LONGLONG{i} * 2;
            length.QuadPart = shared ? INT64_MAX : 1;
            const NTSTATUS status =
                NtLockFile(file, nullptr, nullptr, nullptr, io, &from, &length, i, TRUE, !shared);
            if (!NT_SUCCESS(status)) return fail(u"lock", status);
        }
        LARGE_INTEGER all = {}, length;
        length.QuadPart = INT64_MAX;
        for (IO_STATUS_BLOCK& each : io)
            NtLockFile(other, nullptr, nullptr, nullptr, &each, &all, &length, 0, FALSE, TRUE);
        NtClose(file);  // the first of those that wait has it now
        sleep(100);
        NtClose(other);
        sleep(100);
    }
}

// Every watch is told of the same change, falls behind, and goes.
void watches() {
    constexpr ULONG kWatches = 2'000;
    static HANDLE watch[kWatches];
    static IO_STATUS_BLOCK io[kWatches];
    static UCHAR changes[1024];
    for (ULONG i = 0; i < kWatches; ++i) {
        watch[i] = open(kDirectory, FILE_LIST_DIRECTORY, FILE_OPEN, FILE_DIRECTORY_FILE);
        NtNotifyChangeDirectoryFile(watch[i], nullptr, nullptr, nullptr, &io[i], changes, sizeof changes,
                                    FILE_NOTIFY_CHANGE_FILE_NAME, i % 2);
    }
    for (ULONG i = 0; i < 300; ++i) {
        const app::Text name = numbered(u"\\SystemRoot\\hostile watched\\changes ", i);
        NtClose(open(name.view(), DELETE, FILE_CREATE, FILE_DELETE_ON_CLOSE));
    }
    sleep(100);
    for (ULONG i = 0; i < kWatches; ++i)
        NtNotifyChangeDirectoryFile(watch[i], nullptr, nullptr, nullptr, &io[i], changes, sizeof changes,
                                    FILE_NOTIFY_CHANGE_FILE_NAME, i % 2);
    for (const HANDLE each : watch)
        NtClose(each);
    sleep(100);
}

// Of one handle, ended by one cancel.
void directory_requests() {
    constexpr ULONG kRequests = 3'000;
    static IO_STATUS_BLOCK io[kRequests];
    static UCHAR changes[64];
    const HANDLE directory = open(kDirectory, FILE_LIST_DIRECTORY, FILE_OPEN, FILE_DIRECTORY_FILE);
    for (int round = 0; round < 2; ++round) {
        for (IO_STATUS_BLOCK& each : io)
            NtNotifyChangeDirectoryFile(directory, nullptr, nullptr, nullptr, &each, changes, sizeof changes,
                                        FILE_NOTIFY_CHANGE_FILE_NAME, FALSE);
        if (round == 0) NtCancelIoFile(directory, io);
    }
    NtClose(directory);
    sleep(100);
}

void within_a_directory(void (*load)()) {
    NtClose(open(kDirectory, FILE_LIST_DIRECTORY, FILE_OPEN_IF, FILE_DIRECTORY_FILE));
    load();
    if (const HANDLE file = open(kFile, DELETE, FILE_OPEN_IF, FILE_DELETE_ON_CLOSE)) NtClose(file);
    NtClose(open(kDirectory, DELETE, FILE_OPEN, FILE_DIRECTORY_FILE | FILE_DELETE_ON_CLOSE));
}

constexpr Load kLoads[] = {
    {u"file-locks", [] { within_a_directory(&locks); }},
    {u"watches", [] { within_a_directory(&watches); }},
    {u"directory-requests", [] { within_a_directory(&directory_requests); }},
};

}  // namespace

Loads file_loads() {
    return {kLoads, sizeof kLoads / sizeof kLoads[0]};
}

}  // namespace hostile
