// SPDX-License-Identifier: GPL-3.0-only
#include <stdio.h>
#include <windows.h>

static int calls;

__declspec(dllexport) int here_add(int one, int two) {
    ++calls;
    return one + two;
}

__declspec(dllexport) int here_calls(void) {
    return calls;
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void* reserved) {
    (void)module;
    if (reason == DLL_PROCESS_ATTACH) printf("here: attached, by the start: %d\n", reserved != NULL);
    return TRUE;
}
