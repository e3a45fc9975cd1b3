// SPDX-License-Identifier: GPL-3.0-only
//
// Named pipes from a program's side: what each state and mode answers, as NT documents it; requests that
// wait, and what ends them; the death of the driver.
#include "abi/nt/ntdll.h"
#include "tests/common/drivers.hpp"
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

void test_messages() {
    Pipe pipe(u"messages");
    HANDLE server, client;
    Text text;
    How how;
    how.mode = FILE_PIPE_MESSAGE_MODE;
    expect("a stream is not read by messages", serve(pipe, server, how), STATUS_INVALID_PARAMETER);
    how.type = FILE_PIPE_MESSAGE_TYPE;
    expect("a message pipe is made", serve(pipe, server, how), STATUS_SUCCESS);
    expect("it is opened", connect(pipe, client), STATUS_SUCCESS);
    check("messages are written", write(client, "first") == STATUS_SUCCESS &&
                                      write(client, "") == STATUS_SUCCESS &&
                                      write(client, "third") == STATUS_SUCCESS);
    FILE_PIPE_PEEK_BUFFER peeked{};
    IO_STATUS_BLOCK result{};
    NTSTATUS status = NtFsControlFile(server, nullptr, nullptr, nullptr, &result, FSCTL_PIPE_PEEK, nullptr, 0,
                                      &peeked, offsetof(FILE_PIPE_PEEK_BUFFER, Data));
    expect("a look", status, STATUS_BUFFER_OVERFLOW);
    check("  sees the messages", peeked.ReadDataAvailable == 10 && peeked.NumberOfMessages == 3 &&
                                     peeked.MessageLength == 5 &&
                                     peeked.NamedPipeState == FILE_PIPE_CONNECTED_STATE);
    status = read(server, text, 3);
    check("a part of a message", status == STATUS_BUFFER_OVERFLOW && is(text, "fir"), "status",
          static_cast<ULONG>(status));
    check("  and the rest of it", read(server, text) == STATUS_SUCCESS && is(text, "st"));
    check("an empty message", read(server, text) == STATUS_SUCCESS && text.length == 0);
    check("and one behind it", read(server, text) == STATUS_SUCCESS && is(text, "third"));
    // The client reads by bytes until it says otherwise.
    check("two answers", write(server, "ab") == STATUS_SUCCESS && write(server, "cd") == STATUS_SUCCESS);
    check("  are read at once", read(client, text) == STATUS_SUCCESS && is(text, "abcd"));
    FILE_PIPE_INFORMATION modes{FILE_PIPE_MESSAGE_MODE, FILE_PIPE_COMPLETE_OPERATION};
    expect("the client's modes",
           NtSetInformationFile(client, &result, &modes, sizeof modes, FilePipeInformation), STATUS_SUCCESS);
    expect("nothing to read", read(client, text), STATUS_PIPE_EMPTY);
    FILE_PIPE_LOCAL_INFORMATION local{};
    expect("what it is",
           NtQueryInformationFile(client, &result, &local, sizeof local, FilePipeLocalInformation),
           STATUS_SUCCESS);
    check("  told in full", local.NamedPipeType == FILE_PIPE_MESSAGE_TYPE &&
                                local.NamedPipeConfiguration == FILE_PIPE_FULL_DUPLEX &&
                                local.MaximumInstances == 1 && local.CurrentInstances == 1 &&
                                local.InboundQuota == kQuota && local.OutboundQuota == kQuota &&
                                local.WriteQuotaAvailable == kQuota && local.ReadDataAvailable == 0 &&
                                local.NamedPipeState == FILE_PIPE_CONNECTED_STATE &&
                                local.NamedPipeEnd == FILE_PIPE_CLIENT_END);
    NtClose(client);
    NtClose(server);
}

