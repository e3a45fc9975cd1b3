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

// A copy of a DLL, with another name among its imports.
static void copy_with(const char* from, const char* to, const char* name, const char* other) {
    static char bytes[1 << 20];
    DWORD length = 0;
    HANDLE file = CreateFileA(from, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    ReadFile(file, bytes, sizeof bytes, &length, NULL);
    CloseHandle(file);
    for (DWORD i = 0; i + strlen(name) < length; ++i)
        if (!_strnicmp(bytes + i, name, strlen(name) + 1)) memcpy(bytes + i, other, strlen(other));
    file = CreateFileA(to, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, bytes, length, &length, NULL);
    CloseHandle(file);
}

static void load_with(const char* what, const char* name, DWORD flags) {
    HMODULE module = LoadLibraryExA(name, NULL, flags);
    if (!module)
        printf("%s: error %lu\n", what, GetLastError());
    else
        printf("%s: loaded, and what it imports: %d\n", what, GetModuleHandleA("versiox.dll") != NULL);
    if (module) FreeLibrary(module);
}

// What a DLL imports is looked for where the DLL was.
static void dependencies(void) {
    char full[MAX_PATH], path[4096], system[MAX_PATH];
    GetSystemDirectoryA(system, sizeof system - 20);
    strcat(system, "\\version.dll");
    CreateDirectoryA("deep", NULL);
    CopyFileA(system, "deep\\versiox.dll", FALSE);
    copy_with("search_depends.dll", "deep\\needs.dll", "version.dll", "versiox");
    GetFullPathNameA("deep", sizeof full - 20, full, NULL);
    GetEnvironmentVariableA("PATH", path, sizeof path - MAX_PATH);
    load_with("by its path", "deep\\needs.dll", 0);
    SetDllDirectoryA(full);
    load_with("in the DLL directory", "needs.dll", 0);
    SetDllDirectoryA(NULL);
    load_with("nowhere", "needs.dll", 0);
    strcat(strcat(path, ";"), full);
    SetEnvironmentVariableA("PATH", path);
    load_with("in PATH", "needs.dll", 0);
    path[strlen(path) - strlen(full) - 1] = 0;
    SetEnvironmentVariableA("PATH", path);
    strcat(full, "\\needs.dll");
    load_with("from its folder", full, LOAD_WITH_ALTERED_SEARCH_PATH);
    load_with("by its folder's flag", full, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
}

int main(void) {
    char system[MAX_PATH];
    dependencies();
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
