// SPDX-License-Identifier: GPL-3.0-only
//
// Mailslots from a program's side.
#include "abi/nt/ntmailslot.h"

#include "abi/nt/ntdll.h"
#include "tests/common/report.hpp"

namespace {

using test::check;

void expect(const char* name, NTSTATUS got, NTSTATUS wanted) {
    check(name, got == wanted, "status", static_cast<ULONG>(got));
}

UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\??\\mailslot\\test");

OBJECT_ATTRIBUTES attributes() {
    OBJECT_ATTRIBUTES result;
    InitializeObjectAttributes(&result, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return result;
}

NTSTATUS serve(HANDLE& slot, LONGLONG timeout) {
    IO_STATUS_BLOCK result;
    LARGE_INTEGER time;
    time.QuadPart = timeout;
    OBJECT_ATTRIBUTES which = attributes();
    return NtCreateMailslotFile(&slot, GENERIC_READ | SYNCHRONIZE, &which, &result,
                                FILE_SYNCHRONOUS_IO_NONALERT, 0, 16, &time);
}

NTSTATUS connect(HANDLE& client) {
    IO_STATUS_BLOCK result;
    OBJECT_ATTRIBUTES which = attributes();
    return NtOpenFile(&client, GENERIC_WRITE | SYNCHRONIZE, &which, &result,
                      FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT);
}

NTSTATUS write(HANDLE file, const char* text) {
    IO_STATUS_BLOCK result{};
    return NtWriteFile(file, nullptr, nullptr, nullptr, &result, const_cast<char*>(text),
                       static_cast<ULONG>(strlen(text)), nullptr, nullptr);
}

NTSTATUS read(HANDLE file, char* text, ULONG length, ULONG& got) {
    IO_STATUS_BLOCK result{};
    NTSTATUS status = NtReadFile(file, nullptr, nullptr, nullptr, &result, text, length, nullptr, nullptr);
    got = static_cast<ULONG>(result.Information);
    return status;
}

bool is(HANDLE slot, ULONG next, ULONG count) {
    IO_STATUS_BLOCK result{};
    FILE_MAILSLOT_QUERY_INFORMATION information{};
    NTSTATUS status =
        NtQueryInformationFile(slot, &result, &information, sizeof information, FileMailslotQueryInformation);
    return status == STATUS_SUCCESS && information.MaximumMessageSize == 16 &&
           information.NextMessageSize == next && information.MessagesAvailable == count;
}

void test_messages() {
    HANDLE slot, client, other;
    char text[16];
    ULONG got = 0;
    IO_STATUS_BLOCK result{};
    expect("no mailslot", connect(client), STATUS_OBJECT_NAME_NOT_FOUND);
    expect("a mailslot is made", serve(slot, 0), STATUS_SUCCESS);
    expect("a second of its name", serve(other, 0), STATUS_OBJECT_NAME_COLLISION);
    check("it is empty", is(slot, MAILSLOT_NO_MESSAGE, 0));
    expect("nothing to read", read(slot, text, sizeof text, got), STATUS_IO_TIMEOUT);
    expect("it is opened", connect(client), STATUS_SUCCESS);
    check("messages", write(client, "first") == STATUS_SUCCESS && write(client, "") == STATUS_SUCCESS);
    expect("one that is too long", write(client, "seventeen letters"), STATUS_INVALID_PARAMETER);
    check("two are there", is(slot, 5, 2));
    FILE_MAILSLOT_PEEK_BUFFER peeked{};
    expect("a look",
           NtFsControlFile(slot, nullptr, nullptr, nullptr, &result, FSCTL_MAILSLOT_PEEK, nullptr, 0, &peeked,
                           sizeof peeked),
           STATUS_SUCCESS);
    check("  sees them",
          peeked.ReadDataAvailable == 5 && peeked.NumberOfMessages == 2 && peeked.MessageLength == 5);
    expect("a message is not cut", read(slot, text, 4, got), STATUS_BUFFER_TOO_SMALL);
    check("the first", read(slot, text, 5, got) == STATUS_SUCCESS && got == 5 && !memcmp(text, "first", 5));
    check("the empty one", is(slot, 0, 1) && read(slot, text, 5, got) == STATUS_SUCCESS && got == 0);
    LARGE_INTEGER timeout;
    timeout.QuadPart = -300'000;
    FILE_MAILSLOT_SET_INFORMATION set{&timeout};
    expect("another timeout",
           NtSetInformationFile(slot, &result, &set, sizeof set, FileMailslotSetInformation), STATUS_SUCCESS);
    LARGE_INTEGER before, after;
    NtQuerySystemTime(&before);
    expect("  passes", read(slot, text, sizeof text, got), STATUS_IO_TIMEOUT);
    NtQuerySystemTime(&after);
    check("  in its time", after.QuadPart - before.QuadPart >= 300'000);
    NtClose(slot);
    expect("nobody reads any more", write(client, "x"), STATUS_FILE_FORCED_CLOSED);
    expect("nor is there a mailslot", connect(other), STATUS_OBJECT_NAME_NOT_FOUND);
    NtClose(client);
}

void test_waiting() {
    HANDLE slot, client, event;
    IO_STATUS_BLOCK block{}, result{};
    LARGE_INTEGER start{}, longest;
    char text[16];
    longest.QuadPart = -50'000'000;
    OBJECT_ATTRIBUTES which = attributes();
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    expect("a mailslot without a timeout",
           NtCreateMailslotFile(&slot, GENERIC_READ | SYNCHRONIZE, &which, &result, 0, 0, 0, nullptr),
           STATUS_SUCCESS);
    expect("a read waits",
           NtReadFile(slot, event, nullptr, nullptr, &block, text, sizeof text, &start, nullptr),
           STATUS_PENDING);
    expect("  and is cancelled", NtCancelIoFileEx(slot, &block, &result), STATUS_SUCCESS);
    check("  and so ends", NtWaitForSingleObject(event, FALSE, &longest) == STATUS_SUCCESS &&
                               block.Status == STATUS_CANCELLED);
    expect("another", NtReadFile(slot, event, nullptr, nullptr, &block, text, sizeof text, &start, nullptr),
           STATUS_PENDING);
    check("  gets what comes", connect(client) == STATUS_SUCCESS && write(client, "now") == STATUS_SUCCESS &&
                                   NtWaitForSingleObject(event, FALSE, &longest) == STATUS_SUCCESS &&
                                   block.Status == STATUS_SUCCESS && block.Information == 3);
    NtClose(client);
    NtClose(slot);
    NtClose(event);
}

}  // namespace

extern "C" VOID NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    test_messages();
    test_waiting();
    test::end();
}
