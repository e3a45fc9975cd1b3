// SPDX-License-Identifier: GPL-3.0-only
// Virtual memory, sections and views.
#include "differ.h"

enum { PAGE = 0x1000, UNIT = 0x10000 };
static SIZE_T size;
static void* base;

static NTSTATUS allocate(const char* label, void* at, SIZE_T length, ULONG type, ULONG protect) {
    base = at;
    size = length;
    NTSTATUS status = QUIET(NtAllocateVirtualMemory, SELF, &base, 0, &size, type, protect);
    if (label && status >= 0)
        line(label, "%08lx, size %llx, low bits %llx", (ULONG)status, (unsigned long long)size,
             (unsigned long long)(ULONG_PTR)base & 0xffff);
    else if (label)
        line(label, "%08lx", (ULONG)status);
    return status;
}

static NTSTATUS release(const char* label, void* at, SIZE_T length, ULONG type) {
    NTSTATUS status = QUIET(NtFreeVirtualMemory, SELF, &at, &length, type);
    if (label) line(label, "%08lx, size %llx", (ULONG)status, (unsigned long long)length);
    return status;
}

static void describe(const char* label, void* at) {
    MEMORY_BASIC_INFORMATION info = {0};
    SIZE_T length = 0;
    NTSTATUS status = QUIET(NtQueryVirtualMemory, SELF, at, 0, &info, sizeof info, &length);
    SIZE_T from = info.State == MEM_FREE ? 0 : (SIZE_T)((char*)at - (char*)info.AllocationBase);
    if (info.State == MEM_FREE) info.RegionSize = 0;  // what lies behind it is not the program's
    line(label, "%08lx, %lx, initially %lx, state %lx, type %lx, size %llx, from %llx", (ULONG)status,
         info.Protect, info.AllocationProtect, info.State, info.Type, (unsigned long long)info.RegionSize,
         (unsigned long long)from);
}

PROGRAM(reserve_and_commit) {
    allocate("reserve", NULL, 0x12345, MEM_RESERVE, PAGE_READWRITE);
    char* start = base;
    describe("reserved", start);
    allocate("commit a part", start + 0x2800, 0x1000, MEM_COMMIT, PAGE_READONLY);
    describe("before", start);
    describe("committed", start + 0x2000);
    describe("behind", start + 0x4000);
    allocate("commit again, else", start + 0x2000, PAGE, MEM_COMMIT, PAGE_EXECUTE_READWRITE);
    describe("protection then", start + 0x2000);
    allocate("reserve over", start, PAGE, MEM_RESERVE, PAGE_READWRITE);
    allocate("commit past the end", start + 0x12000, 0x2000, MEM_COMMIT, PAGE_READWRITE);
    release("decommit", start + 0x2000, PAGE, MEM_DECOMMIT);
    describe("decommitted", start + 0x2000);
    release("release a part", start + PAGE, 0, MEM_RELEASE);
    release("release with size", start, PAGE, MEM_RELEASE);
    describe("rest", start + PAGE);
    release("release all", start + PAGE, 0, MEM_RELEASE);
}

