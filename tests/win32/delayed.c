// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// delayed: yes
// libraries: -ldelayimp
// DLLs that are loaded at the first call of a function of theirs: when, how often, by whom they are seen, and
// what is raised where the DLL or the function is missing.
#include <windows.h>
// It needs the one above.
#include <delayimp.h>

#include "say.h"

#define MISSING_DLL VcppException(ERROR_SEVERITY_ERROR, ERROR_MOD_NOT_FOUND)
#define MISSING_FUNCTION VcppException(ERROR_SEVERITY_ERROR, ERROR_PROC_NOT_FOUND)

__declspec(dllimport) int here_add(int one, int two);
__declspec(dllimport) int here_calls(void);
__declspec(dllimport) int gone_twice(int value);

static int loaded(const char* name) {
    return GetModuleHandleA(name) != NULL;
}

static void* instead;

static int own_twice(int value) {
    return value + value + 1000;
}

// What the helper raises names the DLL and the function; a handler may give a function and go on.
static LONG CALLBACK raised(EXCEPTION_POINTERS* pointers) {
    EXCEPTION_RECORD* record = pointers->ExceptionRecord;
    DelayLoadInfo* info = (DelayLoadInfo*)record->ExceptionInformation[0];
    if (record->ExceptionCode != MISSING_DLL && record->ExceptionCode != MISSING_FUNCTION)
        return EXCEPTION_CONTINUE_SEARCH;
    printf("raised %s, %lu parameters, error %lu: %s, %s\n",
           record->ExceptionCode == MISSING_DLL ? "no DLL" : "no function", record->NumberParameters,
           info->dwLastError, info->szDll, info->dlp.fImportByName ? info->dlp.szProcName : "by number");
    info->pfnCur = (FARPROC)instead;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static DWORD WINAPI calls(void* sum) {
    *(int*)sum = here_add(20, 22);
    return 0;
}

int main(void) {
    HANDLE thread;
    int sum = 0;
    HMODULE module;
    NUM(loaded("delayed_here.dll"));
    NUM(loaded("delayed_gone.dll"));
    thread = CreateThread(NULL, 0, calls, &sum, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    NUM(sum);
    NUM(loaded("delayed_here.dll"));
    NUM(here_add(1, 2));
    NUM(here_calls());
    // A reference of the helper's own: it stays when another is given back.
    module = LoadLibraryA("delayed_here.dll");
    YES(FreeLibrary(module));
    NUM(loaded("delayed_here.dll"));
    NUM(here_add(3, 4));
    AddVectoredExceptionHandler(1, raised);
    YES(MoveFileA("delayed_gone.dll", "delayed_else.dll"));
    instead = (void*)own_twice;
    NUM(gone_twice(21));
    NUM(loaded("delayed_gone.dll"));
    YES(MoveFileA("delayed_else.dll", "delayed_gone.dll"));
    // The helper asks once: what the handler gave is kept for this call alone.
    NUM(gone_twice(21));
    NUM(loaded("delayed_gone.dll"));
    return 0;
}
