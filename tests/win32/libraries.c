// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// DLLs: imported and loaded, their entries, references, names, storage of threads that run already.
// Wine 8.0 has the error of a missing name for an ordinal that is missing.
#include "say.h"

__declspec(dllimport) int next(void);
__declspec(dllimport) HMODULE where(void);
__declspec(dllimport) extern int shared;
static int (*of_thread)(void);
static HANDLE go;

static DWORD WINAPI thread(void* unused) {
    (void)unused;
    next();
    WaitForSingleObject(go, INFINITE);
    return (DWORD)(next() * 1000 + (of_thread ? of_thread() : 0));
}

static const char* base(char* path) {
    return strrchr(path, '\\') + 1;
}

int main(void) {
    char path[MAX_PATH];
    HMODULE one = GetModuleHandleA("libraries_one"), two, data, again;
    HANDLE early;
    DWORD code;
    NUM(shared);
    NUM(next());
    NUM(where() == one && one == GetModuleHandleA("LIBRARIES_ONE.DLL"));
    NUM(GetModuleHandleA("libraries_two") == NULL);
    go = CreateEventA(NULL, TRUE, FALSE, NULL);
    early = CreateThread(NULL, 0, thread, NULL, 0, NULL);
    Sleep(30);
    SetEnvironmentVariableA("REFUSE", "1");
    MADE(LoadLibraryA("libraries_two.dll"));
    SetEnvironmentVariableA("REFUSE", NULL);
    two = MADE(LoadLibraryA("libraries_two"));
    again = LoadLibraryA("libraries_two.dll");
    NUM(again == two);
    of_thread = (int (*)(void))(void*)GetProcAddress(two, "of_thread");
    NUM(of_thread());
    MADE(GetProcAddress(two, "Of_Thread"));
    MADE(GetProcAddress(two, (char*)1));
    MADE(GetProcAddress(two, (char*)1000));
    SetEvent(go);
    WaitForSingleObject(early, INFINITE);
    GetExitCodeThread(early, &code);
    NUM(code);
    GetModuleFileNameA(two, path, sizeof path);
    STR(base(path));
    NUM(GetModuleFileNameA(two, path, 5));
    NUM(GetLastError());
    YES(FreeLibrary(two));
    NUM(GetModuleHandleA("libraries_two") == two);
    YES(FreeLibrary(two));
    MADE(GetModuleHandleA("libraries_two"));
    YES(FreeLibrary(two));
    MADE(LoadLibraryA("nowhere.dll"));
    data = MADE(LoadLibraryExA("libraries_two.dll", NULL, LOAD_LIBRARY_AS_DATAFILE));
    HEX((ULONG_PTR)data & 3);
    YES(FreeLibrary(data));
    data = MADE(LoadLibraryExA("libraries_two.dll", NULL, LOAD_LIBRARY_AS_IMAGE_RESOURCE));
    HEX((ULONG_PTR)data & 3);
    YES(FreeLibrary(data));
    two = MADE(LoadLibraryExA("libraries_two.dll", NULL, DONT_RESOLVE_DLL_REFERENCES));
    FreeLibrary(two);
    YES(GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_PIN, "libraries_one", &again));
    MADE(GetProcAddress(GetModuleHandleA("kernel32"), "HeapAlloc"));
    NUM(GetProcAddress(GetModuleHandleA("kernel32"), "HeapAlloc") ==
        GetProcAddress(GetModuleHandleA("ntdll"), "RtlAllocateHeap"));
    YES(SetDllDirectoryA("C:\\none"));
    MADE(LoadLibraryExA("libraries_two.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32));
    two = MADE(LoadLibraryExA("libraries_two.dll", NULL, LOAD_LIBRARY_SEARCH_APPLICATION_DIR));
    fflush(stdout);
    return 3;
}
