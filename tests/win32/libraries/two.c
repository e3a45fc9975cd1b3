// SPDX-License-Identifier: GPL-3.0-only
// A DLL of libraries.exe that is only loaded at run time, and refuses when it is asked to.
#include <stdlib.h>
#include <windows.h>

static __thread int own = 60;
__declspec(dllexport) int of_thread(void) {
    return own++;
}

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void* reserved) {
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) DisableThreadLibraryCalls(self);
    return reason != DLL_PROCESS_ATTACH || GetEnvironmentVariableA("REFUSE", NULL, 0) == 0;
}