void test_instances() {
    Pipe pipe(u"instances");
    HANDLE first, second, third, client, other;
    How how;
    how.instances = 2;
    how.share = FILE_SHARE_READ;
    how.access = GENERIC_WRITE | SYNCHRONIZE;
    expect("an outbound pipe", serve(pipe, first, how), STATUS_SUCCESS);
    expect("the first instance only", serve(pipe, second, how), STATUS_ACCESS_DENIED);
    how.disposition = FILE_OPEN_IF;
    expect("a second one", serve(pipe, second, how), STATUS_SUCCESS);
    expect("no third one", serve(pipe, third, how), STATUS_INSTANCE_NOT_AVAILABLE);
    expect("a client that may not write", connect(pipe, client), STATUS_ACCESS_DENIED);
    constexpr ACCESS_MASK kRead = GENERIC_READ | SYNCHRONIZE;
    constexpr ULONG kOptions = FILE_SYNCHRONOUS_IO_NONALERT;
    expect("one that reads", connect(pipe, client, kOptions, kRead), STATUS_SUCCESS);
    expect("another", connect(pipe, other, kOptions, kRead), STATUS_SUCCESS);
    expect("no more", connect(pipe, third, kOptions, kRead), STATUS_PIPE_NOT_AVAILABLE);
    NtClose(client);
    NtClose(other);
    NtClose(first);
    NtClose(second);
    how.share = 0;
    expect("no direction", serve(pipe, first, how), STATUS_INVALID_PARAMETER);
    how.share = FILE_SHARE_READ;
    how.disposition = FILE_OPEN;
    expect("none to open", serve(pipe, first, how), STATUS_OBJECT_NAME_NOT_FOUND);
}

// Without waiting: by status block and event.
struct Pending {
    IO_STATUS_BLOCK block{};
    HANDLE event = nullptr;
    char bytes[64]{};

    Pending() { NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE); }
    ~Pending() { NtClose(event); }
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;
    NTSTATUS read(HANDLE file) {
        LARGE_INTEGER start{};
        return NtReadFile(file, event, nullptr, nullptr, &block, bytes, sizeof bytes, &start, nullptr);
    }
    NTSTATUS write(HANDLE file, const void* data, ULONG length) {
        LARGE_INTEGER start{};
        return NtWriteFile(file, event, nullptr, nullptr, &block, const_cast<void*>(data), length, &start,
                           nullptr);
    }
    NTSTATUS control(HANDLE file, ULONG code, const void* in = nullptr, ULONG length = 0, void* out = nullptr,
                     ULONG room = 0) {
        return NtFsControlFile(file, event, nullptr, nullptr, &block, code, const_cast<void*>(in), length,
                               out, room);
    }
    // What a request comes to that need not wait: its driver is in another process, so it may all the same.
    NTSTATUS comes_to(NTSTATUS status) { return status == STATUS_PENDING ? end() : status; }
    NTSTATUS end() {
        LARGE_INTEGER longest;
        longest.QuadPart = -50'000'000;  // 5 s
        NTSTATUS status = NtWaitForSingleObject(event, FALSE, &longest);
        return status == STATUS_SUCCESS ? block.Status : status;
    }
};

