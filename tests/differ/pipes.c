// SPDX-License-Identifier: GPL-3.0-only
// Named pipes, anonymous pipes, mailslots and completion ports.
#include "differ.h"

static HANDLE server, client;
static char buffer[100];
static DWORD done;

static HANDLE serve(DWORD open, DWORD mode, DWORD most) {
    return CreateNamedPipeA("\\\\.\\pipe\\differ", open, mode, most, 64, 64, 1000, NULL);
}

static void join(DWORD mode) {
    server = serve(PIPE_ACCESS_DUPLEX, mode, 4);
    client =
        CreateFileA("\\\\.\\pipe\\differ", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
}

PROGRAM(create) {
    WIN("no instances", serve(PIPE_ACCESS_DUPLEX, 0, 0) != INVALID_HANDLE_VALUE);
    WIN("no access", serve(0, 0, 1) != INVALID_HANDLE_VALUE);
    WIN("message read of bytes", serve(PIPE_ACCESS_DUPLEX, PIPE_READMODE_MESSAGE, 1) != INVALID_HANDLE_VALUE);
    WIN("bad mode", serve(PIPE_ACCESS_DUPLEX, 0x40, 1) != INVALID_HANDLE_VALUE);
    WIN("256 instances", serve(PIPE_ACCESS_DUPLEX, 0, 256) != INVALID_HANDLE_VALUE);
    WIN("one", (server = serve(PIPE_ACCESS_DUPLEX, 0, 1)) != INVALID_HANDLE_VALUE);
    WIN("too many", serve(PIPE_ACCESS_DUPLEX, 0, 1) != INVALID_HANDLE_VALUE);
    WIN("other most", serve(PIPE_ACCESS_DUPLEX, 0, 2) != INVALID_HANDLE_VALUE);
    WIN("other type", serve(PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE, 1) != INVALID_HANDLE_VALUE);
    WIN("other access", serve(PIPE_ACCESS_INBOUND, 0, 1) != INVALID_HANDLE_VALUE);
    WIN("client", (client = CreateFileA("\\\\.\\pipe\\DIFFER", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0,
                                        NULL)) != INVALID_HANDLE_VALUE);
    WIN("second client", CreateFileA("\\\\.\\pipe\\differ", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL) !=
                             INVALID_HANDLE_VALUE);
    WIN("no pipe", CreateFileA("\\\\.\\pipe\\none", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL) !=
                       INVALID_HANDLE_VALUE);
    WIN("wait for none", WaitNamedPipeA("\\\\.\\pipe\\none", 10));
    WIN("wait for busy", WaitNamedPipeA("\\\\.\\pipe\\differ", 10));
    WIN("first instance",
        CreateNamedPipeA("\\\\.\\pipe\\differ", PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE, 0, 1, 0,
                         0, 0, NULL) != INVALID_HANDLE_VALUE);
    WIN("bad name", CreateNamedPipeA("\\\\.\\none\\differ", PIPE_ACCESS_DUPLEX, 0, 1, 0, 0, 0, NULL) !=
                        INVALID_HANDLE_VALUE);
    WIN("no name", CreateNamedPipeA(NULL, PIPE_ACCESS_DUPLEX, 0, 1, 0, 0, 0, NULL) != INVALID_HANDLE_VALUE);
}

PROGRAM(directions) {
    server = serve(PIPE_ACCESS_INBOUND, 0, 2);
    WIN("reader of an inbound", CreateFileA("\\\\.\\pipe\\differ", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0,
                                            NULL) != INVALID_HANDLE_VALUE);
    WIN("writer", (client = CreateFileA("\\\\.\\pipe\\differ", GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0,
                                        NULL)) != INVALID_HANDLE_VALUE);
    WIN("server writes", WriteFile(server, "x", 1, &done, NULL));
    WIN("client reads", ReadFile(client, buffer, 1, &done, NULL));
    WIN("client writes", WriteFile(client, "abc", 3, &done, NULL));
    WIN("server reads", ReadFile(server, buffer, 10, &done, NULL));
    NUM("bytes", done);
}

PROGRAM(messages) {
    join(PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE);
    DWORD total = 0, left = 0, mode = PIPE_READMODE_MESSAGE;
    WIN("client's mode", SetNamedPipeHandleState(client, &mode, NULL, NULL));
    WIN("write", WriteFile(client, "hello", 5, &done, NULL));
    WIN("write empty", WriteFile(client, "", 0, &done, NULL));
    WIN("write more", WriteFile(client, "xy", 2, &done, NULL));
    WIN("peek", PeekNamedPipe(server, buffer, 3, &done, &total, &left));
    line("peek", "%lu %lu %lu", done, total, left);
    WIN("short read", ReadFile(server, buffer, 2, &done, NULL));
    NUM("bytes", done);
    WIN("rest", ReadFile(server, buffer, 10, &done, NULL));
    NUM("bytes", done);
    WIN("empty", ReadFile(server, buffer, 10, &done, NULL));
    NUM("bytes", done);
    WIN("third", ReadFile(server, buffer, 10, &done, NULL));
    NUM("bytes", done);
    mode = PIPE_NOWAIT | PIPE_READMODE_MESSAGE;
    WIN("no wait", SetNamedPipeHandleState(server, &mode, NULL, NULL));
    WIN("nothing there", ReadFile(server, buffer, 10, &done, NULL));
    mode = PIPE_READMODE_BYTE;
    WIN("bytes", SetNamedPipeHandleState(server, &mode, NULL, NULL));
    WriteFile(client, "ab", 2, &done, NULL);
    WriteFile(client, "cd", 2, &done, NULL);
    WIN("two messages as bytes", ReadFile(server, buffer, 10, &done, NULL));
    NUM("bytes", done);
}

PROGRAM(states) {
    server = serve(PIPE_ACCESS_DUPLEX, PIPE_NOWAIT, 2);
    WIN("read unconnected", ReadFile(server, buffer, 1, &done, NULL));
    WIN("write unconnected", WriteFile(server, "x", 1, &done, NULL));
    WIN("peek unconnected", PeekNamedPipe(server, NULL, 0, NULL, NULL, NULL));
    WIN("connect", ConnectNamedPipe(server, NULL));
    WIN("connect again", ConnectNamedPipe(server, NULL));
    client =
        CreateFileA("\\\\.\\pipe\\differ", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    WIN("connected", ConnectNamedPipe(server, NULL));
    WIN("nothing there", ReadFile(server, buffer, 1, &done, NULL));
    WriteFile(client, "last", 4, &done, NULL);
    CloseHandle(client);
    WIN("last bytes", ReadFile(server, buffer, 10, &done, NULL));
    NUM("bytes", done);
    WIN("closed", ReadFile(server, buffer, 10, &done, NULL));
    WIN("write closed", WriteFile(server, "x", 1, &done, NULL));
    WIN("peek closed", PeekNamedPipe(server, NULL, 0, NULL, NULL, NULL));
    WIN("connect closed", ConnectNamedPipe(server, NULL));
    WIN("disconnect", DisconnectNamedPipe(server));
    WIN("disconnect again", DisconnectNamedPipe(server));
    WIN("read disconnected", ReadFile(server, buffer, 10, &done, NULL));
    WIN("peek disconnected", PeekNamedPipe(server, NULL, 0, NULL, NULL, NULL));
    CloseHandle(server);
    join(0);
    WriteFile(server, "x", 1, &done, NULL);
    WIN("disconnect with data", DisconnectNamedPipe(server));
    WIN("client reads", ReadFile(client, buffer, 1, &done, NULL));
    WIN("client writes", WriteFile(client, "x", 1, &done, NULL));
    WIN("client disconnects", DisconnectNamedPipe(client));
    WIN("client connects", ConnectNamedPipe(client, NULL));
}

PROGRAM(information) {
    struct {
        ULONG type, configuration, most, instances, in, in_there, out, out_there, state, end;
    } local = {0};
    ULONG mode[2] = {9, 9};
    IO_STATUS_BLOCK io;
    DWORD flags, instances, out, in, most;
    join(PIPE_TYPE_MESSAGE);
    WriteFile(client, "hello", 5, &done, NULL);
    ST("local", NtQueryInformationFile, server, &io, &local, sizeof local, 24);
    line("server", "type %lu, configuration %lu, most %lu, instances %lu", local.type, local.configuration,
         local.most, local.instances);
    line("quotas", "%lu %lu %lu %lu", local.in, local.in_there, local.out, local.out_there);
    line("state", "%lu, end %lu", local.state, local.end);
    ST("client's", NtQueryInformationFile, client, &io, &local, sizeof local, 24);
    line("client", "%lu %lu %lu %lu, state %lu, end %lu", local.in, local.in_there, local.out,
         local.out_there, local.state, local.end);
    ST("short", NtQueryInformationFile, client, &io, &local, 39, 24);
    ST("modes", NtQueryInformationFile, client, &io, mode, 8, 23);
    line("modes", "%lu %lu", mode[0], mode[1]);
    mode[0] = 5;
    ST("bad mode", NtSetInformationFile, client, &io, mode, 8, 23);
    ST("standard", NtQueryInformationFile, client, &io, buffer, 24, 5);
    ST("position", NtQueryInformationFile, client, &io, buffer, 8, 14);
    ST("basic", NtQueryInformationFile, client, &io, buffer, 40, 4);
    ST("name", NtQueryInformationFile, client, &io, buffer, 100, 9);
    line("name", "%.*ls", *(int*)buffer / 2, (wchar_t*)(buffer + 4));
    ST("end of file", NtSetInformationFile, client, &io, buffer, 8, 20);
    WIN("info", GetNamedPipeInfo(server, &flags, &out, &in, &most));
    line("info", "%lx %lu %lu %lu", flags, out, in, most);
    WIN("state", GetNamedPipeHandleStateA(client, &flags, &instances, NULL, NULL, NULL, 0));
    line("state", "%lx %lu", flags, instances);
    NUM("type", GetFileType(client));
    WIN("size", GetFileSize(client, NULL) != INVALID_FILE_SIZE);
    WIN("seek", SetFilePointer(client, 0, NULL, FILE_BEGIN) != INVALID_SET_FILE_POINTER);
    WIN("flush", FlushFileBuffers(server));
    WIN("lock", LockFile(client, 0, 0, 1, 0));
}

PROGRAM(anonymous) {
    HANDLE read, write;
    WIN("create", CreatePipe(&read, &write, NULL, 0));
    WIN("write to the reader", WriteFile(read, "x", 1, &done, NULL));
    WIN("read from the writer", ReadFile(write, buffer, 1, &done, NULL));
    WIN("write", WriteFile(write, "abc", 3, &done, NULL));
    WIN("write nothing", WriteFile(write, "", 0, &done, NULL));
    WIN("peek", PeekNamedPipe(read, NULL, 0, NULL, &done, NULL));
    NUM("there", done);
    WIN("read", ReadFile(read, buffer, 2, &done, NULL));
    NUM("bytes", done);
    CloseHandle(write);
    WIN("rest", ReadFile(read, buffer, 10, &done, NULL));
    NUM("bytes", done);
    WIN("end", ReadFile(read, buffer, 10, &done, NULL));
    CreatePipe(&read, &write, NULL, 0);
    CloseHandle(read);
    WIN("nobody reads", WriteFile(write, "abc", 3, &done, NULL));
    WIN("peek the writer", PeekNamedPipe(write, NULL, 0, NULL, NULL, NULL));
}

PROGRAM(overlapped) {
    OVERLAPPED one = {0}, two = {0};
    one.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    server = serve(PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED, 0, 1);
    WIN("connect", ConnectNamedPipe(server, &one));
    NUM("not yet", WaitForSingleObject(one.hEvent, 0));
    client =
        CreateFileA("\\\\.\\pipe\\differ", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    WIN("result", GetOverlappedResult(server, &one, &done, TRUE));
    WIN("connect again", ConnectNamedPipe(server, &one));
    WIN("read", ReadFile(server, buffer, 10, NULL, &one));
    WIN("not done", GetOverlappedResult(server, &one, &done, FALSE));
    WIN("cancel", CancelIo(server));
    WIN("cancelled", GetOverlappedResult(server, &one, &done, TRUE));
    WIN("cancel nothing", CancelIoEx(server, NULL));
    WIN("cancel nothing at all", CancelIo(server));
    ReadFile(server, buffer, 10, NULL, &one);
    WIN("cancel another", CancelIoEx(server, &two));
    WIN("cancel it", CancelIoEx(server, &one));
    WIN("it is", GetOverlappedResult(server, &one, &done, TRUE));
    ReadFile(server, buffer, 10, NULL, &one);
    CloseHandle(client);
    WIN("broken", GetOverlappedResult(server, &one, &done, TRUE));
    WIN("without overlapped", ReadFile(server, buffer, 1, &done, NULL));
}

PROGRAM(mailslots) {
    DWORD most, next, count, timeout;
    HANDLE slot = CreateMailslotA("\\\\.\\mailslot\\differ", 10, 0, NULL);
    WIN("made", slot != INVALID_HANDLE_VALUE);
    WIN("again", CreateMailslotA("\\\\.\\mailslot\\differ", 10, 0, NULL) != INVALID_HANDLE_VALUE);
    WIN("bad name", CreateMailslotA("\\\\.\\none\\differ", 10, 0, NULL) != INVALID_HANDLE_VALUE);
    WIN("read empty", ReadFile(slot, buffer, 10, &done, NULL));
    WIN("info", GetMailslotInfo(slot, &most, &next, &count, &timeout));
    line("info", "%lu %lx %lu %lu", most, next, count, timeout);
    WIN("reader", CreateFileA("\\\\.\\mailslot\\differ", GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL) !=
                      INVALID_HANDLE_VALUE);
    HANDLE to = CreateFileA("\\\\.\\mailslot\\differ", GENERIC_WRITE, 7, NULL, OPEN_EXISTING, 0, NULL);
    WIN("writer", to != INVALID_HANDLE_VALUE);
    WIN("absent", CreateFileA("\\\\.\\mailslot\\none", GENERIC_WRITE, 7, NULL, OPEN_EXISTING, 0, NULL) !=
                      INVALID_HANDLE_VALUE);
    WIN("write", WriteFile(to, "hello", 5, &done, NULL));
    WIN("too long", WriteFile(to, "hello world", 11, &done, NULL));
    WIN("empty", WriteFile(to, "", 0, &done, NULL));
    GetMailslotInfo(slot, NULL, &next, &count, NULL);
    line("then", "%lu %lu", next, count);
    WIN("short", ReadFile(slot, buffer, 2, &done, NULL));
    WIN("read", ReadFile(slot, buffer, 10, &done, NULL));
    NUM("bytes", done);
    WIN("read the empty", ReadFile(slot, buffer, 10, &done, NULL));
    NUM("bytes", done);
    WIN("write to the slot", WriteFile(slot, "x", 1, &done, NULL));
    WIN("read from the writer", ReadFile(to, buffer, 1, &done, NULL));
    WIN("info of the writer", GetMailslotInfo(to, &most, NULL, NULL, NULL));
    CloseHandle(slot);
    WIN("nobody reads", WriteFile(to, "x", 1, &done, NULL));
}

PROGRAM(controls) {
    IO_STATUS_BLOCK io;
    join(0);
    ST("unknown", NtFsControlFile, server, NULL, NULL, NULL, &io, 0x110ff0, NULL, 0, NULL, 0);
    ST("listen connected", NtFsControlFile, server, NULL, NULL, NULL, &io, 0x110008, NULL, 0, NULL, 0);
    ST("listen by the client", NtFsControlFile, client, NULL, NULL, NULL, &io, 0x110008, NULL, 0, NULL, 0);
    ST("peek short", NtFsControlFile, server, NULL, NULL, NULL, &io, 0x11400c, NULL, 0, buffer, 8);
    ST("peek", NtFsControlFile, server, NULL, NULL, NULL, &io, 0x11400c, NULL, 0, buffer, 16);
    NUM("information", io.Information);
    WriteFile(client, "abc", 3, &done, NULL);
    ST("peek data", NtFsControlFile, server, NULL, NULL, NULL, &io, 0x11400c, NULL, 0, buffer, 17);
    NUM("information", io.Information);
    line("state", "%lu, %lu there", *(ULONG*)buffer, *(ULONG*)(buffer + 4));
    ST("wait by a pipe", NtFsControlFile, server, NULL, NULL, NULL, &io, 0x110018, buffer, 20, NULL, 0);
    ST("transceive bytes", NtFsControlFile, client, NULL, NULL, NULL, &io, 0x11c017, "q", 1, buffer, 10);
    ST("impersonate by the client", NtFsControlFile, client, NULL, NULL, NULL, &io, 0x11001c, NULL, 0, NULL,
       0);
    ST("device control", NtDeviceIoControlFile, server, NULL, NULL, NULL, &io, 0x110008, NULL, 0, NULL, 0);
}

PROGRAM(completion_ports) {
    HANDLE port = NULL;
    ULONG_PTR key = 9, value = 9;
    IO_STATUS_BLOCK io = {{9}, 9};
    ULONG depth = 9, length = 0, removed = 9;
    LARGE_INTEGER zero = {{0}};
    ST("create", NtCreateIoCompletion, &port, IO_COMPLETION_ALL_ACCESS, NULL, 0);
    ST("empty", NtRemoveIoCompletion, port, &key, &value, &io, &zero);
    ST("post", NtSetIoCompletion, port, 1, 2, 0xc0000005, 4);
    ST("query", NtQueryIoCompletion, port, 0, &depth, 4, &length);
    NUM("depth", depth);
    NUM("length", length);
    ST("query short", NtQueryIoCompletion, port, 0, &depth, 3, &length);
    ST("query class", NtQueryIoCompletion, port, 1, &depth, 4, &length);
    ST("remove", NtRemoveIoCompletion, port, &key, &value, &io, &zero);
    line("packet", "%llx %llx %lx %llx", (long long)key, (long long)value, (ULONG)io.Status,
         (long long)io.Information);
    ST("none removed", NtRemoveIoCompletionEx, port, buffer, 2, &removed, &zero, 0);
    NUM("removed", removed);
    ST("count 0", NtRemoveIoCompletionEx, port, buffer, 0, &removed, &zero, 0);
    ST("bad", NtSetIoCompletion, 0x9998, 1, 2, 0, 4);
    ST("wait on it", NtWaitForSingleObject, port, 0, &zero);
    WIN("file without a port", CreateIoCompletionPort(CreateEventA(NULL, 0, 0, NULL), port, 1, 0));
    server = serve(PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED, 0, 1);
    WIN("associate", CreateIoCompletionPort(server, port, 1, 0));
    WIN("again", CreateIoCompletionPort(server, port, 1, 0));
    client =
        CreateFileA("\\\\.\\pipe\\differ", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    WIN("synchronous", CreateIoCompletionPort(client, port, 1, 0));
    WIN("no port, no file", CreateIoCompletionPort(INVALID_HANDLE_VALUE, port, 0, 0));
    OVERLAPPED* got;
    WIN("nothing", GetQueuedCompletionStatus(port, &done, &key, &got, 0));
}
