// SPDX-License-Identifier: GPL-3.0-only
#include <stdio.h>
#include <windows.h>

__declspec(dllexport) int thread_calls_quiet = 7;

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void* reserved) {
    static const char* names[] = {"process ends", "process begins", "thread begins", "thread ends"};
    printf("quiet: %s, %d\n", names[reason], reserved != NULL);
    if (reason == DLL_PROCESS_ATTACH) printf("quiet: no calls: %d\n", DisableThreadLibraryCalls(module));
    fflush(stdout);
    return TRUE;
}
