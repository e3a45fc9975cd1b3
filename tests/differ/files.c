// SPDX-License-Identifier: GPL-3.0-only
// Files: dispositions, options, information, directories, rename, delete, locks, short lengths.
#include "differ.h"

enum { SUPERSEDE, OPEN, CREATE, OPEN_OR, OVERWRITE, OVERWRITE_OR };
enum { DIRECTORY = 1, SYNC = 0x20, PLAIN = 0x40, ON_CLOSE = 0x1000 };
enum { ALL_SHARED = 7 };
static IO_STATUS_BLOCK io;
static HANDLE file;

static NTSTATUS open_as(const char* label, const wchar_t* name, ULONG access, ULONG share, ULONG how,
                        ULONG options) {
    file = NULL;
    memset(&io, 0xee, sizeof io);
    NTSTATUS status =
        QUIET(NtCreateFile, &file, access | SYNCHRONIZE, attributes(nt_path(name), OBJ_CASE_INSENSITIVE), &io,
              NULL, FILE_ATTRIBUTE_NORMAL, share, how, options | SYNC, NULL, 0);
    if (label && status >= 0)
        line(label, "%08lx, information %llx", (ULONG)status, (unsigned long long)io.Information);
    else if (label)
        line(label, "%08lx", (ULONG)status);
    return status;
}

static HANDLE made(const wchar_t* name, const char* data) {
    open_as(NULL, name, FILE_ALL_ACCESS, ALL_SHARED, OVERWRITE_OR, PLAIN);
    if (*data) QUIET(NtWriteFile, file, NULL, NULL, NULL, &io, data, strlen(data), NULL, NULL);
    return file;
}

PROGRAM(dispositions) {
    static const char* names[] = {"supersede",      "open",      "create",
                                  "open or create", "overwrite", "overwrite or create"};
    char label[60];
    for (ULONG how = 0; how < 6; how++) {
        sprintf(label, "%s, absent", names[how]);
        open_as(label, L"none", FILE_ALL_ACCESS, 0, how, PLAIN);
        if (file) NtClose(file);
        DeleteFileA("none");
    }
    for (ULONG how = 0; how < 6; how++) {
        NtClose(made(L"there", "text"));
        sprintf(label, "%s, there", names[how]);
        open_as(label, L"there", FILE_ALL_ACCESS, 0, how, PLAIN);
        NUM("size", file ? GetFileSize(file, NULL) : 99);
        if (file) NtClose(file);
    }
    open_as("disposition 6", L"there", FILE_ALL_ACCESS, 0, 6, PLAIN);
}

PROGRAM(bad_options) {
    open_as("directory and not", L"x", FILE_ALL_ACCESS, 0, OPEN_OR, DIRECTORY | PLAIN);
    open_as("directory superseded", L"x", FILE_ALL_ACCESS, 0, SUPERSEDE, DIRECTORY);
    open_as("directory overwritten", L"x", FILE_ALL_ACCESS, 0, OVERWRITE, DIRECTORY);
    open_as("both kinds of synchronous", L"x", FILE_ALL_ACCESS, 0, OPEN_OR, 0x10);
    open_as("delete on close without DELETE", L"x", FILE_READ_DATA, 0, OPEN_OR, ON_CLOSE);
    open_as("unknown option", L"x", FILE_ALL_ACCESS, 0, OPEN_OR, 0x80000000);
    open_as("unknown share", L"x", FILE_ALL_ACCESS, 8, OPEN_OR, 0);
    open_as("no buffering and append", L"x", FILE_APPEND_DATA, 0, OPEN_OR, 8);
    ST("synchronous without SYNCHRONIZE", NtCreateFile, &file, FILE_READ_DATA, attributes(nt_path(L"x"), 0),
       &io, NULL, 0x80, 0, OPEN_OR, SYNC, NULL, 0);
    ST("bad attributes", NtCreateFile, &file, FILE_READ_DATA | SYNCHRONIZE, attributes(nt_path(L"x"), 0), &io,
       NULL, 0x80000000, 0, OPEN_OR, SYNC, NULL, 0);
    ST("no access", NtCreateFile, &file, 0, attributes(nt_path(L"x"), 0), &io, NULL, 0x80, 0, OPEN_OR, 0,
       NULL, 0);
    ST("no status block", NtCreateFile, &file, FILE_READ_DATA, attributes(nt_path(L"x"), 0), NULL, NULL, 0x80,
       0, OPEN_OR, 0, NULL, 0);
}

