// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// libraries: -lpsapi
// Memory that is watched, walked, locked, guarded, and read by others.
// Wine 8.0 reads and writes other processes' memory whatever its protection, and unlocks what is not locked.
#include <windows.h>
// It needs the one above.
#include <psapi.h>

#include "say.h"

static void watched(void) {
    char* base = VirtualAlloc(NULL, 0x10000, MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH, PAGE_READWRITE);
    void* pages[16];
    ULONG_PTR count = 16;
    ULONG granularity = 0;
    NUM(base != NULL);
    NUM(GetWriteWatch(0, base, 0x10000, pages, &count, &granularity));
    NUM(count);
    NUM(granularity);
    base[0x1234] = 1;
    base[0x3000] = 1;
    base[0xffff] = 1;
    if (base[0x5000]) return;  // reading is no writing
    count = 2;
    NUM(GetWriteWatch(0, base, 0x10000, pages, &count, &granularity));
    for (ULONG_PTR i = 0; i < count; i++)
        HEX((char*)pages[i] - base);
    count = 16;
    NUM(GetWriteWatch(WRITE_WATCH_FLAG_RESET, base, 0x8000, pages, &count, &granularity));
    NUM(count);
    count = 16;
    NUM(GetWriteWatch(0, base, 0x10000, pages, &count, &granularity));
    for (ULONG_PTR i = 0; i < count; i++)
        HEX((char*)pages[i] - base);
    NUM(ResetWriteWatch(base, 0x10000));
    base[0x2000] = 2;
    count = 16;
    NUM(GetWriteWatch(0, base, 0x10000, pages, &count, &granularity));
    for (ULONG_PTR i = 0; i < count; i++)
        HEX((char*)pages[i] - base);
    count = 16;
    NUM(GetWriteWatch(2, base, 0x10000, pages, &count, &granularity));
    NUM(GetWriteWatch(0, base, 0x20000, pages, &count, &granularity));
    NUM(GetWriteWatch(0, &count, 8, pages, &count, &granularity));
    count = 0;
    NUM(GetWriteWatch(0, base, 0x10000, pages, &count, &granularity));
    NUM(ResetWriteWatch(&count, 8));
    YES(VirtualFree(base, 0, MEM_RELEASE));
}

// The whole address space: its regions touch, and what is reserved together has one base.
static void walk(void) {
    MEMORY_BASIC_INFORMATION info;
    char *at = NULL, *end = NULL;
    int gaps = 0, wrong = 0, stack = 0, own = 0, images = 0;
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    while (VirtualQuery(at, &info, sizeof info) == sizeof info) {
        gaps += (char*)info.BaseAddress != end;
        wrong += info.RegionSize == 0 || info.RegionSize % 0x1000 ||
                 (info.State == MEM_FREE && info.AllocationBase);
        stack += (char*)&info >= (char*)info.BaseAddress &&
                 (char*)&info < (char*)info.BaseAddress + info.RegionSize && info.State == MEM_COMMIT &&
                 info.Type == MEM_PRIVATE && info.Protect == PAGE_READWRITE;
        own += info.AllocationBase == GetModuleHandleA(NULL);
        images += info.Type == MEM_IMAGE;
        end = at = (char*)info.BaseAddress + info.RegionSize;
    }
    printf("gaps %d, wrong %d, stack %d, sections of its own %d, of images %d\n", gaps, wrong, stack,
           own >= 4, images > own);
    NUM(end > (char*)system.lpMaximumApplicationAddress);
    NUM(GetLastError());
}

static LONG guards;

static LONG CALLBACK guarded(EXCEPTION_POINTERS* pointers) {
    if (pointers->ExceptionRecord->ExceptionCode != STATUS_GUARD_PAGE_VIOLATION)
        return EXCEPTION_CONTINUE_SEARCH;
    guards++;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static void guard(void) {
    char *base = VirtualAlloc(NULL, 0x3000, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE), text[4] = "abc";
    DWORD old, moved;
    SIZE_T count;
    HANDLE file;
    void* handler = AddVectoredExceptionHandler(1, guarded);
    YES(VirtualProtect(base, 0x3000, PAGE_READWRITE | PAGE_GUARD, &old));
    base[0] = 1;
    base[1] = 2;
    NUM(guards);
    // A system service that meets one has an error, and the guard is gone.
    file = CreateFileA("guard.bin", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                       FILE_FLAG_DELETE_ON_CLOSE, NULL);
    YES(WriteFile(file, base + 0x1000, 4, &moved, NULL));
    YES(WriteFile(file, base + 0x1000, 4, &moved, NULL));
    CloseHandle(file);
    // A service that touches a guard page of its caller's own spends it and says so; Wine says 299.
    YES(ReadProcessMemory(GetCurrentProcess(), base + 0x2000, text, 2, &count));
    NUM(count);
    YES(VirtualProtect(base, 0x1000, PAGE_NOACCESS | PAGE_GUARD, &old));
    NUM(guards);
    RemoveVectoredExceptionHandler(handler);
    VirtualFree(base, 0, MEM_RELEASE);
}

static void others(void) {
    char *base = VirtualAlloc(NULL, 0x4000, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE), text[8];
    SIZE_T count = 5;
    DWORD old;
    HANDLE reader = OpenProcess(PROCESS_VM_READ, FALSE, GetCurrentProcessId());
    strcpy(base, "text");
    YES(ReadProcessMemory(reader, base, text, 5, &count));
    STR(text);
    YES(WriteProcessMemory(reader, base, "x", 1, &count));
    VirtualProtect(base + 0x1000, 0x1000, PAGE_NOACCESS, &old);
    YES(ReadProcessMemory(reader, base + 0x1000, text, 4, &count));
    NUM(count);
    YES(WriteProcessMemory(GetCurrentProcess(), base + 0x2000, "yz", 2, &count));
    NUM(count);
    VirtualProtect(base + 0x2000, 0x1000, PAGE_READONLY, &old);
    YES(WriteProcessMemory(GetCurrentProcess(), base + 0x2000, "yz", 2, &count));
    YES(VirtualLock(base, 0x1000));
    YES(VirtualUnlock(base, 0x1000));
    YES(VirtualUnlock(base, 0x1000));
    YES(VirtualLock(base + 0x1000, 0x1000));
    NUM(VirtualAlloc(base, 0x1000, MEM_RESET, PAGE_READWRITE) == base);
    YES(FlushInstructionCache(GetCurrentProcess(), base, 0x1000));
    CloseHandle(reader);
    reader =
        MADE(VirtualAllocEx(GetCurrentProcess(), NULL, 0x1000, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READ));
    YES(VirtualFreeEx(GetCurrentProcess(), (void*)reader, 0, MEM_RELEASE));
    VirtualFree(base, 0, MEM_RELEASE);
    YES(ReadProcessMemory(GetCurrentProcess(), base, text, 4, &count));
}

int main(void) {
    watched();
    walk();
    guard();
    others();
    return 0;
}