void test_overlapped() {
    Pipe pipe(u"overlapped");
    HANDLE server, client;
    How how;
    how.type = FILE_PIPE_MESSAGE_TYPE;
    how.mode = FILE_PIPE_MESSAGE_MODE;
    how.options = 0;
    IO_STATUS_BLOCK cancelled{};
    expect("a pipe is made", serve(pipe, server, how), STATUS_SUCCESS);
    {
        Pending listen;
        expect("it listens", listen.control(server, FSCTL_PIPE_LISTEN), STATUS_PENDING);
        expect("  which is cancelled", NtCancelIoFileEx(server, &listen.block, &cancelled), STATUS_SUCCESS);
        expect("  and so ends", listen.end(), STATUS_CANCELLED);
    }
    Pending listen, first, second;
    expect("it listens again", listen.control(server, FSCTL_PIPE_LISTEN), STATUS_PENDING);
    expect("a client comes", connect(pipe, client, 0), STATUS_SUCCESS);
    expect("  which ends it", listen.end(), STATUS_SUCCESS);
    expect("a read waits", first.read(server), STATUS_PENDING);
    expect("another behind it", second.read(server), STATUS_PENDING);
    expect("the first is cancelled", NtCancelIoFileEx(server, &first.block, &cancelled), STATUS_SUCCESS);
    expect("  and so ends", first.end(), STATUS_CANCELLED);
    Pending message;
    expect("a message", message.comes_to(message.write(client, "message", 7)), STATUS_SUCCESS);
    check("  goes to the second", second.end() == STATUS_SUCCESS && second.block.Information == 7 &&
                                      !memcmp(second.bytes, "message", 7));
    static char large[2 * kQuota];
    Pending stalled;
    expect("a write beyond the quota waits", stalled.write(client, large, sizeof large), STATUS_PENDING);
    expect("  and is cancelled", NtCancelIoFileEx(client, &stalled.block, &cancelled), STATUS_SUCCESS);
    expect("  and so ends", stalled.end(), STATUS_CANCELLED);
    Pending question, served, answer;
    expect(
        "the client reads messages",
        [&] {
            FILE_PIPE_INFORMATION modes{FILE_PIPE_MESSAGE_MODE, FILE_PIPE_QUEUE_OPERATION};
            return NtSetInformationFile(client, &cancelled, &modes, sizeof modes, FilePipeInformation);
        }(),
        STATUS_SUCCESS);
    expect("a question", question.control(client, FSCTL_PIPE_TRANSCEIVE, "why", 3, question.bytes, 64),
           STATUS_PENDING);
    check("  is read",
          NT_SUCCESS(served.read(server)) && served.end() == STATUS_SUCCESS && served.block.Information == 3);
    expect("  and answered", answer.comes_to(answer.write(server, "because", 7)), STATUS_SUCCESS);
    check("  which comes", question.end() == STATUS_SUCCESS && question.block.Information == 7 &&
                               !memcmp(question.bytes, "because", 7));
    Pending last;
    expect("a read waits", last.read(server), STATUS_PENDING);
    NtClose(client);
    expect("  until the client has gone", last.end(), STATUS_PIPE_BROKEN);
    NtClose(server);
}

// A question is held although it is beyond the quota, but only one: who gives up question after question
// fills nobody's memory.
void test_questions_given_up() {
    Pipe pipe(u"questions");
    HANDLE server, client;
    How how;
    how.type = FILE_PIPE_MESSAGE_TYPE;
    how.mode = FILE_PIPE_MESSAGE_MODE;
    how.options = 0;
    IO_STATUS_BLOCK cancelled{};
    static char large[2 * kQuota];
    expect("a pipe for questions", serve(pipe, server, how), STATUS_SUCCESS);
    expect("  is opened", connect(pipe, client, 0), STATUS_SUCCESS);
    FILE_PIPE_INFORMATION modes{FILE_PIPE_MESSAGE_MODE, FILE_PIPE_QUEUE_OPERATION};
    NtSetInformationFile(client, &cancelled, &modes, sizeof modes, FilePipeInformation);
    Pending lost, refused, read;
    auto ask = [&](Pending& question) {
        return question.control(client, FSCTL_PIPE_TRANSCEIVE, large, sizeof large, question.bytes, 64);
    };
    expect("a question beyond the quota", ask(lost), STATUS_PENDING);
    expect("  is given up", NtCancelIoFileEx(client, &lost.block, &cancelled), STATUS_SUCCESS);
    expect("  and so ends", lost.end(), STATUS_CANCELLED);
    expect("  and the next is not held", refused.comes_to(ask(refused)), STATUS_PIPE_BUSY);
    expect("  what was asked is there", read.comes_to(read.read(server)), STATUS_BUFFER_OVERFLOW);
    NtClose(client);
    NtClose(server);
}

