// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// Processes: flags, standard handles, suspension, exit codes, priorities, duplicated handles, ends by others.
// Wine 8.0 is wrong about a process that has ended already, an environment of one variable and a folder
// as a program.
#include <stdlib.h>
#include "say.h"

static char self[MAX_PATH];

static BOOL start(const char* words, DWORD flags, STARTUPINFOA* startup, void* environment,
                  const char* folder, PROCESS_INFORMATION* process) {
    char command[512];
    snprintf(command, sizeof command, "\"%s\" %s", self, words);
    return CreateProcessA(NULL, command, NULL, NULL, startup->dwFlags & STARTF_USESTDHANDLES, flags,
                          environment, folder, startup, process);
}

static DWORD ended(PROCESS_INFORMATION* process) {
    DWORD code = 0;
    WaitForSingleObject(process->hProcess, 20000);
    GetExitCodeProcess(process->hProcess, &code);
    CloseHandle(process->hProcess);
    CloseHandle(process->hThread);
    return code;
}

static int child(char** words) {
    char text[64] = "";
    DWORD moved;
    if (!strcmp(words[1], "exit")) ExitProcess(strtoul(words[2], NULL, 16));
    if (!strcmp(words[1], "crash")) *(volatile int*)0 = 1;
    if (!strcmp(words[1], "abort")) RaiseException(0xe1234567, EXCEPTION_NONCONTINUABLE, 0, NULL);
    if (!strcmp(words[1], "sleep")) Sleep(20000);
    if (!strcmp(words[1], "echo")) {
        ReadFile(GetStdHandle(STD_INPUT_HANDLE), text, sizeof text, &moved, NULL);
        WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, moved, &moved, NULL);
        WriteFile(GetStdHandle(STD_ERROR_HANDLE), "error", 5, &moved, NULL);
    }
    if (!strcmp(words[1], "environment")) {
        GetCurrentDirectoryA(sizeof text, text);
        return getenv("ONLY") && !getenv("SystemRoot") && strcmp(text, "C:\\Windows") == 0 ? 42 : 1;
    }
    return 0;
}

static void with_pipes(void) {
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    STARTUPINFOA startup = {sizeof startup};
    PROCESS_INFORMATION process;
    HANDLE in, in_end, out, out_end;
    char text[64];
    DWORD moved, flags;
    CreatePipe(&in, &in_end, &inherited, 0);
    CreatePipe(&out_end, &out, &inherited, 0);
    YES(SetHandleInformation(in_end, HANDLE_FLAG_INHERIT, 0));
    YES(SetHandleInformation(out_end, HANDLE_FLAG_INHERIT, 0));
    GetHandleInformation(in_end, &flags);
    NUM(flags);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = in;
    startup.hStdOutput = startup.hStdError = out;
    YES(start("echo", CREATE_NO_WINDOW, &startup, NULL, NULL, &process));
    CloseHandle(in);
    CloseHandle(out);
    WriteFile(in_end, "hello ", 6, &moved, NULL);
    NUM(ended(&process));
    for (DWORD total = 0; ReadFile(out_end, text + total, sizeof text - total, &moved, NULL); total += moved)
        text[total + moved] = 0;
    NUM(GetLastError());
    STR(text);
    CloseHandle(in_end);
    CloseHandle(out_end);
}

int main(int argc, char** argv) {
    STARTUPINFOA startup = {sizeof startup};
    PROCESS_INFORMATION process;
    HANDLE copy;
    DWORD code;
    if (argc > 1) return child(argv);
    GetModuleFileNameA(NULL, self, sizeof self);
    YES(start("exit 12345678", 0, &startup, NULL, NULL, &process));
    HEX(ended(&process));
    YES(start("crash", 0, &startup, NULL, NULL, &process));
    HEX(ended(&process));
    YES(start("abort", DETACHED_PROCESS, &startup, NULL, NULL, &process));
    HEX(ended(&process));
    YES(start("exit 7", CREATE_SUSPENDED, &startup, NULL, NULL, &process));
    NUM(WaitForSingleObject(process.hProcess, 30));
    YES(SetPriorityClass(process.hProcess, ABOVE_NORMAL_PRIORITY_CLASS));
    HEX(GetPriorityClass(process.hProcess));
    NUM(GetExitCodeProcess(process.hProcess, &code) && code == STILL_ACTIVE);
    NUM(ResumeThread(process.hThread));
    NUM(ended(&process));
    YES(start("sleep", CREATE_NEW_PROCESS_GROUP, &startup, NULL, NULL, &process));
    YES(DuplicateHandle(GetCurrentProcess(), process.hProcess, GetCurrentProcess(), &copy, SYNCHRONIZE, FALSE,
                        0));
    YES(TerminateProcess(copy, 1));
    YES(TerminateProcess(process.hProcess, 99));
    NUM(WaitForSingleObject(copy, 20000));
    YES(TerminateProcess(process.hProcess, 100));
    NUM(ended(&process));
    CloseHandle(copy);
    YES(start("environment", 0, &startup, "ONLY=1\0", "C:\\Windows", &process));
    NUM(ended(&process));
    YES(start("environment", CREATE_UNICODE_ENVIRONMENT, &startup, L"ONLY=1\0", "C:\\Windows", &process));
    NUM(ended(&process));
    YES(start("exit 1", 0, &startup, NULL, "C:\\none", &process));
    with_pipes();
    YES(CreateProcessA("none.exe", NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    YES(CreateProcessA("C:\\Windows", NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    MADE(OpenProcess(PROCESS_ALL_ACCESS, FALSE, 0));
    MADE(OpenProcess(SYNCHRONIZE, FALSE, 0x7ffffff0));
    copy = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, GetCurrentProcessId());
    NUM(GetProcessId(copy) == GetCurrentProcessId());
    code = sizeof self;
    YES(QueryFullProcessImageNameA(copy, 0, self, &code));
    STR(self);
    NUM(GetProcessVersion(0) > 0);
    return 0;
}
