// SPDX-License-Identifier: GPL-3.0-only
// A DLL of libraries.exe: it tells what its entry is called for, and has storage of each thread.
#include <stdio.h>
#include <windows.h>

static __thread int own = 40;
__declspec(dllexport) int shared = 7;

__declspec(dllexport) int next(void) {
    return ++own;
}
__declspec(dllexport) HMODULE where(void) {
    HMODULE module;
    GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                       (const char*)(ULONG_PTR)next, &module);
    return module;
}

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void* reserved) {
    static const char* names[] = {"process leaves", "process comes", "thread comes", "thread leaves"};
    (void)self;
    printf("one: %s%s\n", names[reason], reason == DLL_PROCESS_DETACH && reserved ? " at the end" : "");
    fflush(stdout);
    return TRUE;
}
