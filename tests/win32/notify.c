// SPDX-License-Identifier: GPL-3.0-only
// What ReadDirectoryChangesW and FindFirstChangeNotification tell of a folder.
#include <stdio.h>
#include <windows.h>

static void make(const char* name) {
    CloseHandle(CreateFileA(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
}

static void append(const char* name) {
    DWORD moved;
    HANDLE file = CreateFileA(name, FILE_APPEND_DATA, 0, NULL, OPEN_EXISTING, 0, NULL);
    WriteFile(file, "more", 4, &moved, NULL);
    CloseHandle(file);
}

static HANDLE folder(DWORD flags) {
    return CreateFileA("watched", FILE_LIST_DIRECTORY, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                       NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | flags, NULL);
}

static void show(const DWORD* buffer, DWORD length) {
    const char* at = (const char*)buffer;
    if (length == 0) printf("look yourself\n");
    while (length != 0) {
        const FILE_NOTIFY_INFORMATION* entry = (const FILE_NOTIFY_INFORMATION*)at;
        printf("%lu %.*ls\n", entry->Action, (int)(entry->FileNameLength / 2), entry->FileName);
        if (entry->NextEntryOffset == 0) break;
        at += entry->NextEntryOffset;
    }
}

int main(void) {
    const DWORD kNames = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME;
    OVERLAPPED overlapped = {0};
    DWORD buffer[256], length = 0;
    HANDLE watch, notification;
    CreateDirectoryA("watched", NULL);
    CreateDirectoryA("watched\\sub", NULL);
    watch = folder(FILE_FLAG_OVERLAPPED);
    overlapped.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    printf("asked %d\n",
           ReadDirectoryChangesW(watch, buffer, sizeof buffer, FALSE, kNames, NULL, &overlapped, NULL));
    printf("waits %lx\n", WaitForSingleObject(overlapped.hEvent, 50));
    make("watched\\sub\\unseen");
    make("watched\\a");
    printf("told %lx, %d\n", WaitForSingleObject(overlapped.hEvent, 5000),
           GetOverlappedResult(watch, &overlapped, &length, FALSE));
    show(buffer, length);
    ReadDirectoryChangesW(watch, buffer, sizeof buffer, FALSE, kNames, NULL, &overlapped, NULL);
    CancelIo(watch);
    printf("cancelled %d", GetOverlappedResult(watch, &overlapped, &length, TRUE));
    printf(", error %lu\n", GetLastError());
    CloseHandle(watch);
    CloseHandle(overlapped.hEvent);

    // What comes between two requests is kept for the second.
    notification = FindFirstChangeNotificationA("watched", TRUE, FILE_NOTIFY_CHANGE_SIZE);
    printf("notification %lx\n", WaitForSingleObject(notification, 0));
    {
        HANDLE asked = folder(FILE_FLAG_OVERLAPPED);
        OVERLAPPED once = {0};
        once.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
        ReadDirectoryChangesW(asked, buffer, sizeof buffer, TRUE, kNames | FILE_NOTIFY_CHANGE_SIZE, NULL,
                              &once, NULL);
        MoveFileA("watched\\a", "watched\\b");
        WaitForSingleObject(once.hEvent, 5000);
        append("watched\\b");
        MoveFileA("watched\\b", "watched\\sub\\b");
        DeleteFileA("watched\\sub\\b");
        GetOverlappedResult(asked, &once, &length, TRUE);
        show(buffer, length);
        ResetEvent(once.hEvent);
        ReadDirectoryChangesW(asked, buffer, sizeof buffer, TRUE, kNames, NULL, &once, NULL);
        GetOverlappedResult(asked, &once, &length, TRUE);
        show(buffer, length);
        CloseHandle(asked);
        CloseHandle(once.hEvent);
    }
    printf("notification %lx\n", WaitForSingleObject(notification, 5000));
    FindNextChangeNotification(notification);
    printf("notification %lx\n", WaitForSingleObject(notification, 0));
    FindCloseChangeNotification(notification);

    // A buffer that is too short.
    watch = folder(FILE_FLAG_OVERLAPPED);
    overlapped.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    ReadDirectoryChangesW(watch, buffer, 16, FALSE, kNames, NULL, &overlapped, NULL);
    make("watched\\a long name");
    // TRUE by its documentation; libwine takes every status but 0 for a failure.
    GetOverlappedResult(watch, &overlapped, &length, TRUE);
    printf("short: ");
    show(buffer, length);
    CloseHandle(watch);
    CloseHandle(overlapped.hEvent);
    if (!ReadDirectoryChangesW(INVALID_HANDLE_VALUE, buffer, sizeof buffer, FALSE, kNames, &length, NULL,
                               NULL))
        printf("error %lu\n", GetLastError());
    DeleteFileA("watched\\a long name");
    DeleteFileA("watched\\sub\\unseen");
    RemoveDirectoryA("watched\\sub");
    printf("removed %d\n", RemoveDirectoryA("watched"));
    return 0;
}
