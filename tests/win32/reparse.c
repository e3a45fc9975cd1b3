// SPDX-License-Identifier: GPL-3.0-only
// Reparse points: symbolic links and junctions that DeviceIoControl sets, where they lead, and what is seen
// of them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <winioctl.h>
#include <winternl.h>

// Itself, not what it leads to: libwine's CreateFile knows no FILE_FLAG_OPEN_REPARSE_POINT.
static HANDLE open_itself(const char* name, ACCESS_MASK access, ULONG options) {
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    NTSTATUS(NTAPI * create)
    (HANDLE*, ACCESS_MASK, OBJECT_ATTRIBUTES*, IO_STATUS_BLOCK*, LARGE_INTEGER*, ULONG, ULONG, ULONG, ULONG,
     void*, ULONG) = (void*)GetProcAddress(ntdll, "NtCreateFile");
    BOOLEAN(NTAPI * convert)
    (const wchar_t*, UNICODE_STRING*, wchar_t**, void*) =
        (void*)GetProcAddress(ntdll, "RtlDosPathNameToNtPathName_U");
    OBJECT_ATTRIBUTES attributes = {sizeof attributes};
    IO_STATUS_BLOCK io;
    UNICODE_STRING path;
    wchar_t wide[100];
    HANDLE file = INVALID_HANDLE_VALUE;
    mbstowcs(wide, name, 100);
    if (!convert(wide, &path, NULL, NULL)) return file;
    attributes.ObjectName = &path;
    attributes.Attributes = 0x40;  // OBJ_CASE_INSENSITIVE
    // FILE_OPEN; FILE_SYNCHRONOUS_IO_NONALERT, FILE_OPEN_REPARSE_POINT
    create(&file, access | SYNCHRONIZE, &attributes, &io, NULL, 0, 7, 1, options | 0x200020, NULL, 0);
    return file;
}

// A junction (tag a0000003) has no flags; of a symbolic link 1 says that it is relative.
static void set_link(const char* name, DWORD tag, const wchar_t* target, DWORD flags) {
    BYTE data[600] = {0};
    DWORD head = tag == 0xa000000c ? 12 : 8, length = (DWORD)wcslen(target) * 2, unused;
    HANDLE file = open_itself(name, GENERIC_READ | GENERIC_WRITE, 0);
    *(DWORD*)data = tag;
    *(WORD*)(data + 4) = (WORD)(head + length);
    *(WORD*)(data + 10) = (WORD)length;
    *(WORD*)(data + 12) = (WORD)length;
    if (head == 12) *(DWORD*)(data + 16) = flags;
    memcpy(data + 8 + head, target, length);
    printf("set %s: error %lu\n", name,
           DeviceIoControl(file, FSCTL_SET_REPARSE_POINT, data, 8 + head + length, NULL, 0, &unused, NULL)
               ? 0
               : GetLastError());
    CloseHandle(file);
}

static void make(const char* name, const char* text) {
    DWORD moved;
    HANDLE file = CreateFileA(name, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    WriteFile(file, text, (DWORD)strlen(text), &moved, NULL);
    CloseHandle(file);
}

static void erase(const char* name) {
    CloseHandle(open_itself(name, DELETE, 0x1000));  // FILE_DELETE_ON_CLOSE
}

static void show(const char* name) {
    char text[32];
    DWORD length = 0;
    HANDLE file = CreateFileA(name, GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        printf("%s: error %lu\n", name, GetLastError());
        return;
    }
    ReadFile(file, text, sizeof text, &length, NULL);
    printf("%s: %.*s\n", name, (int)length, text);
    CloseHandle(file);
}

static void look_at(const char* name) {
    BYTE data[600];
    DWORD length = 0;
    HANDLE file = open_itself(name, GENERIC_READ, 0);
    BOOL got = DeviceIoControl(file, FSCTL_GET_REPARSE_POINT, NULL, 0, data, sizeof data, &length, NULL);
    DWORD error = got ? 0 : GetLastError();
    printf("%s: attributes %lx, ", name, GetFileAttributesA(name) & 0x410);
    if (got)
        printf("tag %lx, %u bytes\n", *(DWORD*)data, *(DWORD*)data == 0xa000000c ? *(WORD*)(data + 10) : 0);
    else
        printf("error %lu\n", error);
    CloseHandle(file);
}

static const char* const kMade[] = {"links\\real\\file", "links\\real\\new", "links\\real",
                                    "links\\empty",      "links\\relative",  "links\\chain",
                                    "links\\loop",       "links\\dangling"};

int main(void) {
    BYTE head[8] = {0};
    DWORD unused;
    HANDLE file;
    wchar_t target[300] = L"\\??\\";
    CreateDirectoryA("links", NULL);
    CreateDirectoryA("links\\real", NULL);
    CreateDirectoryA("links\\junction", NULL);
    CreateDirectoryA("links\\empty", NULL);
    make("links\\real\\file", "the file");
    make("links\\relative", "");
    make("links\\chain", "");
    make("links\\loop", "");
    make("links\\dangling", "");
    set_link("links\\relative", 0xa000000c, L".\\real\\..\\real\\file", 1);
    set_link("links\\chain", 0xa000000c, L"relative", 1);
    set_link("links\\loop", 0xa000000c, L"loop", 1);
    set_link("links\\dangling", 0xa000000c, L"nothing", 1);
    GetCurrentDirectoryW(200, target + 4);
    wcscat(target, target[wcslen(target) - 1] == L'\\' ? L"links\\real" : L"\\links\\real");
    set_link("links\\junction", 0xa0000003, target, 0);
    set_link("links\\real", 0xa0000003, target, 0);
    show("links\\relative");
    show("links\\chain");
    show("links\\loop");
    show("links\\dangling");
    show("links\\junction\\file");
    look_at("links\\junction");
    look_at("links\\relative");
    look_at("links\\real");
    make("links\\junction\\new", "through");
    show("links\\real\\new");
    file = open_itself("links\\relative", GENERIC_WRITE, 0);
    *(DWORD*)head = 0xa0000003;
    printf("another tag: %d",
           DeviceIoControl(file, FSCTL_DELETE_REPARSE_POINT, head, 8, NULL, 0, &unused, NULL));
    printf(", error %lu\n", GetLastError());
    *(DWORD*)head = 0xa000000c;
    printf("taken off: %d\n",
           DeviceIoControl(file, FSCTL_DELETE_REPARSE_POINT, head, 8, NULL, 0, &unused, NULL));
    CloseHandle(file);
    show("links\\relative");
    erase("links\\junction");
    show("links\\junction\\file");
    show("links\\real\\file");
    for (size_t i = 0; i < sizeof kMade / sizeof kMade[0]; ++i)
        erase(kMade[i]);
    printf("removed %d\n", RemoveDirectoryA("links"));
    return 0;
}