PROGRAM(bad_paths) {
    open_as("slash", L"a/b", FILE_READ_DATA, 0, OPEN, 0);
    open_as("no folder", L"none\\file", FILE_READ_DATA, 0, OPEN, 0);
    open_as("star", L"a*", FILE_ALL_ACCESS, 0, CREATE, 0);
    open_as("question", L"a?", FILE_ALL_ACCESS, 0, OPEN, 0);
    open_as("less", L"a<b", FILE_ALL_ACCESS, 0, CREATE, 0);
    open_as("quote", L"a\"b", FILE_ALL_ACCESS, 0, OPEN, 0);
    open_as("control", L"a\tb", FILE_ALL_ACCESS, 0, CREATE, 0);
    open_as("bar", L"a|b", FILE_ALL_ACCESS, 0, CREATE, 0);
    open_as("trailing backslash, absent", L"none\\", FILE_READ_DATA, 0, OPEN, 0);
    NtClose(made(L"plain", "x"));
    open_as("trailing backslash, file", L"plain\\", FILE_READ_DATA, 0, OPEN, 0);
    open_as("below a file", L"plain\\x", FILE_READ_DATA, 0, OPEN, 0);
    open_as("dot", L".", FILE_READ_DATA, 0, OPEN, 0);
    open_as("dot dot", L"..", FILE_READ_DATA, 0, OPEN, 0);
    open_as("doubled", L"\\plain", FILE_READ_DATA, 0, OPEN, 0);
    open_as("trailing blank", L"plain ", FILE_READ_DATA, 0, OPEN, 0);
    open_as("trailing dot", L"plain.", FILE_READ_DATA, 0, OPEN, 0);
    open_as("directory asked", L"plain", FILE_READ_DATA, 0, OPEN, DIRECTORY);
    open_as("file asked", L"", FILE_READ_DATA, 0, OPEN, PLAIN);
    ST("relative", NtOpenFile, &file, FILE_READ_DATA, attributes(L"plain", 0), &io, 0, 0);
    ST("empty", NtOpenFile, &file, FILE_READ_DATA, attributes(L"", 0), &io, 0, 0);
    ST("no drive", NtOpenFile, &file, FILE_READ_DATA, attributes(L"\\??\\Q:\\x", 0), &io, 0, 0);
    ST("no root", NtOpenFile, &file, FILE_READ_DATA, attributes(L"\\Nothing\\x", 0), &io, 0, 0);
    ST("of a directory object", NtOpenFile, &file, FILE_READ_DATA, attributes(L"\\BaseNamedObjects", 0), &io,
       0, 0);
    wchar_t longest[300];
    wmemset(longest, 'a', 299);
    longest[299] = 0;
    open_as("299 characters", longest, FILE_ALL_ACCESS, 0, CREATE, 0);
    longest[255] = 0;
    open_as("255 characters", longest, FILE_ALL_ACCESS, 0, CREATE, ON_CLOSE);
}

PROGRAM(sharing) {
    static const ULONG accesses[] = {FILE_READ_DATA,       FILE_WRITE_DATA, DELETE,
                                     FILE_READ_ATTRIBUTES, FILE_EXECUTE,    FILE_APPEND_DATA};
    NtClose(made(L"shared", "text"));
    for (ULONG share = 0; share < 8; share++) {
        char text[40] = "";
        open_as(NULL, L"shared", FILE_READ_DATA, share, OPEN, PLAIN);
        HANDLE first = file;
        for (int i = 0; i < 6; i++) {
            strcat(text, open_as(NULL, L"shared", accesses[i], ALL_SHARED, OPEN, PLAIN) >= 0 ? "y" : "n");
            if (file) NtClose(file);
        }
        line("others", "%s", text);
        NtClose(first);
    }
    open_as(NULL, L"shared", FILE_READ_DATA, 1, OPEN, PLAIN);
    open_as("first not shared for", L"shared", FILE_READ_DATA, 2, OPEN, PLAIN);
    open_as("overwrite", L"shared", FILE_READ_DATA, ALL_SHARED, OVERWRITE, PLAIN);
}

