// SPDX-License-Identifier: GPL-3.0-only
// Who is told of threads that begin and end: TLS callbacks of the program, entries of DLLs, and in what
// order.
#include "say.h"

static volatile LONG begun, ended;
static DWORD main_thread;

static const char* reason_name(DWORD reason) {
    static const char* names[] = {"process ends", "process begins", "thread begins", "thread ends"};
    return reason < 4 ? names[reason] : "?";
}

// Nothing may be printed before the C library is there: it is kept.
static char early[200];

static void NTAPI first(void* module, DWORD reason, void* reserved) {
    if (reason == DLL_PROCESS_ATTACH) {
        strcat(early, "first: process begins");
        if (module == GetModuleHandleA(NULL) && !reserved) strcat(early, ", own module, nothing else");
        strcat(early, "\n");
        main_thread = GetCurrentThreadId();
    } else if (reason != DLL_PROCESS_DETACH) {
        printf("first: %s%s\n", reason_name(reason), GetCurrentThreadId() == main_thread ? " in main" : "");
        if (reason == DLL_THREAD_ATTACH) begun++;
        if (reason == DLL_THREAD_DETACH) ended++;
        fflush(stdout);
    }
}

static void NTAPI second(void* module, DWORD reason, void* reserved) {
    (void)module;
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH)
        strcat(early, "second: process begins\n");
    else if (reason != DLL_PROCESS_DETACH)
        printf("second: %s\n", reason_name(reason));
    fflush(stdout);
}

// Between the C library's own, which begin with .CRT$XLA and end with .CRT$XLZ.
__attribute__((section(".CRT$XLM"), used)) static PIMAGE_TLS_CALLBACK first_entry = first;
__attribute__((section(".CRT$XLN"), used)) static PIMAGE_TLS_CALLBACK second_entry = second;

static DWORD WINAPI run(void* name) {
    printf("%s runs\n", (char*)name);
    fflush(stdout);
    return 0;
}

static void thread(const char* name) {
    HANDLE made = CreateThread(NULL, 0, run, (void*)name, 0, NULL);
    WaitForSingleObject(made, INFINITE);
    CloseHandle(made);
}

int main(void) {
    HMODULE told, quiet;
    HANDLE suspended;
    printf("%s", early);
    thread("one");
    told = MADE(LoadLibraryA("thread_calls_told.dll"));
    quiet = MADE(LoadLibraryA("thread_calls_quiet.dll"));
    thread("two");
    YES(FreeLibrary(quiet));
    YES(FreeLibrary(told));
    thread("three");
    // One that is ended before it runs has not begun for anybody, and is not told of.
    suspended = CreateThread(NULL, 0, run, "never", CREATE_SUSPENDED, NULL);
    YES(TerminateThread(suspended, 1));
    WaitForSingleObject(suspended, INFINITE);
    NUM(begun);
    NUM(ended);
    fflush(stdout);
    return 0;
}
