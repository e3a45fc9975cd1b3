// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// VirtualAlloc, VirtualProtect, VirtualQuery: regions, states, what is refused; guard pages.
// Wine 8.0 has another error for memory that is free already.
#include "say.h"

static void query(const char* what, void* at) {
    MEMORY_BASIC_INFORMATION info;
    SIZE_T size = VirtualQuery(at, &info, sizeof info);
    printf("%s: size %d, state %lx, protect %lx, of %lx, type %lx, bytes %llx\n", what, (int)size, info.State,
           info.State == MEM_COMMIT ? info.Protect : 0, info.State == MEM_FREE ? 0 : info.AllocationProtect,
           info.Type, info.State == MEM_FREE ? 0ull : (unsigned long long)info.RegionSize);
}

static LONG code;
static LONG CALLBACK faulted(EXCEPTION_POINTERS* pointers) {
    code = (LONG)pointers->ExceptionRecord->ExceptionCode;
    printf("exception %lx, kind %d\n", code, (int)pointers->ExceptionRecord->ExceptionInformation[0]);
    if (code == (LONG)STATUS_GUARD_PAGE_VIOLATION) return EXCEPTION_CONTINUE_EXECUTION;
    VirtualProtect((void*)pointers->ExceptionRecord->ExceptionInformation[1], 1, PAGE_READWRITE,
                   (DWORD*)&code);
    return EXCEPTION_CONTINUE_EXECUTION;
}

int main(void) {
    DWORD old;
    void* handler;
    char *base = VirtualAlloc(NULL, 0x30000, MEM_RESERVE, PAGE_READWRITE), *other;
    NUM((ULONG_PTR)base % 0x10000);
    query("reserved", base);
    NUM(VirtualAlloc(base + 0x1234, 0x1000, MEM_COMMIT, PAGE_READWRITE) == base + 0x1000);
    query("below", base);
    query("committed", base + 0x1000);
    query("above", base + 0x3000);
    base[0x1000] = 1;
    YES(VirtualProtect(base + 0x1000, 0x1000, PAGE_READONLY, &old));
    HEX(old);
    query("read-only", base + 0x1000);
    query("its neighbour", base + 0x2000);
    YES(VirtualProtect(base + 0x1000, 0x10000, PAGE_READONLY, &old));
    YES(VirtualProtect(base + 0x1000, 0x1000, 0x77, &old));
    YES(VirtualProtect(base + 0x1000, 0x1000, PAGE_READONLY, NULL));
    YES(VirtualFree(base + 0x1000, 0x1000, MEM_DECOMMIT));
    query("given back", base + 0x1000);
    YES(VirtualFree(base + 0x1000, 0, MEM_RELEASE));
    YES(VirtualFree(base, 0, MEM_RELEASE));
    query("released", base);
    YES(VirtualFree(base, 0, MEM_RELEASE));
    MADE(VirtualAlloc(NULL, 0, MEM_COMMIT, PAGE_READWRITE));
    MADE(VirtualAlloc(NULL, 0x1000, MEM_COMMIT, 0));
    MADE(VirtualAlloc(NULL, 0x1000, 0x4, PAGE_READWRITE));
    MADE(VirtualAlloc((void*)0x1000, 0x1000, MEM_RESERVE, PAGE_READWRITE));
    MADE(VirtualAlloc(NULL, 0x7fffffffffff, MEM_RESERVE, PAGE_READWRITE));
    base = VirtualAlloc(NULL, 0x4000, MEM_RESERVE | MEM_COMMIT | MEM_TOP_DOWN, PAGE_EXECUTE_READWRITE);
    query("executable", base);
    MADE(VirtualAlloc(base, 0x1000, MEM_RESERVE, PAGE_READWRITE));
    memcpy(base, "\xb8\x2a\0\0\0\xc3", 6);
    YES(FlushInstructionCache(GetCurrentProcess(), base, 6));
    NUM(((int (*)(void))(void*)base)());
    handler = AddVectoredExceptionHandler(1, faulted);
    YES(VirtualProtect(base, 0x1000, PAGE_READWRITE | PAGE_GUARD, &old));
    query("guarded", base);
    *(volatile char*)base = 7;
    query("touched", base);
    YES(VirtualProtect(base + 0x1000, 0x1000, PAGE_NOACCESS, &old));
    *(volatile char*)(base + 0x1000) = 7;
    YES(VirtualProtect(base + 0x1000, 0x1000, PAGE_READONLY, &old));
    *(volatile char*)(base + 0x1000) = 8;
    RemoveVectoredExceptionHandler(handler);
    YES(VirtualLock(base, 0x1000));
    YES(VirtualUnlock(base, 0x1000));
    MADE(VirtualAlloc(base, 0x1000, MEM_RESET, PAGE_NOACCESS));
    VirtualFree(base, 0, MEM_RELEASE);
    other = VirtualAllocEx(GetCurrentProcess(), NULL, 0x2000, MEM_COMMIT, PAGE_READWRITE);
    query("committed at once", other);
    old = 0;
    for (int i = 0; i < 0x2000; i++)
        old |= (unsigned char)other[i];
    NUM(old);
    query("the program", (void*)(ULONG_PTR)main);
    NUM(IsBadReadPtr(other, 0x2000));
    NUM(IsBadReadPtr(NULL, 1));
    NUM(IsBadWritePtr((void*)(ULONG_PTR)main, 1));
    return 0;
}