void test_waiting() {
    Pipe pipe(u"waiting");
    HANDLE server, client, folder;
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\Device\\NamedPipe\\");
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK result;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    expect("the folder of pipes",
           NtOpenFile(&folder, FILE_READ_ATTRIBUTES | SYNCHRONIZE, &attributes, &result,
                      FILE_SHARE_READ | FILE_SHARE_WRITE, 0),
           STATUS_SUCCESS);
    UCHAR raw[64];
    memset(raw, 0, sizeof raw);
    auto& header = *reinterpret_cast<FILE_PIPE_WAIT_FOR_BUFFER*>(raw);
    header.Timeout.QuadPart = -300'000;
    header.TimeoutSpecified = TRUE;
    header.NameLength = 24;
    memcpy(header.Name, u"test.waiting", 24);
    Pending none, there, late, freed;
    expect("no such pipe", none.comes_to(none.control(folder, FSCTL_PIPE_WAIT, raw, 38)),
           STATUS_OBJECT_NAME_NOT_FOUND);
    expect("a pipe is made", serve(pipe, server), STATUS_SUCCESS);
    expect("an instance is there", there.comes_to(there.control(folder, FSCTL_PIPE_WAIT, raw, 38)),
           STATUS_SUCCESS);
    expect("it is taken", connect(pipe, client), STATUS_SUCCESS);
    expect("a wait", late.control(folder, FSCTL_PIPE_WAIT, raw, 38), STATUS_PENDING);
    expect("  is over in time", late.end(), STATUS_IO_TIMEOUT);
    header.Timeout.QuadPart = -50'000'000;
    expect("a wait", freed.control(folder, FSCTL_PIPE_WAIT, raw, 38), STATUS_PENDING);
    NtClose(client);
    FILE_PIPE_INFORMATION modes{FILE_PIPE_BYTE_STREAM_MODE, FILE_PIPE_COMPLETE_OPERATION};
    NtSetInformationFile(server, &result, &modes, sizeof modes, FilePipeInformation);
    check("the server listens again", control(server, FSCTL_PIPE_DISCONNECT) == STATUS_SUCCESS &&
                                          control(server, FSCTL_PIPE_LISTEN) == STATUS_PIPE_LISTENING);
    expect("  which ends the wait", freed.end(), STATUS_SUCCESS);
    NtClose(server);
    NtClose(folder);
}

void test_unnamed() {
    HANDLE folder, reader, writer;
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\Device\\NamedPipe\\"), none{};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK result;
    LARGE_INTEGER timeout;
    Text text;
    timeout.QuadPart = 0;  // as kernelbase passes it: the usual one
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    NtOpenFile(&folder, FILE_READ_ATTRIBUTES | SYNCHRONIZE, &attributes, &result, FILE_SHARE_READ, 0);
    InitializeObjectAttributes(&attributes, &none, 0, folder, nullptr);
    expect(
        "a pipe without a name",
        NtCreateNamedPipeFile(&reader, FILE_GENERIC_READ, &attributes, &result, FILE_SHARE_WRITE, FILE_CREATE,
                              FILE_SYNCHRONOUS_IO_NONALERT, 0, 0, 0, 1, kQuota, kQuota, &timeout),
        STATUS_SUCCESS);
    InitializeObjectAttributes(&attributes, &none, 0, reader, nullptr);
    expect("its other end",
           NtOpenFile(&writer, FILE_GENERIC_WRITE, &attributes, &result, 0, FILE_SYNCHRONOUS_IO_NONALERT),
           STATUS_SUCCESS);
    check("a byte goes through",
          write(writer, "x") == STATUS_SUCCESS && read(reader, text) == STATUS_SUCCESS && is(text, "x"));
    NtClose(writer);
    expect("and its end", read(reader, text), STATUS_PIPE_BROKEN);
    NtClose(reader);
    NtClose(folder);
}

// Names of pipes with this prefix.
ULONG listed(const WCHAR* pattern) {
    HANDLE folder;
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\Device\\NamedPipe\\"), wild;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK result{};
    alignas(8) UCHAR buffer[512];
    RtlInitUnicodeString(&wild, pattern);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    NtOpenFile(&folder, FILE_LIST_DIRECTORY | SYNCHRONIZE, &attributes, &result,
               FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT | FILE_DIRECTORY_FILE);
    ULONG count = 0;
    while (NT_SUCCESS(NtQueryDirectoryFile(folder, nullptr, nullptr, nullptr, &result, buffer, sizeof buffer,
                                           FileBothDirectoryInformation, FALSE, &wild, FALSE))) {
        auto* entry = reinterpret_cast<FILE_BOTH_DIR_INFORMATION*>(buffer);
        for (++count; entry->NextEntryOffset != 0; ++count)
            entry = reinterpret_cast<FILE_BOTH_DIR_INFORMATION*>(reinterpret_cast<UCHAR*>(entry) +
                                                                 entry->NextEntryOffset);
    }
    NtClose(folder);
    return count;
}