PROGRAM(information_lengths) {
    static const struct {
        const char* name;
        ULONG number, length;
    } classes[] = {{"basic", 4, 40},    {"standard", 5, 24}, {"internal", 6, 8},      {"ea", 7, 4},
                   {"access", 8, 4},    {"position", 14, 8}, {"mode", 16, 4},         {"alignment", 17, 4},
                   {"network", 34, 56}, {"tag", 35, 8},      {"compression", 28, 16}, {"io priority", 43, 4},
                   {"id", 59, 24}};
    char buffer[200];
    made(L"file", "text");
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        NTSTATUS status =
            QUIET(NtQueryInformationFile, file, &io, buffer, classes[i].length, classes[i].number);
        line(classes[i].name, "%08lx, %llu", (ULONG)status, (unsigned long long)io.Information);
        char label[40];
        sprintf(label, "%s, short", classes[i].name);
        ST(label, NtQueryInformationFile, file, &io, buffer, classes[i].length - 1, classes[i].number);
        sprintf(label, "%s, long", classes[i].name);
        status = QUIET(NtQueryInformationFile, file, &io, buffer, classes[i].length + 8, classes[i].number);
        line(label, "%08lx, %llu", (ULONG)status, (unsigned long long)io.Information);
    }
    ST("class 0", NtQueryInformationFile, file, &io, buffer, 100, 0);
    ST("class 10", NtQueryInformationFile, file, &io, buffer, 100, 10);
    ST("class 99", NtQueryInformationFile, file, &io, buffer, 100, 99);
    ST("bad handle", NtQueryInformationFile, 0x9998, &io, buffer, 100, 4);
    ST("not a file", NtQueryInformationFile, SELF, &io, buffer, 100, 4);
}

PROGRAM(information_rights) {
    static const ULONG numbers[] = {4, 5, 6, 7, 8, 14, 16, 17, 18, 34, 35};
    ULONGLONG buffer[200];
    NtClose(made(L"file", "text"));
    open_as(NULL, L"file", 0, ALL_SHARED, OPEN, PLAIN);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char label[40];
        sprintf(label, "class %lu", numbers[i]);
        ST(label, NtQueryInformationFile, file, &io, buffer, numbers[i] == 18 ? sizeof buffer : 56,
           numbers[i]);
    }
    ULONGLONG size = 2;
    ST("set size", NtSetInformationFile, file, &io, &size, 8, 20);
    ST("set position", NtSetInformationFile, file, &io, &size, 8, 14);
    UCHAR remove = 1;
    ST("set disposition", NtSetInformationFile, file, &io, &remove, 1, 13);
    ST("read", NtReadFile, file, NULL, NULL, NULL, &io, buffer, 4, NULL, NULL);
    ST("write", NtWriteFile, file, NULL, NULL, NULL, &io, buffer, 4, NULL, NULL);
}

PROGRAM(end_of_file) {
    LARGE_INTEGER size = {.QuadPart = 100}, at = {.QuadPart = 0};
    struct {
        LARGE_INTEGER allocation, end;
        ULONG links;
        BOOLEAN pending, directory;
    } standard;
    char buffer[200];
    made(L"file", "text");
    ST("longer", NtSetInformationFile, file, &io, &size, 8, 20);
    QUIET(NtQueryInformationFile, file, &io, &standard, 24, 5);
    NUM("end", standard.end.QuadPart);
    NUM("allocation covers", standard.allocation.QuadPart >= standard.end.QuadPart);
    NUM("links", standard.links);
    ST("read", NtReadFile, file, NULL, NULL, NULL, &io, buffer, 200, &at, NULL);
    NUM("length", io.Information);
    NUM("zero", buffer[50]);
    at.QuadPart = 100;
    ST("at the end", NtReadFile, file, NULL, NULL, NULL, &io, buffer, 10, &at, NULL);
    NUM("information", io.Information);
    ST("nothing at the end", NtReadFile, file, NULL, NULL, NULL, &io, buffer, 0, &at, NULL);
    size.QuadPart = -1;
    ST("negative", NtSetInformationFile, file, &io, &size, 8, 20);
    size.QuadPart = 3;
    ST("short length", NtSetInformationFile, file, &io, &size, 7, 20);
    ST("allocation", NtSetInformationFile, file, &io, &size, 8, 19);
    QUIET(NtQueryInformationFile, file, &io, &standard, 24, 5);
    NUM("end after", standard.end.QuadPart);
    at.QuadPart = -1;
    ST("append", NtWriteFile, file, NULL, NULL, NULL, &io, "xy", 2, &at, NULL);
    QUIET(NtQueryInformationFile, file, &io, &standard, 24, 5);
    NUM("end appended", standard.end.QuadPart);
    at.QuadPart = -2;
    ST("current position", NtReadFile, file, NULL, NULL, NULL, &io, buffer, 2, &at, NULL);
    at.QuadPart = -3;
    ST("bad offset", NtReadFile, file, NULL, NULL, NULL, &io, buffer, 2, &at, NULL);
    ST("bad offset written", NtWriteFile, file, NULL, NULL, NULL, &io, buffer, 2, &at, NULL);
}

