// SPDX-License-Identifier: GPL-3.0-only
// Where SearchPath and LoadLibrary look, what the processor has, the count of ticks.
#include <stdio.h>
#include <windows.h>

static void search(const char* what) {
    char path[MAX_PATH], folder[MAX_PATH];
    char* name = NULL;
    GetCurrentDirectoryA(sizeof folder, folder);
    if (!SearchPathA(NULL, "kernel32.dll", NULL, sizeof path, path, &name))
        printf("%s: not found, error %lu\n", what, GetLastError());
    else
        printf("%s: %s\n", what,
               _strnicmp(path, folder, strlen(folder)) ? "the system's" : "the current folder's");
}

static BOOL load(void) {
    HMODULE module = LoadLibraryA("here.dll");
    if (module) FreeLibrary(module);
    return module != NULL;
}

int main(void) {
    char system[MAX_PATH];
    CreateDirectoryA("current", NULL);
    SetCurrentDirectoryA("current");
    GetSystemDirectoryA(system, sizeof system - 20);
    strcat(system, "\\apisetschema.dll");
    CopyFileA(system, "kernel32.dll", FALSE);
    CopyFileA(system, "here.dll", FALSE);
    search("at first");
    printf("mode 0: %d\n", SetSearchPathMode(0));
    printf("safe: %d\n", SetSearchPathMode(BASE_SEARCH_PATH_ENABLE_SAFE_SEARCHMODE));
    search("safe");
    printf("unsafe: %d\n", SetSearchPathMode(BASE_SEARCH_PATH_DISABLE_SAFE_SEARCHMODE));
    search("unsafe");
    printf("for ever: %d\n",
           SetSearchPathMode(BASE_SEARCH_PATH_ENABLE_SAFE_SEARCHMODE | BASE_SEARCH_PATH_PERMANENT));
    BOOL good = SetSearchPathMode(BASE_SEARCH_PATH_DISABLE_SAFE_SEARCHMODE);
    printf("unsafe again: %d, error %lu\n", good, GetLastError());
    printf("a DLL here: %d\n", load());
    SetDllDirectoryA("");
    printf("not the current folder: %d\n", load());
    SetDllDirectoryA(NULL);
    printf("again: %d\n", load());
    for (DWORD feature = 36; feature <= 38; feature++)
        printf("feature %lu: %d\n", feature, IsProcessorFeaturePresent(feature));
    printf("SSE3: %d\n", IsProcessorFeaturePresent(PF_SSE3_INSTRUCTIONS_AVAILABLE));
    DWORD before = GetTickCount();
    Sleep(500);
    DWORD passed = GetTickCount() - before;
    printf("ticks: %d, half a second: %d\n", before > 1000, passed >= 470 && passed < 5000);
    return 0;
}
