// SPDX-License-Identifier: GPL-3.0-only
#include <stdio.h>
#include <windows.h>

__declspec(dllexport) int thread_calls_told = 7;

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void* reserved) {
    static const char* names[] = {"process ends", "process begins", "thread begins", "thread ends"};
    printf("told: %s, %d\n", names[reason], reserved != NULL);
    fflush(stdout);
    (void)module;
    return TRUE;
}
