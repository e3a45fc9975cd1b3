// SPDX-License-Identifier: GPL-3.0-only
//
// Named pipes from a program's side.
#include "abi/nt/neptune.h"
#include "abi/nt/ntdll.h"
#include "tests/common/report.hpp"

namespace {

using test::check;

constexpr ULONG kQuota = 4096;

struct Pipe {
    WCHAR text[64];
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;

    explicit Pipe(const WCHAR* last) {
        wcscpy(text, u"\\??\\pipe\\test.");
        wcscat(text, last);
        RtlInitUnicodeString(&name, text);
        InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    }
};

struct How {
    ULONG type = FILE_PIPE_BYTE_STREAM_TYPE;
    ULONG mode = FILE_PIPE_BYTE_STREAM_MODE;
    ULONG completion = FILE_PIPE_QUEUE_OPERATION;
    ULONG instances = 1;
    ULONG share = FILE_SHARE_READ | FILE_SHARE_WRITE;
    ULONG disposition = FILE_CREATE;
    ULONG options = FILE_SYNCHRONOUS_IO_NONALERT;
    ULONG quota = kQuota;
    ACCESS_MASK access = GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE;
};

NTSTATUS serve(Pipe& pipe, HANDLE& server, const How& how = {}) {
    IO_STATUS_BLOCK result;
    LARGE_INTEGER timeout;
    timeout.QuadPart = -500000;
    return NtCreateNamedPipeFile(&server, how.access, &pipe.attributes, &result, how.share, how.disposition,
                                 how.options, how.type, how.mode, how.completion, how.instances, how.quota,
                                 how.quota, &timeout);
}

NTSTATUS connect(Pipe& pipe, HANDLE& client, ULONG options = FILE_SYNCHRONOUS_IO_NONALERT,
                 ACCESS_MASK access = GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE) {
    IO_STATUS_BLOCK result;
    return NtOpenFile(&client, access, &pipe.attributes, &result, FILE_SHARE_READ | FILE_SHARE_WRITE,
                      options);
}

NTSTATUS control(HANDLE file, ULONG code) {
    IO_STATUS_BLOCK result;
    return NtFsControlFile(file, nullptr, nullptr, nullptr, &result, code, nullptr, 0, nullptr, 0);
}

NTSTATUS write(HANDLE file, const char* text, ULONG* written = nullptr) {
    IO_STATUS_BLOCK result{};
    NTSTATUS status = NtWriteFile(file, nullptr, nullptr, nullptr, &result, const_cast<char*>(text),
                                  static_cast<ULONG>(strlen(text)), nullptr, nullptr);
    if (written) *written = static_cast<ULONG>(result.Information);
    return status;
}

struct Text {
    char bytes[64];
    ULONG length;
};

NTSTATUS read(HANDLE file, Text& text, ULONG length = sizeof(Text::bytes)) {
    IO_STATUS_BLOCK result{};
    NTSTATUS status =
        NtReadFile(file, nullptr, nullptr, nullptr, &result, text.bytes, length, nullptr, nullptr);
    text.length = static_cast<ULONG>(result.Information);
    return status;
}

bool is(const Text& text, const char* expected) {
    return text.length == strlen(expected) && memcmp(text.bytes, expected, text.length) == 0;
}

void expect(const char* name, NTSTATUS got, NTSTATUS wanted) {
    check(name, got == wanted, "status", static_cast<ULONG>(got));
}

void test_bytes() {
    Pipe pipe(u"bytes");
    HANDLE server, client;
    Text text;
    expect("no pipe", connect(pipe, client), STATUS_OBJECT_NAME_NOT_FOUND);
    expect("a pipe is made", serve(pipe, server), STATUS_SUCCESS);
    expect("nobody is there", write(server, "x"), STATUS_PIPE_LISTENING);
    expect("it is opened", connect(pipe, client), STATUS_SUCCESS);
    expect("it is connected", control(server, FSCTL_PIPE_LISTEN), STATUS_PIPE_CONNECTED);
    check("writes", write(client, "abc") == STATUS_SUCCESS && write(client, "def") == STATUS_SUCCESS);
    check("a stream has no borders", read(server, text, 4) == STATUS_SUCCESS && is(text, "abcd"));
    check("what is there is enough", read(server, text) == STATUS_SUCCESS && is(text, "ef"));
    check("the other way", write(server, "back") == STATUS_SUCCESS && read(client, text) == STATUS_SUCCESS &&
                               is(text, "back"));
    expect("write", write(client, "last"), STATUS_SUCCESS);
    NtClose(client);
    expect("the client is gone", write(server, "x"), STATUS_PIPE_CLOSING);
    check("what it wrote is there", read(server, text) == STATUS_SUCCESS && is(text, "last"));
    expect("and nothing else", read(server, text), STATUS_PIPE_BROKEN);
    expect("disconnected", control(server, FSCTL_PIPE_DISCONNECT), STATUS_SUCCESS);
    expect("read when disconnected", read(server, text), STATUS_PIPE_DISCONNECTED);
    NtClose(server);
    expect("the pipe is gone", connect(pipe, client), STATUS_OBJECT_NAME_NOT_FOUND);
}

}  // namespace

extern "C" VOID NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    test_bytes();
    test::end();
}
