// SPDX-License-Identifier: GPL-3.0-only
// Locks on ranges of a file: whom they keep from what, who waits for them, and with what they go.
#include <stdio.h>
#include <windows.h>

static const char kName[] = "locked.tmp";

static HANDLE open_it(DWORD flags) {
    return CreateFileA(kName, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                       OPEN_ALWAYS, flags, NULL);
}

static void lock(HANDLE file, const char* what, DWORD flags, DWORD at, DWORD length) {
    OVERLAPPED place = {0};
    place.Offset = at;
    DWORD error =
        LockFileEx(file, flags | LOCKFILE_FAIL_IMMEDIATELY, 0, length, 0, &place) ? 0 : GetLastError();
    printf("%s: error %lu\n", what, error);
}

static void unlock(HANDLE file, const char* what, DWORD at, DWORD length) {
    OVERLAPPED place = {0};
    place.Offset = at;
    DWORD error = UnlockFileEx(file, 0, length, 0, &place) ? 0 : GetLastError();
    printf("%s: error %lu\n", what, error);
}

static void touch(HANDLE file, const char* what, int writes, DWORD at, DWORD length) {
    char bytes[64] = {0};
    DWORD moved = 0, error = 0;
    SetFilePointer(file, (LONG)at, NULL, FILE_BEGIN);
    if (!(writes ? WriteFile(file, bytes, length, &moved, NULL)
                 : ReadFile(file, bytes, length, &moved, NULL)))
        error = GetLastError();
    printf("%s: error %lu, %lu bytes\n", what, error, moved);
}

static int child(void) {
    HANDLE file = open_it(0);
    touch(file, "child reads", 0, 0, 20);
    lock(file, "child locks", LOCKFILE_EXCLUSIVE_LOCK, 50, 10);
    fflush(stdout);
    // It ends with its lock.
    return 3;
}

static DWORD run_child(void) {
    STARTUPINFOA startup = {sizeof startup};
    PROCESS_INFORMATION process;
    char program[MAX_PATH], command[MAX_PATH + 16];
    DWORD code = 0;
    fflush(stdout);
    GetModuleFileNameA(NULL, program, sizeof program);
    sprintf(command, "\"%s\" child", program);
    if (!CreateProcessA(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process)) return 99;
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    return code;
}

static void waiting(HANDLE holder) {
    OVERLAPPED place = {0}, other = {0};
    DWORD unused;
    HANDLE file = open_it(FILE_FLAG_OVERLAPPED), third = open_it(FILE_FLAG_OVERLAPPED);
    place.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    other.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    lock(holder, "held", LOCKFILE_EXCLUSIVE_LOCK, 0, 10);
    LockFileEx(file, LOCKFILE_EXCLUSIVE_LOCK, 0, 5, 0, &place);
    printf("waits: error %lu, %lx\n", GetLastError(), WaitForSingleObject(place.hEvent, 50));
    // libwine's LockFileEx passes no status block, so neither CancelIoEx nor GetOverlappedResult knows this
    // one.
    other.Offset = 5;
    LockFileEx(third, 0, 0, 5, 0, &other);
    printf("waits too: error %lu\n", GetLastError());
    printf("cancelled: %d, ", CancelIo(third));
    printf("%lx\n", WaitForSingleObject(other.hEvent, 5000));
    unlock(holder, "let go", 0, 10);
    printf("granted: %lx, %d\n", WaitForSingleObject(place.hEvent, 5000),
           GetOverlappedResult(file, &place, &unused, FALSE));
    unlock(third, "not granted", 5, 5);
    touch(holder, "a part of it", 0, 0, 10);
    CloseHandle(file);
    touch(holder, "gone with its file", 0, 0, 10);
    CloseHandle(third);
    CloseHandle(place.hEvent);
    CloseHandle(other.hEvent);
}

int main(int argc, char** argv) {
    char bytes[100] = {0};
    DWORD moved;
    HANDLE one, two;
    (void)argv;
    if (argc == 2) return child();
    one = open_it(0);
    two = open_it(0);
    WriteFile(one, bytes, sizeof bytes, &moved, NULL);
    lock(one, "exclusive", LOCKFILE_EXCLUSIVE_LOCK, 10, 10);
    lock(one, "the same again", LOCKFILE_EXCLUSIVE_LOCK, 15, 1);
    lock(two, "another's over it", 0, 19, 2);
    touch(one, "its own read", 0, 0, 30);
    touch(one, "its own write", 1, 10, 10);
    touch(two, "another's read", 0, 0, 11);
    touch(two, "another's write", 1, 19, 1);
    touch(two, "beside it", 1, 20, 5);
    unlock(two, "not its own", 10, 10);
    unlock(one, "a part", 10, 5);
    printf("child: %lu\n", run_child());
    unlock(one, "all of it", 10, 10);
    unlock(one, "once more", 10, 10);
    lock(two, "after the child", LOCKFILE_EXCLUSIVE_LOCK, 50, 10);
    unlock(two, "and back", 50, 10);
    lock(one, "shared", 0, 0, 50);
    lock(two, "shared too", 0, 25, 50);
    lock(two, "exclusive over shared", LOCKFILE_EXCLUSIVE_LOCK, 10, 1);
    touch(two, "read under both", 0, 25, 10);
    touch(one, "write under its own", 1, 0, 1);
    unlock(one, "one", 0, 50);
    unlock(two, "two", 25, 50);
    waiting(one);
    CloseHandle(one);
    CloseHandle(two);
    DeleteFileA(kName);
    return 0;
}
