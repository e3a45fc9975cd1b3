// SPDX-License-Identifier: GPL-3.0-only
// runtime: ucrt
// Objects with names that two processes share, what becomes of them when one ends, and handles that are given
// away.
#include <stdlib.h>
#include "say.h"

static char self[MAX_PATH];

static HANDLE child(const char* what, HANDLE given) {
    STARTUPINFOA startup = {sizeof startup};
    PROCESS_INFORMATION process = {0};
    char command[MAX_PATH + 40];
    sprintf(command, "\"%s\" %s %llu", self, what, (unsigned long long)(ULONG_PTR)given);
    fflush(stdout);
    if (!CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
        printf("child: error %lu\n", GetLastError());
    CloseHandle(process.hThread);
    return process.hProcess;
}

static DWORD end(HANDLE process) {
    DWORD code = 0;
    WaitForSingleObject(process, INFINITE);
    GetExitCodeProcess(process, &code);
    CloseHandle(process);
    return code;
}

static int in_child(const char* what, HANDLE given) {
    HANDLE event = OpenEventA(EVENT_MODIFY_STATE, FALSE, "Local\\programs event"), mapping, mutex;
    char* view;
    if (!strcmp(what, "sets")) return !SetEvent(event);
    if (!strcmp(what, "abandons")) {
        mutex = OpenMutexA(SYNCHRONIZE, FALSE, "Local\\programs mutex");
        return (int)WaitForSingleObject(mutex, 5000);
    }
    if (!strcmp(what, "writes")) {
        mapping = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, "programs memory");
        view = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, 0);
        strcpy(view + 0x1ff0, "by the child");
        InterlockedAdd((LONG*)view, 40);
        return 7;
    }
    if (!strcmp(what, "inherited")) {
        view = MapViewOfFile(given, FILE_MAP_WRITE, 0, 0, 0);
        return view ? ++view[5] : (int)GetLastError();
    }
    if (!strcmp(what, "waits")) {
        mutex = CreateSemaphoreA(NULL, 0, 1, "Local\\programs semaphore");
        SetEvent(event);
        return (int)WaitForSingleObject(mutex, 10000) + 20;
    }
    return 99;
}

static void kinds(void) {
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, "Local\\programs event"), second;
    second = MADE(CreateEventA(NULL, TRUE, TRUE, "Local\\programs event"));
    NUM(GetLastError());
    // The first maker decides what it is: automatic, not set.
    NUM(WaitForSingleObject(second, 0));
    CloseHandle(second);
    MADE(CreateMutexA(NULL, FALSE, "Local\\programs event"));
    MADE(OpenMutexA(SYNCHRONIZE, FALSE, "Local\\programs event"));
    MADE(OpenEventA(SYNCHRONIZE, FALSE, "programs event"));
    MADE(OpenEventA(SYNCHRONIZE, FALSE, "Local\\programs\\event"));
    MADE(CreateEventA(NULL, FALSE, FALSE, "Nowhere\\event"));
    MADE(CreateEventA(NULL, FALSE, FALSE, ""));
    second = MADE(OpenEventA(SYNCHRONIZE, FALSE, "Local\\programs event"));
    YES(SetEvent(second));
    YES(CloseHandle(second));
    NUM(end(child("sets", NULL)));
    NUM(WaitForSingleObject(event, 0));
    NUM(WaitForSingleObject(event, 0));
    CloseHandle(event);
    MADE(OpenEventA(SYNCHRONIZE, FALSE, "Local\\programs event"));
}

static void ends(void) {
    HANDLE mutex = CreateMutexA(NULL, FALSE, "Local\\programs mutex"), event, semaphore, process;
    NUM(end(child("abandons", NULL)));
    HEX(WaitForSingleObject(mutex, 0));
    HEX(WaitForSingleObject(mutex, 0));
    YES(ReleaseMutex(mutex));
    YES(ReleaseMutex(mutex));
    YES(ReleaseMutex(mutex));
    CloseHandle(mutex);
    event = CreateEventA(NULL, FALSE, FALSE, "Local\\programs event");
    process = child("waits", NULL);
    NUM(WaitForSingleObject(event, 10000));
    semaphore = MADE(OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, "Local\\programs semaphore"));
    YES(TerminateProcess(process, 44));
    NUM(end(process));
    // It is here as long as this handle.
    LONG before = 9;
    YES(ReleaseSemaphore(semaphore, 1, &before));
    NUM(before);
    YES(ReleaseSemaphore(semaphore, 1, &before));
    CloseHandle(semaphore);
    MADE(OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, "Local\\programs semaphore"));
    CloseHandle(event);
}

static void memory(void) {
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE mapping =
        CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x2000, "programs memory");
    char* view = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    DWORD flags;
    *(LONG*)view = 2;
    NUM(end(child("writes", NULL)));
    STR(view + 0x1ff0);
    NUM(*(LONG*)view);
    UnmapViewOfFile(view);
    CloseHandle(mapping);
    mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, &inherited, PAGE_READWRITE, 0, 0x1000, NULL);
    view = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    view[5] = 30;
    NUM(end(child("inherited", mapping)));
    NUM(view[5]);
    YES(GetHandleInformation(mapping, &flags));
    NUM(flags);
    YES(SetHandleInformation(mapping, HANDLE_FLAG_INHERIT, 0));
    NUM(end(child("inherited", mapping)));
    NUM(view[5]);
    YES(SetHandleInformation(mapping, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE));
    YES(CloseHandle(mapping));
    YES(SetHandleInformation(mapping, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0));
    YES(CloseHandle(mapping));
    YES(CloseHandle(mapping));
}

int main(int argc, char** argv) {
    if (argc > 2) return in_child(argv[1], (HANDLE)(ULONG_PTR)strtoull(argv[2], NULL, 10));
    GetModuleFileNameA(NULL, self, sizeof self);
    kinds();
    ends();
    memory();
    return 0;
}
