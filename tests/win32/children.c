// SPDX-License-Identifier: GPL-3.0-only
// A program that starts itself: command line, environment, standard handles, an inherited handle, the exit
// code.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static int child(char** arguments) {
    HANDLE event = (HANDLE)(ULONG_PTR)strtoull(arguments[2], NULL, 16);
    STARTUPINFOA startup;
    GetStartupInfoA(&startup);
    printf("child: [%s], VALUE=%s, reserved %d\n", arguments[3], getenv("VALUE"), startup.cbReserved2);
    printf("child: event %d\n", SetEvent(event));
    return 77;
}

int main(int argc, char** argv) {
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    PROCESS_INFORMATION process;
    STARTUPINFOA startup = {sizeof startup};
    char command[MAX_PATH * 2], program[MAX_PATH];
    DWORD code = 0;
    HANDLE event;
    if (argc == 4) return child(argv);
    event = CreateEventA(&inherited, TRUE, FALSE, NULL);
    GetModuleFileNameA(NULL, program, sizeof program);
    sprintf(command, "\"%s\" child %llx \"two words\"", program, (unsigned long long)(ULONG_PTR)event);
    SetEnvironmentVariableA("VALUE", "from the parent");
    if (!CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process)) {
        printf("error %lu\n", GetLastError());
        return 1;
    }
    printf("child: end %lu\n", WaitForSingleObject(process.hProcess, INFINITE));
    GetExitCodeProcess(process.hProcess, &code);
    printf("code %lu, event %lu\n", code, WaitForSingleObject(event, 0));
    if (!CreateProcessA(NULL, "nowhere.exe", NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process))
        printf("nowhere: error %lu\n", GetLastError());
    return 0;
}
