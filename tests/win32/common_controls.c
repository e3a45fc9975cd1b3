// SPDX-License-Identifier: GPL-3.0-only
// The manifest asks for version 6 of the common controls: a load of comctl32.dll by its name finds the
// assembly's in WinSxS. A path is not redirected: Wine, which gives the assembly's for it too, takes a
// built-in DLL by its last name alone.
#include "say.h"

static void say_where(const char* what, HMODULE module) {
    char path[MAX_PATH] = "", *at;
    GetModuleFileNameA(module, path, sizeof path);
    for (at = path; *at; ++at)
        if (*at >= 'A' && *at <= 'Z') *at += 'a' - 'A';
    printf("%s: %s\n", what,
           strstr(path, "\\winsxs\\amd64_microsoft.windows.common-controls_6595b64144ccf1df_6.") ? "WinSxS"
           : strstr(path, "\\system32\\")                                                        ? "System32"
                                                                                                 : path);
}

int main(void) {
    ULONG_PTR cookie = 0;
    HMODULE six = MADE(LoadLibraryA("comctl32.dll")), five;
    say_where("by its name", six);
    say_where("without its ending", LoadLibraryA("COMCTL32"));
    printf("the same: %d\n", GetModuleHandleA("comctl32.dll") == six);
    // An empty activation context is that of the process; a path is what it says.
    YES(ActivateActCtx(NULL, &cookie));
    say_where("in the empty context", LoadLibraryA("comctl32.dll"));
    YES(DeactivateActCtx(0, cookie));
    five = MADE(LoadLibraryA("C:\\Windows\\System32\\comctl32.dll"));
    say_where("by its path", five);
    printf("InitCommonControlsEx: %d\n", GetProcAddress(six, "InitCommonControlsEx") != NULL);
    return 0;
}