PROGRAM(allocate_bad) {
    allocate("size 0", NULL, 0, MEM_COMMIT, PAGE_READWRITE);
    allocate("no type", NULL, PAGE, 0, PAGE_READWRITE);
    allocate("unknown type", NULL, PAGE, 0x40, PAGE_READWRITE);
    allocate("no protection", NULL, PAGE, MEM_COMMIT, 0);
    allocate("two protections", NULL, PAGE, MEM_COMMIT, PAGE_READONLY | PAGE_READWRITE);
    allocate("write copy", NULL, PAGE, MEM_COMMIT, PAGE_WRITECOPY);
    allocate("guard and no access", NULL, PAGE, MEM_COMMIT, PAGE_GUARD | PAGE_NOACCESS);
    allocate("uncached", NULL, PAGE, MEM_COMMIT, PAGE_NOCACHE | PAGE_READWRITE);
    allocate("commit unreserved", (void*)0x31230000, PAGE, MEM_COMMIT, PAGE_READWRITE);
    allocate("reserve odd address", (void*)0x31231234, PAGE, MEM_RESERVE, PAGE_READWRITE);
    allocate("low", (void*)0x1000, PAGE, MEM_RESERVE, PAGE_READWRITE);
    allocate("high", (void*)0x7fffffff0000, PAGE, MEM_RESERVE, PAGE_READWRITE);
    allocate("kernel", (void*)0xffff800000000000, PAGE, MEM_RESERVE, PAGE_READWRITE);
    allocate("huge", NULL, (SIZE_T)1 << 48, MEM_RESERVE, PAGE_READWRITE);
    allocate("reset unreserved", (void*)0x41230000, PAGE, MEM_RESET, PAGE_READWRITE);
    allocate("reset and commit", NULL, PAGE, MEM_RESET | MEM_COMMIT, PAGE_READWRITE);
    allocate("physical", NULL, PAGE, MEM_RESERVE | MEM_PHYSICAL, PAGE_READWRITE);
    allocate("large without privilege", NULL, PAGE, MEM_RESERVE | MEM_COMMIT | MEM_LARGE_PAGES,
             PAGE_READWRITE);
    allocate("write watch on commit", NULL, PAGE, MEM_COMMIT | MEM_WRITE_WATCH, PAGE_READWRITE);
    ST("bad process", NtAllocateVirtualMemory, 0x9998, &base, 0, &size, MEM_COMMIT, PAGE_READWRITE);
    ST("null pointers", NtAllocateVirtualMemory, SELF, NULL, 0, &size, MEM_COMMIT, PAGE_READWRITE);
    ST("zero bits 22", NtAllocateVirtualMemory, SELF, &base, 22, &size, MEM_COMMIT, PAGE_READWRITE);
}

PROGRAM(zero_bits) {
    for (int bits = 1; bits < 34; bits += 5) {
        char label[30];
        base = NULL;
        size = PAGE;
        sprintf(label, "%d bits", bits);
        NTSTATUS status =
            ST(label, NtAllocateVirtualMemory, SELF, &base, bits, &size, MEM_RESERVE, PAGE_READWRITE);
        if (status >= 0 && bits < 32) NUM("below", (ULONG_PTR)base < (ULONG_PTR)1 << (32 - bits));
    }
    base = NULL;
    size = PAGE;
    ST("as a mask", NtAllocateVirtualMemory, SELF, &base, 0x3ffffff, &size, MEM_RESERVE, PAGE_READWRITE);
    NUM("below", (ULONG_PTR)base <= 0x3ffffff);
    allocate("top down", NULL, PAGE, MEM_RESERVE | MEM_TOP_DOWN, PAGE_READWRITE);
    NUM("high", (ULONG_PTR)base > 0x7ff000000000);
}

