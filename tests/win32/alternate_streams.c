// SPDX-License-Identifier: GPL-3.0-only
// Named streams of files, `file:stream`. Debian's wine has none on a Linux volume: the documentation decides.
#include "say.h"

static void write_text(const char* name, const char* text) {
    DWORD moved = 0;
    HANDLE file = CreateFileA(name, GENERIC_WRITE, 7, NULL, CREATE_ALWAYS, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        printf("%s: error %lu\n", name, GetLastError());
        return;
    }
    WriteFile(file, text, (DWORD)strlen(text), &moved, NULL);
    CloseHandle(file);
}

static void show(const char* name) {
    char text[32] = {0};
    DWORD moved = 0;
    HANDLE file = CreateFileA(name, GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        printf("%s: error %lu\n", name, GetLastError());
        return;
    }
    ReadFile(file, text, 31, &moved, NULL);
    printf("%s: [%s], %lu bytes\n", name, text, GetFileSize(file, NULL));
    CloseHandle(file);
}

static void list(const char* name) {
    union {
        FILE_STREAM_INFO first;
        BYTE bytes[1024];
    } streams;
    HANDLE file = CreateFileA(name, GENERIC_READ, 7, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    FILE_STREAM_INFO* stream = &streams.first;
    BOOL done = GetFileInformationByHandleEx(file, FileStreamInfo, &streams, sizeof streams);
    CloseHandle(file);
    if (!done) {
        printf("%s: no streams, error %lu\n", name, GetLastError());
        return;
    }
    for (;; stream = (void*)((BYTE*)stream + stream->NextEntryOffset)) {
        printf("%s has [%.*ls], %lld bytes\n", name, (int)(stream->StreamNameLength / 2), stream->StreamName,
               (long long)stream->StreamSize.QuadPart);
        if (!stream->NextEntryOffset) return;
    }
}

int main(void) {
    write_text("t.txt", "main");
    write_text("t.txt:one", "the first");
    write_text("t.txt:two:$DATA", "2");
    show("t.txt");
    show("T.TXT::$DATA");
    show("t.txt:ONE");
    show("t.txt:none");
    list("t.txt");
    // Types that there are none of, and no names.
    show("t.txt:one:$FOO");
    show("t.txt:");
    show("t.txt:one:$DATA:x");
    // A file that is made by the name of its stream.
    write_text("new.txt:zone", "3");
    list("new.txt");
    show("new.txt");
    CreateDirectoryA("folder", NULL);
    write_text("folder:stream", "of a folder");
    show("folder:stream");
    list("folder");
    // One of them goes.
    YES(DeleteFileA("t.txt:one"));
    list("t.txt");
    // Whoever makes a file anew makes it without what it had.
    write_text("t.txt", "anew");
    list("t.txt");
    // They move with their file.
    YES(MoveFileA("new.txt", "moved.txt"));
    show("moved.txt:zone");
    YES(DeleteFileA("moved.txt"));
    show("moved.txt:zone");
    YES(DeleteFileA("t.txt"));
    YES(RemoveDirectoryA("folder"));
    return 0;
}
