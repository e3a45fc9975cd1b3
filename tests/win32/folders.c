// SPDX-License-Identifier: GPL-3.0-only
// runtime: ucrt
// Folders of thousands of files and many levels: made, walked in several ways, changed meanwhile, removed.
// Wine 8.0 is wrong where `?` meets a dot: there it stands for no character.
#include "say.h"

#define FILES 1500

static void make(void) {
    char name[64];
    int failed = 0;
    YES(CreateDirectoryA("many", NULL));
    for (int i = 0; i < FILES; i++) {
        HANDLE file;
        sprintf(name, "many\\file number %d.%s", i, i % 3 ? "txt" : "data");
        file = CreateFileA(name, GENERIC_WRITE, 0, NULL, CREATE_NEW, i % 5 ? 0 : FILE_ATTRIBUTE_HIDDEN, NULL);
        failed += file == INVALID_HANDLE_VALUE;
        if (i % 100 == 0) {
            DWORD moved;
            WriteFile(file, name, (DWORD)i / 100, &moved, NULL);
        }
        CloseHandle(file);
    }
    NUM(failed);
}

// What a walk with these flags finds; each name once.
static void walk(const char* pattern, FINDEX_INFO_LEVELS level, FINDEX_SEARCH_OPS operation, DWORD flags) {
    static unsigned char seen[FILES];
    WIN32_FIND_DATAA data;
    unsigned found = 0, hidden = 0, twice = 0, others = 0;
    ULONGLONG bytes = 0;
    HANDLE search = FindFirstFileExA(pattern, level, &data, operation, NULL, flags);
    memset(seen, 0, sizeof seen);
    if (search == INVALID_HANDLE_VALUE) {
        printf("%s: error %lu\n", pattern, GetLastError());
        return;
    }
    do {
        int number;
        if (sscanf(data.cFileName, "file number %d.", &number) != 1 || number >= FILES) {
            others++;
            continue;
        }
        twice += seen[number]++;
        found++;
        hidden += (data.dwFileAttributes & FILE_ATTRIBUTE_HIDDEN) != 0;
        bytes += data.nFileSizeLow;
        if (level == FindExInfoBasic && data.cAlternateFileName[0])
            printf("short name %s\n", data.cAlternateFileName);
    } while (FindNextFileA(search, &data));
    printf("%s: %u, others %u, twice %u, hidden %u, bytes %llu, end %lu\n", pattern, found, others, twice,
           hidden, bytes, GetLastError());
    YES(FindClose(search));
}

static void by_handle(void) {
    HANDLE folder =
        CreateFileA("many", FILE_LIST_DIRECTORY, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                    OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    static union {
        FILE_ID_BOTH_DIR_INFO info;
        char room[4096];
    } some;
    unsigned found = 0, no_id = 0, turns = 0;
    FILE_INFO_BY_HANDLE_CLASS kind = FileIdBothDirectoryRestartInfo;
    while (GetFileInformationByHandleEx(folder, kind, &some, sizeof some)) {
        FILE_ID_BOTH_DIR_INFO* at = &some.info;
        kind = FileIdBothDirectoryInfo;
        turns++;
        for (;;) {
            found++;
            no_id += at->FileId.QuadPart == 0;
            if (!at->NextEntryOffset) break;
            at = (FILE_ID_BOTH_DIR_INFO*)((char*)at + at->NextEntryOffset);
        }
    }
    printf("by handle: %u, without a number %u, several turns %d, end %lu\n", found, no_id, turns > 10,
           GetLastError());
    YES(GetFileInformationByHandleEx(folder, FileIdBothDirectoryRestartInfo, &some, 50));
    CloseHandle(folder);
}

// Files are removed while they are found, as everybody does: none is left.
static void remove_all(void) {
    WIN32_FIND_DATAA data;
    unsigned removed = 0, turns = 0;
    for (; turns < 10; turns++) {
        HANDLE search = FindFirstFileA("many\\*", &data);
        unsigned before = removed;
        do {
            char name[MAX_PATH + 8];
            sprintf(name, "many\\%s", data.cFileName);
            removed += data.cFileName[0] != '.' && DeleteFileA(name);
        } while (FindNextFileA(search, &data));
        FindClose(search);
        if (removed == before) break;
    }
    NUM(removed);
    NUM(turns);
    YES(RemoveDirectoryA("many"));
    YES(RemoveDirectoryA("many"));
}

static int depth_of(wchar_t* path, int depth) {
    WIN32_FIND_DATAW data;
    wchar_t* end = path + wcslen(path);
    HANDLE search;
    int deepest = depth;
    wcscpy(end, L"\\*");
    search = FindFirstFileW(path, &data);
    if (search == INVALID_HANDLE_VALUE) return -1;
    do {
        int below;
        if (data.cFileName[0] == L'.' || !(data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)) continue;
        end[1] = 0;
        wcscat(end, data.cFileName);
        below = depth_of(path, depth + 1);
        if (below > deepest) deepest = below;
    } while (FindNextFileW(search, &data));
    FindClose(search);
    *end = 0;
    if (!RemoveDirectoryW(path)) printf("depth %d: error %lu\n", depth, GetLastError());
    return deepest;
}

// Deeper than MAX_PATH: with the prefix that takes paths as they are.
static void deep(void) {
    static wchar_t path[8000], part[32];
    int made = 0;
    wcscpy(path, L"\\\\?\\");
    GetCurrentDirectoryW(MAX_PATH, path + 4);
    wcscat(path, L"\\deep");
    YES(CreateDirectoryW(path, NULL));
    for (int i = 0; i < 40; i++) {
        swprintf(part, 32, L"\\level number %d", i);
        wcscat(path, part);
        made += CreateDirectoryW(path, NULL);
    }
    NUM(made);
    NUM(GetFileAttributesW(path + 4) != INVALID_FILE_ATTRIBUTES);
    NUM(GetFileAttributesW(path) == FILE_ATTRIBUTE_DIRECTORY);
    YES(RemoveDirectoryA("deep"));
    *wcsstr(path, L"\\level number 0") = 0;
    NUM(depth_of(path, 0));
    NUM(GetFileAttributesA("deep"));
}

int main(void) {
    make();
    walk("many\\*", FindExInfoStandard, FindExSearchNameMatch, 0);
    walk("many\\*", FindExInfoBasic, FindExSearchNameMatch, FIND_FIRST_EX_LARGE_FETCH);
    walk("many\\*.DATA", FindExInfoBasic, FindExSearchNameMatch, FIND_FIRST_EX_LARGE_FETCH);
    walk("many\\*7?.txt", FindExInfoStandard, FindExSearchNameMatch, 0);
    walk("many\\*", FindExInfoStandard, FindExSearchLimitToDirectories, 0);
    walk("many\\file number 12.data", FindExInfoBasic, FindExSearchNameMatch, 0);
    walk("many\\none", FindExInfoBasic, FindExSearchNameMatch, 0);
    walk("none\\*", FindExInfoBasic, FindExSearchNameMatch, 0);
    walk("many\\", FindExInfoBasic, FindExSearchNameMatch, 0);
    walk("many\\*", FindExInfoMaxInfoLevel, FindExSearchNameMatch, 0);
    walk("many\\*", FindExInfoBasic, FindExSearchMaxSearchOp, 0);
    by_handle();
    remove_all();
    deep();
    return 0;
}
