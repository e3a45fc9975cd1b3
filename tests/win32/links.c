// SPDX-License-Identifier: GPL-3.0-only
// Hard links: several names of one file, and what deleting and moving mean for each.
#include "say.h"

static void write_text(const char* name, const char* text) {
    DWORD moved = 0;
    HANDLE file = CreateFileA(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, text, (DWORD)strlen(text), &moved, NULL);
    CloseHandle(file);
}

static void show(const char* name) {
    char text[32] = {0};
    DWORD moved = 0;
    BY_HANDLE_FILE_INFORMATION information = {0};
    HANDLE file = CreateFileA(name, GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        printf("%s: error %lu\n", name, GetLastError());
        return;
    }
    ReadFile(file, text, 31, &moved, NULL);
    GetFileInformationByHandle(file, &information);
    printf("%s: [%s], links %lu\n", name, text, information.nNumberOfLinks);
    CloseHandle(file);
}

static int same(const char* a, const char* b) {
    BY_HANDLE_FILE_INFORMATION of_a = {0}, of_b = {0};
    HANDLE first = CreateFileA(a, 0, 7, NULL, OPEN_EXISTING, 0, NULL);
    HANDLE second = CreateFileA(b, 0, 7, NULL, OPEN_EXISTING, 0, NULL);
    GetFileInformationByHandle(first, &of_a);
    GetFileInformationByHandle(second, &of_b);
    CloseHandle(first);
    CloseHandle(second);
    return of_a.nFileIndexLow == of_b.nFileIndexLow && of_a.nFileIndexHigh == of_b.nFileIndexHigh &&
           of_a.dwVolumeSerialNumber == of_b.dwVolumeSerialNumber;
}

int main(void) {
    write_text("one.txt", "first");
    YES(CreateHardLinkA("two.txt", "one.txt", NULL));
    YES(CreateHardLinkW(L"three.txt", L"two.txt", NULL));
    show("one.txt");
    show("three.txt");
    NUM(same("one.txt", "three.txt"));
    write_text("other.txt", "other");
    NUM(same("one.txt", "other.txt"));
    // What one name's bytes are, all have.
    HANDLE file = CreateFileA("two.txt", GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    DWORD moved = 0;
    WriteFile(file, "changed", 7, &moved, NULL);
    CloseHandle(file);
    show("one.txt");
    YES(CreateHardLinkA("other.txt", "one.txt", NULL));
    YES(CreateHardLinkA("new.txt", "none.txt", NULL));
    YES(CreateHardLinkA("none\\new.txt", "one.txt", NULL));
    CreateDirectoryA("folder", NULL);
    YES(CreateHardLinkA("new", "folder", NULL));
    YES(CreateHardLinkA("folder\\inside.txt", "one.txt", NULL));
    YES(DeleteFileA("one.txt"));
    show("one.txt");
    show("two.txt");
    YES(MoveFileA("two.txt", "moved.txt"));
    show("moved.txt");
    show("folder\\inside.txt");
    YES(SetFileAttributesA("moved.txt", FILE_ATTRIBUTE_READONLY));
    NUM(GetFileAttributesA("three.txt") & FILE_ATTRIBUTE_READONLY);
    YES(SetFileAttributesA("three.txt", FILE_ATTRIBUTE_NORMAL));
    YES(DeleteFileA("three.txt"));
    YES(DeleteFileA("folder\\inside.txt"));
    show("moved.txt");
    YES(DeleteFileA("moved.txt"));
    YES(DeleteFileA("other.txt"));
    YES(RemoveDirectoryA("folder"));
    return 0;
}
