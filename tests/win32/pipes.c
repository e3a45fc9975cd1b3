// SPDX-License-Identifier: GPL-3.0-only
// An anonymous pipe to a child; a named one of messages, overlapped: what is too long for the reader, what is
// left when the client goes, the end.
#include <stdio.h>
#include <windows.h>

static const char kName[] = "\\\\.\\pipe\\messages";

static int child(void) {
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    char text[64];
    DWORD length;
    while (ReadFile(input, text, sizeof text, &length, NULL))
        printf("child: %lu bytes, %.*s\n", length, (int)length, text);
    printf("child: error %lu\n", GetLastError());
    return 7;
}

static void anonymous(void) {
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    STARTUPINFOA startup = {sizeof startup};
    PROCESS_INFORMATION process;
    char program[MAX_PATH], command[MAX_PATH + 16];
    HANDLE reader, writer;
    DWORD length, code = 0;
    if (!CreatePipe(&reader, &writer, &inherited, 0)) {
        printf("no pipe: error %lu\n", GetLastError());
        return;
    }
    SetHandleInformation(writer, HANDLE_FLAG_INHERIT, 0);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = reader;
    startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    GetModuleFileNameA(NULL, program, sizeof program);
    sprintf(command, "\"%s\" child", program);
    if (!CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process)) {
        printf("no child: error %lu\n", GetLastError());
        return;
    }
    CloseHandle(reader);
    WriteFile(writer, "hello", 5, &length, NULL);
    CloseHandle(writer);
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    printf("code %lu\n", code);
}

static void read_some(HANDLE pipe, const char* what) {
    OVERLAPPED overlapped = {0};
    char text[4];
    DWORD length = 0, error = 0;
    overlapped.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    if (!ReadFile(pipe, text, sizeof text, &length, &overlapped)) error = GetLastError();
    if (error == ERROR_IO_PENDING || error == ERROR_MORE_DATA)
        error = GetOverlappedResult(pipe, &overlapped, &length, TRUE) ? 0 : GetLastError();
    printf("%s: error %lu, %lu bytes\n", what, error, length);
    CloseHandle(overlapped.hEvent);
}

// An overlapped handle's, which takes no OVERLAPPED: its answer has to be there when it returns.
static void peek(HANDLE pipe, const char* what) {
    char text[4];
    DWORD length = 0, available = 99, left = 99;
    if (!PeekNamedPipe(pipe, text, sizeof text, &length, &available, &left)) {
        printf("%s: error %lu\n", what, GetLastError());
        return;
    }
    printf("%s: %lu bytes of %lu, then %lu, %.*s\n", what, length, available, left, (int)length, text);
}

static void named(void) {
    OVERLAPPED overlapped = {0};
    DWORD length;
    HANDLE client, server = CreateNamedPipeA(kName, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                                             PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1, 512, 512, 0, NULL);
    printf("server %d\n", server != INVALID_HANDLE_VALUE);
    CreateNamedPipeA(kName, PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE, 1, 512, 512, 0, NULL);
    printf("another: error %lu\n", GetLastError());
    overlapped.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    if (!ConnectNamedPipe(server, &overlapped)) printf("connect: error %lu\n", GetLastError());
    client = CreateFileA(kName, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    printf("client %d\n", client != INVALID_HANDLE_VALUE);
    printf("connected %lu\n", WaitForSingleObject(overlapped.hEvent, INFINITE));
    if (CreateFileA(kName, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL) == INVALID_HANDLE_VALUE)
        printf("busy: error %lu\n", GetLastError());
    peek(server, "nothing");
    WriteFile(client, "abcdef", 6, &length, NULL);
    peek(server, "a look");
    read_some(server, "part");
    CloseHandle(client);
    read_some(server, "rest");
    read_some(server, "end");
    peek(server, "a look at the end");
    CloseHandle(server);
    client = CreateFileA(kName, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    printf("gone: error %lu\n", client == INVALID_HANDLE_VALUE ? GetLastError() : 0);
}

int main(int argc, char** argv) {
    (void)argv;
    if (argc == 2) return child();
    anonymous();
    fflush(stdout);
    named();
    return 0;
}