PROGRAM(position) {
    LARGE_INTEGER at = {.QuadPart = 2};
    char buffer[8];
    made(L"file", "0123456789");
    QUIET(NtQueryInformationFile, file, &io, &at, 8, 14);
    NUM("after the write", at.QuadPart);
    at.QuadPart = 2;
    ST("set", NtSetInformationFile, file, &io, &at, 8, 14);
    ST("read", NtReadFile, file, NULL, NULL, NULL, &io, buffer, 3, NULL, NULL);
    QUIET(NtQueryInformationFile, file, &io, &at, 8, 14);
    NUM("moved", at.QuadPart);
    at.QuadPart = 7;
    QUIET(NtReadFile, file, NULL, NULL, NULL, &io, buffer, 1, &at, NULL);
    QUIET(NtQueryInformationFile, file, &io, &at, 8, 14);
    NUM("moved by an offset", at.QuadPart);
    at.QuadPart = -5;
    ST("negative", NtSetInformationFile, file, &io, &at, 8, 14);
    at.QuadPart = 1000;
    ST("beyond", NtSetInformationFile, file, &io, &at, 8, 14);
    ST("read there", NtReadFile, file, NULL, NULL, NULL, &io, buffer, 1, NULL, NULL);
    ST("write there", NtWriteFile, file, NULL, NULL, NULL, &io, buffer, 1, NULL, NULL);
    NUM("size", GetFileSize(file, NULL));
    ST("key and bad buffer", NtReadFile, file, NULL, NULL, NULL, &io, 8, 4, &at, NULL);
}

static NTSTATUS rename_to(const char* label, HANDLE root, const wchar_t* name, int replace, int number) {
    struct {
        ULONG replace;
        HANDLE root;
        ULONG length;
        WCHAR name[300];
    } info = {replace, root, (ULONG)wcslen(name) * 2};
    wcscpy(info.name, name);
    return ST(label, NtSetInformationFile, file, &io, &info, 20 + info.length, number);
}

PROGRAM(renaming) {
    HANDLE folder;
    CreateDirectoryA("folder", NULL);
    open_as(NULL, L"folder", FILE_LIST_DIRECTORY, ALL_SHARED, OPEN, DIRECTORY);
    folder = file;
    NtClose(made(L"other", "x"));
    made(L"file", "text");
    rename_to("simple", NULL, L"simple", 0, 10);
    NUM("old", GetFileAttributesA("file") != INVALID_FILE_ATTRIBUTES);
    NUM("new", GetFileAttributesA("simple") != INVALID_FILE_ATTRIBUTES);
    rename_to("onto another", NULL, nt_path(L"other"), 0, 10);
    rename_to("replacing", NULL, nt_path(L"other"), 1, 10);
    rename_to("onto a folder", NULL, nt_path(L"folder"), 1, 10);
    rename_to("into a folder", folder, L"inside", 0, 10);
    rename_to("no folder", NULL, nt_path(L"none\\x"), 0, 10);
    rename_to("itself", NULL, nt_path(L"folder\\inside"), 0, 10);
    rename_to("case", NULL, nt_path(L"folder\\INSIDE"), 0, 10);
    rename_to("bad name", NULL, nt_path(L"a*"), 0, 10);
    rename_to("relative with a path", NULL, L"folder\\x", 0, 10);
    rename_to("empty", NULL, L"", 0, 10);
    rename_to("other drive", NULL, L"\\??\\Q:\\x", 0, 10);
    HANDLE without = NULL;
    NtClose(file);
    open_as(NULL, L"folder\\inside", FILE_READ_DATA, ALL_SHARED, OPEN, PLAIN);
    rename_to("without DELETE", NULL, nt_path(L"y"), 0, 10);
    ST("short", NtSetInformationFile, file, &io, &without, 8, 10);
    open_as(NULL, L"folder", DELETE, ALL_SHARED, OPEN, DIRECTORY);
    rename_to("folder with an open file", NULL, nt_path(L"moved"), 0, 10);
}

