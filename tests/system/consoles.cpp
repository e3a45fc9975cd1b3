// SPDX-License-Identifier: GPL-3.0-only
//
// A native program at its console: standard handles that work, and clients that do not keep each other
// waiting. The shell that runs it sits at the console.
#include "abi/console/condrv.h"
#include "tests/system/test.h"

namespace {

HANDLE console() {
    return NtCurrentPeb()->ProcessParameters->ConsoleHandle;
}

HANDLE open_of_console(PCWSTR name, ULONG options) {
    UNICODE_STRING text;
    RtlInitUnicodeString(&text, name);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &text, OBJ_CASE_INSENSITIVE, console(), nullptr);
    IO_STATUS_BLOCK io;
    HANDLE file = nullptr;
    NtOpenFile(&file, FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE, &attributes, &io,
               FILE_SHARE_READ | FILE_SHARE_WRITE, options);
    return file;
}

NTSTATUS ask(HANDLE file, ULONG code, void* input, ULONG length, void* output, ULONG room) {
    IO_STATUS_BLOCK io;
    return NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &io, code, input, length, output, room);
}

// Much to do and nothing to see: the cell in the first column, over and over.
constexpr ULONG kLong = 4 << 20;
volatile bool begun, done;
char* text;

NTSTATUS NTAPI write_long(PVOID) {
    IO_STATUS_BLOCK io;
    HANDLE file = open_of_console(u"Output", FILE_SYNCHRONOUS_IO_NONALERT);
    begun = true;
    const NTSTATUS status = NtWriteFile(file, nullptr, nullptr, nullptr, &io, text, kLong, nullptr, nullptr);
    done = true;
    NtClose(file);
    return NT_SUCCESS(status) && io.Information == kLong ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

}  // namespace

TEST(standard_handles_are_the_consoles) {
    const PRTL_USER_PROCESS_PARAMETERS given = NtCurrentPeb()->ProcessParameters;
    ULONG mode = 0;
    CHECK(console() != nullptr);
    CHECK(NT_SUCCESS(ask(given->StandardInput, CONDRV_GET_MODE, nullptr, 0, &mode, sizeof mode)));
    CHECK(mode & 1);  // ENABLE_PROCESSED_INPUT
    CHECK(NT_SUCCESS(ask(given->StandardOutput, CONDRV_GET_MODE, nullptr, 0, &mode, sizeof mode)));
    CHECK(mode & 2);  // ENABLE_WRAP_AT_EOL_OUTPUT
}

// What another program puts into the input is read from StandardInput as bytes, a line at a time.
TEST(a_line_is_read_from_standard_input) {
    struct {
        USHORT type, pad;
        LONG down;
        USHORT repeat, key, scan;
        WCHAR character;
        ULONG state;
    } keys[4] = {};
    const WCHAR typed[] = u"hi\r";
    for (ULONG i = 0; i < 3; i++) {
        keys[i].type = 1;  // KEY_EVENT
        keys[i].down = TRUE;
        keys[i].repeat = 1;
        keys[i].key = typed[i] == '\r' ? 0x0D : static_cast<USHORT>(typed[i] - 32);
        keys[i].character = typed[i];
    }
    HANDLE input = NtCurrentPeb()->ProcessParameters->StandardInput;
    CHECK(NT_SUCCESS(ask(input, CONDRV_WRITE_INPUT, keys, 3 * sizeof keys[0], nullptr, 0)));
    char line[16] = {};
    IO_STATUS_BLOCK io;
    CHECK(NT_SUCCESS(NtReadFile(input, nullptr, nullptr, nullptr, &io, line, sizeof line, nullptr, nullptr)));
    CHECK(io.Information == 4 && memcmp(line, "hi\r\n", 4) == 0);
}

TEST(a_long_write_keeps_nobody_waiting) {
    PVOID memory = nullptr;
    SIZE_T size = kLong;
    CHECK(NT_SUCCESS(
        NtAllocateVirtualMemory(NtCurrentProcess(), &memory, 0, &size, MEM_COMMIT, PAGE_READWRITE)));
    text = static_cast<char*>(memory);
    for (ULONG i = 0; i < kLong; i++)
        text[i] = i % 2 ? '\r' : ' ';
    HANDLE thread = nullptr;
    CHECK(NT_SUCCESS(RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, write_long, nullptr,
                                         &thread, nullptr)));
    while (!begun)
        NtYieldExecution();
    HANDLE file = open_of_console(u"Output", FILE_SYNCHRONOUS_IO_NONALERT);
    ULONG answered = 0;
    for (ULONG i = 0; i < 20 && !done; i++) {
        ULONG mode = 0;
        IO_STATUS_BLOCK io;
        answered += NT_SUCCESS(ask(file, CONDRV_GET_MODE, nullptr, 0, &mode, sizeof mode)) &&
                    NT_SUCCESS(NtWriteFile(file, nullptr, nullptr, nullptr, &io, "\r", 1, nullptr, nullptr));
    }
    CHECK(answered == 20 && !done);
    NtWaitForSingleObject(thread, FALSE, nullptr);
    THREAD_BASIC_INFORMATION basic = {};
    NtQueryInformationThread(thread, ThreadBasicInformation, &basic, sizeof basic, nullptr);
    CHECK(basic.ExitStatus == STATUS_SUCCESS);
    NtClose(thread);
    NtClose(file);
}

// A writer that is gone takes its write along, and the console goes on.
TEST(a_long_write_ends_with_its_thread) {
    begun = false;
    done = false;
    HANDLE thread = nullptr;
    CHECK(NT_SUCCESS(RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, write_long, nullptr,
                                         &thread, nullptr)));
    while (!begun)
        NtYieldExecution();
    ULONG mode = 0;
    HANDLE file = open_of_console(u"Output", FILE_SYNCHRONOUS_IO_NONALERT);
    for (ULONG i = 0; i < 3; i++)
        CHECK(NT_SUCCESS(ask(file, CONDRV_GET_MODE, nullptr, 0, &mode, sizeof mode)));
    NtTerminateThread(thread, STATUS_CANCELLED);
    CHECK(NtWaitForSingleObject(thread, FALSE, nullptr) == STATUS_SUCCESS && !done);
    CHECK(NT_SUCCESS(ask(file, CONDRV_GET_MODE, nullptr, 0, &mode, sizeof mode)));
    NtClose(thread);
    NtClose(file);
}
