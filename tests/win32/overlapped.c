// SPDX-License-Identifier: GPL-3.0-only
// runtime: ucrt
// Overlapped requests on pipes and files, completion ports, asynchronous procedure calls.
// Wine 8.0 says that there was something to cancel when there was not.
#include "say.h"

static int called;

static void CALLBACK complete(DWORD error, DWORD bytes, OVERLAPPED* overlapped) {
    printf("completed: error %lu, %lu bytes, offset %lu\n", error, bytes, overlapped->Offset);
    called++;
}

static void CALLBACK apc(ULONG_PTR number) {
    printf("apc %d\n", (int)number);
    called++;
}

static DWORD WINAPI waits(void* event) {
    DWORD result = WaitForSingleObjectEx(event, 10000, TRUE);
    DWORD again = SleepEx(0, TRUE);
    return result * 1000 + again;
}

static void procedure_calls(void) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL), thread;
    DWORD code;
    NUM(QueueUserAPC(apc, GetCurrentThread(), 1) != 0);
    NUM(QueueUserAPC(apc, GetCurrentThread(), 2) != 0);
    NUM(SleepEx(0, FALSE));
    NUM(SleepEx(0, TRUE));
    NUM(SleepEx(0, TRUE));
    thread = CreateThread(NULL, 0, waits, event, CREATE_SUSPENDED, NULL);
    NUM(QueueUserAPC(apc, thread, 3) != 0);  // runs before the thread's function
    ResumeThread(thread);
    Sleep(50);
    QueueUserAPC(apc, thread, 4);
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &code);
    NUM(code);
    NUM(QueueUserAPC(apc, thread, 5) != 0);
    CloseHandle(thread);
    CloseHandle(event);
}

static void ports(void) {
    HANDLE port = MADE(CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1)), file;
    OVERLAPPED overlapped = {.Offset = 100}, *got = NULL;
    OVERLAPPED_ENTRY entries[8];
    ULONG_PTR key = 0;
    DWORD bytes = 0;
    ULONG count = 0;
    YES(GetQueuedCompletionStatus(port, &bytes, &key, &got, 0));
    YES(PostQueuedCompletionStatus(port, 11, 22, (OVERLAPPED*)33));
    YES(GetQueuedCompletionStatus(port, &bytes, &key, &got, 0));
    printf("%lu %d %p\n", bytes, (int)key, (void*)got);
    file = CreateFileA("port.txt", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                       FILE_FLAG_OVERLAPPED | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    NUM(CreateIoCompletionPort(file, port, 7, 0) == port);
    MADE(CreateIoCompletionPort(file, port, 8, 0));
    NUM(WriteFile(file, "0123456789", 10, NULL, &overlapped) || GetLastError() == ERROR_IO_PENDING);
    YES(GetQueuedCompletionStatus(port, &bytes, &key, &got, 5000));
    printf("%lu %d %d\n", bytes, (int)key, got == &overlapped);
    overlapped.Offset = 1000;
    NUM(ReadFile(file, entries, 10, NULL, &overlapped)
            ? 0
            : GetLastError() == ERROR_IO_PENDING || GetLastError() == ERROR_HANDLE_EOF);
    Sleep(20);
    while (GetQueuedCompletionStatus(port, &bytes, &key, &got, 0) || got)
        got = NULL;
    for (int i = 0; i < 5; i++)
        PostQueuedCompletionStatus(port, i, i, NULL);
    YES(GetQueuedCompletionStatusEx(port, entries, 3, &count, 0, FALSE));
    printf("%lu: %d %d %d\n", count, (int)entries[0].lpCompletionKey, (int)entries[1].lpCompletionKey,
           (int)entries[2].lpCompletionKey);
    YES(GetQueuedCompletionStatusEx(port, entries, 8, &count, 0, FALSE));
    NUM(count);
    YES(GetQueuedCompletionStatusEx(port, entries, 8, &count, 10, FALSE));
    CloseHandle(file);
    CloseHandle(port);
    YES(GetQueuedCompletionStatus(port, &bytes, &key, &got, 0));
}

static void files(void) {
    HANDLE file = CreateFileA("over.txt", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                              FILE_FLAG_OVERLAPPED | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)}, with_routine = {.Offset = 3};
    char text[16] = "";
    DWORD bytes;
    NUM(WriteFile(file, "abcdefghij", 10, NULL, &overlapped) || GetLastError() == ERROR_IO_PENDING);
    YES(GetOverlappedResult(file, &overlapped, &bytes, TRUE));
    NUM(bytes);
    NUM(WaitForSingleObject(overlapped.hEvent, 0));
    YES(ReadFileEx(file, text, 4, &with_routine, complete));
    while (!called)
        SleepEx(1000, TRUE);
    STR(text);
    called = 0;
    YES(WriteFileEx(file, "XY", 2, &with_routine, complete));
    while (!called)
        SleepEx(1000, TRUE);
    YES(CancelIo(file));
    YES(CancelIoEx(file, NULL));
    CloseHandle(file);
}

static void pipes(void) {
    HANDLE server =
               MADE(CreateNamedPipeA("\\\\.\\pipe\\overlapped8", PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                                     PIPE_TYPE_BYTE, 1, 100, 100, 0, NULL)),
           client;
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    char text[16] = "";
    DWORD bytes;
    YES(ConnectNamedPipe(server, &overlapped));
    client = MADE(CreateFileA("\\\\.\\pipe\\overlapped8", GENERIC_READ | GENERIC_WRITE, 0, NULL,
                              OPEN_EXISTING, 0, NULL));
    YES(GetOverlappedResult(server, &overlapped, &bytes, TRUE));
    YES(ReadFile(server, text, 10, NULL, &overlapped));
    YES(GetOverlappedResult(server, &overlapped, &bytes, FALSE));
    NUM(WaitForSingleObject(overlapped.hEvent, 20));
    WriteFile(client, "hello", 5, &bytes, NULL);
    YES(GetOverlappedResult(server, &overlapped, &bytes, TRUE));
    printf("%lu [%s]\n", bytes, text);
    YES(ReadFile(server, text, 10, NULL, &overlapped));
    YES(CancelIo(server));
    YES(GetOverlappedResult(server, &overlapped, &bytes, TRUE));
    YES(ReadFile(server, text, 10, NULL, &overlapped));
    YES(GetOverlappedResultEx(server, &overlapped, &bytes, 10, FALSE));
    CloseHandle(client);
    YES(GetOverlappedResult(server, &overlapped, &bytes, TRUE));
    CloseHandle(server);
}

int main(void) {
    procedure_calls();
    ports();
    files();
    pipes();
    return 0;
}