void test_listing() {
    constexpr ULONG kPipes = 9;
    HANDLE servers[kPipes];
    WCHAR last[] = u"listed.0";
    check("none of these names", listed(u"test.listed*") == 0);
    for (ULONG i = 0; i < kPipes; ++i) {
        last[7] = static_cast<WCHAR>(u'0' + i);
        Pipe pipe(last);
        serve(pipe, servers[i]);
    }
    check("pipes are listed", listed(u"test.listed*") == kPipes, "pipes", listed(u"test.listed*"));
    check("  by pattern",
          listed(u"*.LISTED.?") == kPipes && listed(u"*3") >= 1 && listed(u"test.listed.4") == 1);
    for (HANDLE server : servers)
        NtClose(server);
    check("  until they are gone", listed(u"test.listed*") == 0);
}

void test_impersonation() {
    Pipe pipe(u"impersonation");
    HANDLE server, client, token;
    SECURITY_QUALITY_OF_SERVICE quality{sizeof quality, SecurityImpersonation, FALSE, TRUE};
    expect("a pipe is made", serve(pipe, server), STATUS_SUCCESS);
    expect("nobody to act as", control(server, FSCTL_PIPE_IMPERSONATE), STATUS_CANNOT_IMPERSONATE);
    pipe.attributes.SecurityQualityOfService = &quality;
    expect("it is opened", connect(pipe, client), STATUS_SUCCESS);
    expect("not by the client", control(client, FSCTL_PIPE_IMPERSONATE), STATUS_ILLEGAL_FUNCTION);
    expect("acting as nobody", NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &token),
           STATUS_NO_TOKEN);
    expect("the server acts as its client", control(server, FSCTL_PIPE_IMPERSONATE), STATUS_SUCCESS);
    expect("  which shows", NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &token), STATUS_SUCCESS);
    SECURITY_IMPERSONATION_LEVEL level{};
    ULONG length;
    NtQueryInformationToken(token, TokenImpersonationLevel, &level, sizeof level, &length);
    check("  as far as he said", level == SecurityImpersonation, "level", level);
    NtClose(token);
    token = nullptr;
    NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &token, sizeof token);
    NtClose(client);
    NtClose(server);
}

// Pipes are gone with their driver; whoever has one hears of it, and new ones work.
void test_death() {
    Pipe pipe(u"death");
    HANDLE server, client;
    Text text;
    How how;
    how.options = 0;
    expect("a pipe is made", serve(pipe, server, how), STATUS_SUCCESS);
    expect("it is opened", connect(pipe, client), STATUS_SUCCESS);
    Pending reader;
    expect("a read waits", reader.read(server), STATUS_PENDING);
    test::kill_process(test::host_process(u"Npfs"));
    expect("the driver dies, and the read ends", reader.end(), STATUS_PIPE_BROKEN);
    expect("the other end is gone as well", write(client, "x"), STATUS_PIPE_BROKEN);
    expect("  for good", read(client, text), STATUS_PIPE_BROKEN);
    NtClose(client);
    NtClose(server);
    how.options = FILE_SYNCHRONOUS_IO_NONALERT;
    expect("a new pipe", serve(pipe, server, how), STATUS_SUCCESS);
    expect("  is opened", connect(pipe, client), STATUS_SUCCESS);
    check("  and works", write(client, "again") == STATUS_SUCCESS && read(server, text) == STATUS_SUCCESS &&
                             is(text, "again"));
    NtClose(client);
    NtClose(server);
}

}  // namespace

extern "C" VOID NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    test_bytes();
    test_messages();
    test_instances();
    test_overlapped();
    test_questions_given_up();
    test_waiting();
    test_unnamed();
    test_listing();
    test_impersonation();
    test_death();
    test::end();
}
