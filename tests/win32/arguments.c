// SPDX-License-Identifier: GPL-3.0-only
// Command line, environment, current directory, and where the program itself lies.
// arguments: one "two words" three\"quoted "back\\slash\\"
// environment: NEPTUNE_TEST=a value
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

int main(int argc, char** argv) {
    char text[MAX_PATH];
    int i;
    for (i = 1; i < argc; i++)
        printf("%d: [%s]\n", i, argv[i]);
    printf("command line ends with %s\n", strstr(GetCommandLineA(), "one"));
    printf("NEPTUNE_TEST=%s\n", getenv("NEPTUNE_TEST"));
    printf("SystemRoot=%s\n", getenv("SystemRoot"));
    printf("NOT_THERE=%s\n", getenv("NOT_THERE") ? "set" : "not set");
    SetEnvironmentVariableA("MADE", "here");
    GetEnvironmentVariableA("MADE", text, sizeof text);
    printf("MADE=%s\n", text);
    GetCurrentDirectoryA(sizeof text, text);
    printf("current directory %s\n", text);
    GetModuleFileNameA(NULL, text, sizeof text);
    printf("program %s\n", strrchr(text, '\\') + 1);
    GetFullPathNameA("..\\x\\.\\y", sizeof text, text, NULL);
    printf("full path %s\n", text);
    GetSystemDirectoryA(text, sizeof text);
    printf("system directory %d\n", _stricmp(text, "C:\\Windows\\System32") == 0);
    GetWindowsDirectoryA(text, sizeof text);
    printf("Windows directory %d\n", _stricmp(text, "C:\\Windows") == 0);
    return 0;
}