PROGRAM(hard_links) {
    made(L"file", "text");
    rename_to("link", NULL, nt_path(L"linked"), 0, 11);
    rename_to("again", NULL, nt_path(L"linked"), 0, 11);
    rename_to("replacing", NULL, nt_path(L"linked"), 1, 11);
    ULONG standard[6];
    QUIET(NtQueryInformationFile, file, &io, standard, 24, 5);
    NUM("links", standard[4]);
    CreateDirectoryA("folder", NULL);
    open_as(NULL, L"folder", FILE_READ_ATTRIBUTES, ALL_SHARED, OPEN, DIRECTORY);
    rename_to("of a folder", NULL, nt_path(L"again"), 0, 11);
    DeleteFileA("file");
    NUM("other name stays", GetFileAttributesA("linked") != INVALID_FILE_ATTRIBUTES);
}

PROGRAM(deleting) {
    UCHAR remove = 1;
    HANDLE other;
    NtClose(made(L"file", "x"));
    open_as(NULL, L"file", DELETE, ALL_SHARED, OPEN, PLAIN);
    ST("delete", NtSetInformationFile, file, &io, &remove, 1, 13);
    other = file;
    open_as("pending", L"file", FILE_READ_DATA, ALL_SHARED, OPEN, PLAIN);
    open_as("made again", L"file", FILE_READ_DATA, ALL_SHARED, CREATE, PLAIN);
    file = other;
    UCHAR standard[24];
    QUIET(NtQueryInformationFile, file, &io, standard, 24, 5);
    NUM("pending", standard[20]);
    remove = 0;
    ST("not after all", NtSetInformationFile, file, &io, &remove, 1, 13);
    NtClose(file);
    open_as("there", L"file", DELETE, ALL_SHARED, OPEN, ON_CLOSE);
    remove = 0;
    ST("does not take it back", NtSetInformationFile, file, &io, &remove, 1, 13);
    NtClose(file);
    NUM("gone", GetFileAttributesA("file") == INVALID_FILE_ATTRIBUTES);
    CreateDirectoryA("folder", NULL);
    CreateDirectoryA("folder\\inner", NULL);
    remove = 1;
    open_as(NULL, L"folder", DELETE, ALL_SHARED, OPEN, DIRECTORY);
    ST("not empty", NtSetInformationFile, file, &io, &remove, 1, 13);
    NtClose(file);
    NtClose(made(L"read", "x"));
    SetFileAttributesA("read", FILE_ATTRIBUTE_READONLY);
    open_as("read-only", L"read", DELETE, ALL_SHARED, OPEN, PLAIN);
    ST("its delete", NtSetInformationFile, file, &io, &remove, 1, 13);
    ULONG flags = 0x13;
    ST("with flags", NtSetInformationFile, file, &io, &flags, 4, 64);
    NtClose(file);
    open_as("written", L"read", FILE_WRITE_DATA, ALL_SHARED, OPEN, PLAIN);
    open_as("on close", L"read", DELETE, ALL_SHARED, OPEN, ON_CLOSE);
    ST("by name", NtDeleteFile, attributes(nt_path(L"none"), 0));
    ST("open and written", NtSetInformationFile, file, &io, &flags, 4, 13);
}

PROGRAM(delete_win32) {
    NtClose(made(L"file", "x"));
    WIN("absent", DeleteFileA("none"));
    WIN("no folder", DeleteFileA("none\\x"));
    WIN("folder as file", CreateDirectoryA("folder", NULL) && DeleteFileA("folder"));
    WIN("file as folder", RemoveDirectoryA("file"));
    WIN("again", CreateDirectoryA("folder", NULL));
    WIN("over a file", CreateDirectoryA("file", NULL));
    WIN("in no folder", CreateDirectoryA("none\\x", NULL));
    WIN("not empty", CreateDirectoryA("folder\\x", NULL) && RemoveDirectoryA("folder"));
    WIN("empty name", DeleteFileA(""));
    WIN("move onto", MoveFileA("folder", "file"));
    WIN("move", MoveFileExA("file", "folder\\y", 0));
    WIN("move folder onto file", MoveFileExA("folder\\x", "folder\\y", MOVEFILE_REPLACE_EXISTING));
    WIN("copy onto", CopyFileA("folder\\y", "folder\\y", FALSE));
    WIN("copy absent", CopyFileA("none", "z", FALSE));
    WIN("copy", CopyFileA("folder\\y", "z", TRUE));
    WIN("copy again", CopyFileA("folder\\y", "z", TRUE));
}