PROGRAM(free_bad) {
    allocate(NULL, NULL, 0x20000, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    char* start = base;
    release("both", start, 0, MEM_RELEASE | MEM_DECOMMIT);
    release("neither", start, 0, 0);
    release("too long", start, 0x30000, MEM_RELEASE);
    release("decommit too long", start, 0x30000, MEM_DECOMMIT);
    release("inside with 0", start + PAGE, 0, MEM_RELEASE);
    release("decommit inside with 0", start + PAGE, 0, MEM_DECOMMIT);
    release("middle", start + 0x8000, 0x1000, MEM_RELEASE);
    describe("lower", start);
    describe("hole", start + 0x8000);
    describe("upper", start + 0x9000);
    release("decommit all", start, 0, MEM_DECOMMIT);
    release("again", start, 0, MEM_DECOMMIT);
    release("free", start, 0, MEM_RELEASE);
    release("free again", start, 0, MEM_RELEASE);
    release("an image", GetModuleHandleA(NULL), 0, MEM_RELEASE);
    release("null", NULL, 0, MEM_RELEASE);
}

static NTSTATUS protect(const char* label, void* at, SIZE_T length, ULONG protection) {
    ULONG old = 0x999;
    NTSTATUS status = QUIET(NtProtectVirtualMemory, SELF, &at, &length, protection, &old);
    line(label, "%08lx, old %lx, size %llx", (ULONG)status, old, (unsigned long long)length);
    return status;
}

PROGRAM(protection) {
    allocate(NULL, NULL, 0x20000, MEM_RESERVE, PAGE_READWRITE);
    char* start = base;
    protect("reserved", start, PAGE, PAGE_READONLY);
    allocate(NULL, start, 0x4000, MEM_COMMIT, PAGE_READWRITE);
    protect("read only", start + 0x1800, 0x1000, PAGE_READONLY);
    describe("first", start);
    describe("second", start + PAGE);
    protect("over both", start, 0x3000, PAGE_EXECUTE_READ);
    protect("past the committed", start, 0x8000, PAGE_READONLY);
    describe("unchanged", start);
    protect("zero size", start, 0, PAGE_READONLY);
    protect("no protection", start, PAGE, 0);
    protect("write copy", start, PAGE, PAGE_WRITECOPY);
    protect("guard", start, PAGE, PAGE_READWRITE | PAGE_GUARD);
    protect("free", (void*)0x31230000, PAGE, PAGE_READONLY);
    ST("no old", NtProtectVirtualMemory, SELF, &base, &size, PAGE_READONLY, NULL);
    WIN("win32 no old", VirtualProtect(start, PAGE, PAGE_READWRITE, NULL));
    protect("code of an image", GetModuleHandleA(NULL), PAGE, PAGE_READWRITE);
    describe("image", GetModuleHandleA(NULL));
    protect("write copy of an image", GetModuleHandleA(NULL), PAGE, PAGE_WRITECOPY);
}

PROGRAM(guard_pages) {
    allocate(NULL, NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD);
    describe("guarded", base);
    char buffer[8];
    SIZE_T done = 9;
    ST("read by a service", NtReadVirtualMemory, SELF, base, buffer, 8, &done);
    NUM("done", done);
    describe("then", base);
    ST("again", NtReadVirtualMemory, SELF, base, buffer, 8, &done);
    allocate(NULL, NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD);
    ST("as an out argument", NtQueryVirtualMemory, SELF, base, 0, base, sizeof(MEMORY_BASIC_INFORMATION),
       NULL);
    describe("after", base);
    allocate(NULL, NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD);
    ST("written", NtWriteVirtualMemory, SELF, base, buffer, 8, &done);
    describe("written then", base);
}

PROGRAM(query_kinds) {
    char buffer[600];
    SIZE_T length = 9;
    int local = 0;
    ST("short", NtQueryVirtualMemory, SELF, &local, 0, buffer, 47, &length);
    NUM("length", length);
    ST("long", NtQueryVirtualMemory, SELF, &local, 0, buffer, 60, &length);
    NUM("length", length);
    ST("class 99", NtQueryVirtualMemory, SELF, &local, 99, buffer, 60, &length);
    ST("kernel address", NtQueryVirtualMemory, SELF, 0xffff800000000000, 0, buffer, 60, &length);
    ST("last page", NtQueryVirtualMemory, SELF, 0x7ffffffeffff, 0, buffer, 60, &length);
    ST("beyond", NtQueryVirtualMemory, SELF, 0x7fffffff0000, 0, buffer, 60, &length);
    ST("name of private", NtQueryVirtualMemory, SELF, &local, 2, buffer, 600, &length);
    ST("name of image", NtQueryVirtualMemory, SELF, GetModuleHandleA(NULL), 2, buffer, 600, &length);
    ST("name, short", NtQueryVirtualMemory, SELF, GetModuleHandleA(NULL), 2, buffer, 8, &length);
    ST("bad process", NtQueryVirtualMemory, 0x9998, &local, 0, buffer, 60, &length);
    MEMORY_BASIC_INFORMATION info;
    NUM("null page", QUIET(NtQueryVirtualMemory, SELF, NULL, 0, &info, sizeof info, NULL));
    HEX("state", info.State);
    HEX("protection", info.Protect);
    HEX("allocation protection", info.AllocationProtect);
    HEX("type", info.Type);
    describe("shared data", (void*)0x7ffe0000);
    ULONG_PTR set[2] = {(ULONG_PTR)&local, 0};
    ST("working set of one", NtQueryVirtualMemory, SELF, NULL, 4, set, 16, &length);
    NUM("valid", set[1] & 1);
    ST("region", NtQueryVirtualMemory, SELF, GetModuleHandleA(NULL), 3, buffer, 40, &length);
    NUM("length", length);
}

static HANDLE section_of(const char* label, ULONG access, HANDLE of, LONGLONG length, ULONG protection,
                         ULONG flags) {
    HANDLE section = NULL;
    NTSTATUS status =
        QUIET(NtCreateSection, &section, access, NULL, length ? &length : NULL, protection, flags, of);
    if (label) say_status(label, status);
    return section;
}

static NTSTATUS map(const char* label, HANDLE section, LONGLONG offset, SIZE_T length, ULONG type,
                    ULONG protection) {
    base = NULL;
    size = length;
    NTSTATUS status =
        QUIET(NtMapViewOfSection, section, SELF, &base, 0, 0, &offset, &size, 2, type, protection);
    if (status >= 0)
        line(label, "%08lx, size %llx, offset %llx", (ULONG)status, (unsigned long long)size,
             (unsigned long long)offset);
    else
        line(label, "%08lx", (ULONG)status);
    return status;
}

PROGRAM(sections) {
    section_of("no size", SECTION_ALL_ACCESS, NULL, 0, PAGE_READWRITE, SEC_COMMIT);
    section_of("no kind", SECTION_ALL_ACCESS, NULL, PAGE, PAGE_READWRITE, 0);
    section_of("both kinds", SECTION_ALL_ACCESS, NULL, PAGE, PAGE_READWRITE, SEC_COMMIT | SEC_RESERVE);
    section_of("unknown", SECTION_ALL_ACCESS, NULL, PAGE, PAGE_READWRITE, 1);
    section_of("no protection", SECTION_ALL_ACCESS, NULL, PAGE, 0, SEC_COMMIT);
    section_of("no access", SECTION_ALL_ACCESS, NULL, PAGE, PAGE_NOACCESS, SEC_COMMIT);
    section_of("guard", SECTION_ALL_ACCESS, NULL, PAGE, PAGE_READWRITE | PAGE_GUARD, SEC_COMMIT);
    section_of("image without file", SECTION_ALL_ACCESS, NULL, PAGE, PAGE_READONLY, SEC_IMAGE);
    section_of("bad file", SECTION_ALL_ACCESS, (HANDLE)0x9998, PAGE, PAGE_READONLY, SEC_COMMIT);
    section_of("an event", SECTION_ALL_ACCESS, CreateEventA(NULL, 0, 0, NULL), PAGE, PAGE_READONLY,
               SEC_COMMIT);
    section_of("huge", SECTION_ALL_ACCESS, NULL, (LONGLONG)1 << 60, PAGE_READWRITE, SEC_COMMIT);
    section_of("write copy", SECTION_ALL_ACCESS, NULL, PAGE, PAGE_WRITECOPY, SEC_COMMIT);
    HANDLE section = section_of("plain", SECTION_ALL_ACCESS, NULL, 5000, PAGE_READWRITE, SEC_COMMIT);
    struct {
        void* base;
        ULONG attributes;
        LARGE_INTEGER size;
    } info = {0};
    SIZE_T length = 0;
    ST("query", NtQuerySection, section, 0, &info, sizeof info, &length);
    NUM("length", length);
    HEX("attributes", info.attributes);
    HEX("size", info.size.QuadPart);
    ST("short", NtQuerySection, section, 0, &info, 23, &length);
    ST("image", NtQuerySection, section, 1, &info, 64, &length);
    ST("class", NtQuerySection, section, 9, &info, 24, &length);
    LARGE_INTEGER longer = {.QuadPart = 0x10000};
    ST("extend", NtExtendSection, section, &longer);
}

PROGRAM(views) {
    HANDLE section = section_of(NULL, SECTION_ALL_ACCESS, NULL, 0x23000, PAGE_READWRITE, SEC_COMMIT);
    map("whole", section, 0, 0, 0, PAGE_READWRITE);
    char* start = base;
    describe("view", start);
    ST("unmap inside", NtUnmapViewOfSection, SELF, start + PAGE);
    ST("unmap again", NtUnmapViewOfSection, SELF, start);
    map("part", section, 0x10000, 0x1800, 0, PAGE_READONLY);
    describe("part is", base);
    map("odd offset", section, 0x1000, 0x1000, 0, PAGE_READWRITE);
    map("offset beyond", section, 0x30000, 0, 0, PAGE_READWRITE);
    map("too long", section, 0, 0x24000, 0, PAGE_READWRITE);
    map("execute", section, 0, 0, 0, PAGE_EXECUTE_READ);
    map("write copy", section, 0, 0, 0, PAGE_WRITECOPY);
    describe("write copy is", base);
    map("no protection", section, 0, 0, 0, 0);
    map("no access", section, 0, 0, 0, PAGE_NOACCESS);
    map("top down", section, 0, 0, MEM_TOP_DOWN, PAGE_READWRITE);
    map("reserve", section, 0, 0, MEM_RESERVE, PAGE_READWRITE);
    map("unknown type", section, 0, 0, 0x80, PAGE_READWRITE);
    map("bad section", (HANDLE)0x9998, 0, 0, 0, PAGE_READWRITE);
    release("freed as memory", base, 0, MEM_RELEASE);
    HANDLE read = section_of(NULL, SECTION_MAP_READ, NULL, PAGE, PAGE_READWRITE, SEC_COMMIT);
    map("write without the right", read, 0, 0, 0, PAGE_READWRITE);
    map("copy with the right to read", read, 0, 0, 0, PAGE_WRITECOPY);
    ST("query without the right", NtQuerySection, read, 0, &size, 24, NULL);
    HANDLE only = section_of(NULL, SECTION_ALL_ACCESS, NULL, PAGE, PAGE_READONLY, SEC_COMMIT);
    map("write of a read-only one", only, 0, 0, 0, PAGE_READWRITE);
    ST("unmap none", NtUnmapViewOfSection, SELF, 0x31230000);
    ST("inherit 0", NtMapViewOfSection, section, SELF, &base, 0, 0, NULL, &size, 0, 0, PAGE_READWRITE);
    base = (void*)0x31231000;
    size = 0;
    ST("odd base", NtMapViewOfSection, section, SELF, &base, 0, 0, NULL, &size, 2, 0, PAGE_READWRITE);
}

PROGRAM(file_sections) {
    DWORD done;
    HANDLE file = CreateFileA("data", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    section_of("empty", SECTION_ALL_ACCESS, file, 0, PAGE_READONLY, SEC_COMMIT);
    WriteFile(file, "hello", 5, &done, NULL);
    section_of("longer read-only", SECTION_ALL_ACCESS, file, 0x2000, PAGE_READONLY, SEC_COMMIT);
    NUM("size stays", GetFileSize(file, NULL));
    HANDLE section = section_of("longer", SECTION_ALL_ACCESS, file, 0x2000, PAGE_READWRITE, SEC_COMMIT);
    NUM("size", GetFileSize(file, NULL));
    map("view", section, 0, 0, 0, PAGE_READWRITE);
    describe("it is", base);
    line("text", "%.5s", (char*)base);
    memcpy(base, "HALLO", 5);
    ST("flush", NtFlushVirtualMemory, SELF, &base, &size, &(IO_STATUS_BLOCK){0});
    char text[6] = "";
    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    ReadFile(file, text, 5, &done, NULL);
    TEXT_OF("file says", text);
    SetFilePointer(file, 10, NULL, FILE_BEGIN);
    WIN("cut while mapped", SetEndOfFile(file));
    WIN("delete while mapped", DeleteFileA("data"));
    section_of("image of text", SECTION_ALL_ACCESS, file, 0, PAGE_READONLY, SEC_IMAGE);
    HANDLE reader = CreateFileA("other", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(reader, "x", 1, &done, NULL);
    section_of("write-only file", SECTION_ALL_ACCESS, reader, 0, PAGE_READWRITE, SEC_COMMIT);
    CloseHandle(reader);
    reader = CreateFileA("other", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    section_of("read-only file to write", SECTION_ALL_ACCESS, reader, 0, PAGE_READWRITE, SEC_COMMIT);
    section_of("to copy", SECTION_ALL_ACCESS, reader, 0, PAGE_WRITECOPY, SEC_COMMIT);
    section_of("to execute", SECTION_ALL_ACCESS, reader, 0, PAGE_EXECUTE_READ, SEC_COMMIT);
    section_of("reserved", SECTION_ALL_ACCESS, reader, 0, PAGE_READONLY, SEC_RESERVE);
    WIN("win32 empty name", CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0, NULL));
}

PROGRAM(image_sections) {
    wchar_t path[300] = L"\\??\\";
    HANDLE file = NULL;
    IO_STATUS_BLOCK io;
    GetModuleFileNameW(NULL, path + 4, 290);
    QUIET(NtOpenFile, &file, GENERIC_READ | GENERIC_EXECUTE | SYNCHRONIZE, attributes(path, 0x40), &io, 5,
          0x20);
    HANDLE section = section_of("image", SECTION_ALL_ACCESS, file, 0, PAGE_EXECUTE, SEC_IMAGE);
    struct {
        void* entry;
        ULONG zero_bits;
        SIZE_T most, committed;
        ULONG subsystem;
        USHORT minor, major;
        ULONG os;
        USHORT characteristics, dll, machine;
        UCHAR code, flags;
        ULONG loader, file, sum;
    } info = {0};
    SIZE_T length = 0;
    ST("query", NtQuerySection, section, 1, &info, sizeof info, &length);
    NUM("length", length);
    HEX("zero bits", info.zero_bits);
    HEX("stack", info.most);
    HEX("committed stack", info.committed);
    NUM("subsystem", info.subsystem);
    NUM("major", info.major);
    NUM("minor", info.minor);
    HEX("machine", info.machine);
    NUM("code", info.code);
    HEX("flags", info.flags);
    HEX("characteristics", info.characteristics);
    HEX("DLL characteristics", info.dll);
    NUM("file size", info.file == GetFileSize(file, NULL));
    NTSTATUS status = QUIET(NtMapViewOfSection, section, SELF, &base, 0, 0, NULL, &size, 2, 0, PAGE_READONLY);
    say_status("map", status);
    describe("headers", base);
    ULONG basic[6];
    ST("basic", NtQuerySection, section, 0, basic, 24, NULL);
    HEX("attributes", basic[2]);
    ST("write to the file", NtOpenFile, &file, FILE_WRITE_DATA | SYNCHRONIZE, attributes(path, 0x40), &io, 7,
       0x20);
}

PROGRAM(read_and_write) {
    SIZE_T done = 9;
    char buffer[0x3000];
    allocate(NULL, NULL, 0x3000, MEM_RESERVE, PAGE_READWRITE);
    char* start = base;
    allocate(NULL, start, PAGE, MEM_COMMIT, PAGE_READWRITE);
    ST("read past the committed", NtReadVirtualMemory, SELF, start, buffer, 0x2000, &done);
    HEX("done", done);
    ST("write past the committed", NtWriteVirtualMemory, SELF, start, buffer, 0x2000, &done);
    HEX("done", done);
    ST("reserved", NtReadVirtualMemory, SELF, start + PAGE, buffer, 8, &done);
    HEX("done", done);
    ST("nothing", NtReadVirtualMemory, SELF, 8, buffer, 0, &done);
    HEX("done", done);
    ST("kernel", NtReadVirtualMemory, SELF, 0xffff800000000000, buffer, 8, &done);
    ST("bad buffer", NtReadVirtualMemory, SELF, start, 8, 8, &done);
    ST("bad process", NtReadVirtualMemory, 0x9998, start, buffer, 8, &done);
    ST("no count", NtReadVirtualMemory, SELF, start, buffer, 8, NULL);
    protect("read only", start, PAGE, PAGE_READONLY);
    ST("write to read-only", NtWriteVirtualMemory, SELF, start, buffer, 8, &done);
    HEX("done", done);
    WIN("win32 past the committed", ReadProcessMemory(SELF, start, buffer, 0x2000, &done));
}

PROGRAM(lock_and_flush) {
    allocate(NULL, NULL, 0x4000, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    void* start = base;
    SIZE_T length = 0x1800;
    IO_STATUS_BLOCK io;
    ST("lock", NtLockVirtualMemory, SELF, &base, &length, 1);
    HEX("length", length);
    ST("unlock", NtUnlockVirtualMemory, SELF, &base, &length, 1);
    ST("unlock again", NtUnlockVirtualMemory, SELF, &base, &length, 1);
    ST("lock kind 0", NtLockVirtualMemory, SELF, &base, &length, 0);
    base = (void*)0x31230000;
    ST("lock free", NtLockVirtualMemory, SELF, &base, &length, 1);
    base = start;
    ST("flush private", NtFlushVirtualMemory, SELF, &base, &length, &io);
    ST("instructions", NtFlushInstructionCache, SELF, start, 16);
    ST("of nothing", NtFlushInstructionCache, SELF, NULL, 0);
    allocate("reset", start, PAGE, MEM_RESET, PAGE_READWRITE);
    allocate("undo", start, PAGE, 0x1000000, PAGE_READWRITE);
    allocate("reset, no access", start, PAGE, MEM_RESET, PAGE_NOACCESS);
    describe("after", start);
}

PROGRAM(write_watch) {
    void* list[8];
    ULONG_PTR count = 8;
    ULONG unit = 0;
    allocate("watched", NULL, 0x4000, MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH, PAGE_READWRITE);
    char* start = base;
    ST("get", NtGetWriteWatch, SELF, 0, start, 0x4000, list, &count, &unit);
    NUM("count", count);
    HEX("unit", unit);
    start[0x1000] = start[0x2000] = 1;
    count = 8;
    ST("get and reset", NtGetWriteWatch, SELF, 1, start, 0x4000, list, &count, &unit);
    NUM("count", count);
    HEX("first", (char*)list[0] - start);
    count = 8;
    ST("again", NtGetWriteWatch, SELF, 0, start, 0x4000, list, &count, &unit);
    NUM("count", count);
    ST("reset", NtResetWriteWatch, SELF, start, 0x4000);
    count = 0;
    ST("count 0", NtGetWriteWatch, SELF, 0, start, 0x4000, list, &count, &unit);
    count = 8;
    ST("flags 2", NtGetWriteWatch, SELF, 2, start, 0x4000, list, &count, &unit);
    ST("size 0", NtGetWriteWatch, SELF, 0, start, 0, list, &count, &unit);
    ST("too long", NtGetWriteWatch, SELF, 0, start, 0x20000, list, &count, &unit);
    allocate(NULL, NULL, 0x4000, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    ST("unwatched", NtGetWriteWatch, SELF, 0, base, 0x1000, list, &count, &unit);
    ST("unwatched reset", NtResetWriteWatch, SELF, base, 0x1000);
}