PROGRAM(byte_locks) {
    LARGE_INTEGER at = {.QuadPart = 0}, length = {.QuadPart = 4}, none = {.QuadPart = 0};
    char buffer[8];
    made(L"file", "0123456789");
    HANDLE first = file;
    ST("lock", NtLockFile, first, NULL, NULL, NULL, &io, &at, &length, 0, 1, 1);
    ST("overlap", NtLockFile, first, NULL, NULL, NULL, &io, &at, &length, 0, 1, 1);
    ST("zero length", NtLockFile, first, NULL, NULL, NULL, &io, &at, &none, 0, 1, 1);
    open_as("second", L"file", GENERIC_READ | GENERIC_WRITE, ALL_SHARED, OPEN, PLAIN);
    ST("by another", NtLockFile, file, NULL, NULL, NULL, &io, &at, &length, 0, 1, 0);
    ST("its read", NtReadFile, file, NULL, NULL, NULL, &io, buffer, 4, &at, NULL);
    ST("its write", NtWriteFile, file, NULL, NULL, NULL, &io, buffer, 4, &at, NULL);
    ST("own read", NtReadFile, first, NULL, NULL, NULL, &io, buffer, 4, &at, NULL);
    at.QuadPart = 4;
    ST("read beside", NtReadFile, file, NULL, NULL, NULL, &io, buffer, 4, &at, NULL);
    ST("unlock none", NtUnlockFile, first, &io, &at, &length, 0);
    ST("shared", NtLockFile, first, NULL, NULL, NULL, &io, &at, &length, 0, 1, 0);
    ST("shared too", NtLockFile, file, NULL, NULL, NULL, &io, &at, &length, 0, 1, 0);
    ST("own write", NtWriteFile, first, NULL, NULL, NULL, &io, buffer, 1, &at, NULL);
    length.QuadPart = 2;
    ST("unlock a part", NtUnlockFile, first, &io, &at, &length, 0);
    at.QuadPart = -4;
    length.QuadPart = 10;
    ST("wraps", NtLockFile, first, NULL, NULL, NULL, &io, &at, &length, 0, 1, 1);
    open_as(NULL, L"file", FILE_READ_ATTRIBUTES, ALL_SHARED, OPEN, PLAIN);
    ST("without rights", NtLockFile, file, NULL, NULL, NULL, &io, &none, &length, 0, 1, 1);
}

PROGRAM(times_and_attributes) {
    struct {
        LARGE_INTEGER times[4];
        ULONG attributes;
    } basic = {0}, got;
    made(L"file", "x");
    basic.times[0].QuadPart = 1000000000000;
    ST("set one", NtSetInformationFile, file, &io, &basic, 40, 4);
    QUIET(NtQueryInformationFile, file, &io, &got, 40, 4);
    NUM("time kept", got.times[0].QuadPart == 1000000000000);
    HEX("attributes", got.attributes);
    basic.times[0].QuadPart = -3;
    ST("bad time", NtSetInformationFile, file, &io, &basic, 40, 4);
    basic.times[0].QuadPart = 0;
    static const ULONG tried[] = {0x80,  1,      2,      4,      0x20, 0x10, 0x100,
                                  0x800, 0x1000, 0x2000, 0x4000, 0x81, 0x27};
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        basic.attributes = tried[i];
        char label[30];
        sprintf(label, "attributes %lx", tried[i]);
        NTSTATUS status = QUIET(NtSetInformationFile, file, &io, &basic, 40, 4);
        QUIET(NtQueryInformationFile, file, &io, &got, 40, 4);
        line(label, "%08lx, %lx", (ULONG)status, got.attributes);
    }
    ST("short", NtSetInformationFile, file, &io, &basic, 39, 4);
    basic.attributes = 0x10;
    CreateDirectoryA("folder", NULL);
    open_as(NULL, L"folder", FILE_WRITE_ATTRIBUTES | FILE_READ_ATTRIBUTES, ALL_SHARED, OPEN, DIRECTORY);
    ST("folder", NtSetInformationFile, file, &io, &basic, 40, 4);
    basic.attributes = 0x100;
    ST("temporary folder", NtSetInformationFile, file, &io, &basic, 40, 4);
}
